"""The bundled tables: CSV files as people would bring them, words and gaps included, so that what becomes of their columns is learnt and set like that of one's own table.

Training rows come first. What is predicted is the first column. `FOLDER` holds source files named in SOURCES; tables whose file is not there stay as they are.
"""

import csv
import datetime
import io
import json
import pathlib

SOURCES = {
    "penguins.csv": "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
    "titanic3.csv": "6a38c8a7c84e0a380cc33d8e835d0425cb430ad94adf8df70787ea8ebbd887e2",
    "german.data": "89c0fdec0cf49064992834e82cbb069ea316b7b0da154ffc7b7b90dadc147088",
    "mpg.csv": "c14b8b855ea7ee86cb9736bf8caaf281c4685ca08826f3eb2acaccaaf40f0d5a",
    "flights-5k.json": "15041d59d44b6d31924d1accfb2cd400bca146dd785822dd812809614629953a",
}

# Words of the code table that comes with german.data, shortened: a column's name, and its codes where it has some.
CREDIT = [
    ("checking account", {"A11": "below 0 DM", "A12": "0 to 200 DM", "A13": "200 DM and more", "A14": "no account"}),
    ("duration (months)", {}),
    ("credit history", {"A30": "no credits taken", "A31": "all paid back here", "A32": "paid back till now", "A33": "delays in the past",
                        "A34": "critical account"}),
    ("purpose", {"A40": "new car", "A41": "used car", "A42": "furniture", "A43": "radio or television", "A44": "appliances",
                 "A45": "repairs", "A46": "education", "A48": "retraining", "A49": "business", "A410": "others"}),
    ("amount (DM)", {}),
    ("savings", {"A61": "below 100 DM", "A62": "100 to 500 DM", "A63": "500 to 1000 DM", "A64": "1000 DM and more", "A65": "unknown"}),
    ("employed for", {"A71": "unemployed", "A72": "below 1 year", "A73": "1 to 4 years", "A74": "4 to 7 years", "A75": "7 years and more"}),
    ("instalment (% of income)", {}),
    ("sex and status", {"A91": "male divorced", "A92": "female not single", "A93": "male single", "A94": "male married",
                        "A95": "female single"}),
    ("other debtors", {"A101": "no one", "A102": "co-applicant", "A103": "guarantor"}),
    ("resident for (years)", {}),
    ("property", {"A121": "real estate", "A122": "savings agreement", "A123": "car or other", "A124": "unknown"}),
    ("age (years)", {}),
    ("other plans", {"A141": "bank", "A142": "stores", "A143": "no plans"}),
    ("housing", {"A151": "rent", "A152": "own", "A153": "for free"}),
    ("credits here", {}),
    ("job", {"A171": "unskilled non-resident", "A172": "unskilled", "A173": "skilled", "A174": "highly qualified"}),
    ("dependants", {}),
    ("telephone", {"A191": "no", "A192": "yes"}),
    ("foreign worker", {"A201": "yes", "A202": "no"}),
    ("credit", {"1": "good", "2": "bad"}),
]


def penguins(rows):
    name = {"species": "species", "island": "island", "bill_length_mm": "bill length (mm)", "bill_depth_mm": "bill depth (mm)",
            "flipper_length_mm": "flipper length (mm)", "body_mass_g": "body mass (g)", "sex": "sex"}
    return list(name.values()), [[row[c].replace("NA", "") for c in name] for row in rows]


def titanic(rows):
    words = {"survived": {"0": "no", "1": "yes"}, "pclass": {"1": "first", "2": "second", "3": "third"},
             "embarked": {"C": "Cherbourg", "Q": "Queenstown", "S": "Southampton"}}
    name = {"survived": "survived", "pclass": "class", "sex": "sex", "age": "age (years)", "sibsp": "siblings or spouses",
            "parch": "parents or children", "fare": "fare (pounds)", "embarked": "port"}
    return list(name.values()), [[words.get(c, {}).get(row[c], row[c]) for c in name] for row in rows if row["survived"]]


def german_credit(rows):
    order = [len(CREDIT) - 1, *range(len(CREDIT) - 1)]
    decoded = [[(CREDIT[i][1] or {row[i]: row[i]})[row[i]] for i in order] for row in rows]
    return [CREDIT[i][0] for i in order], decoded


def auto_mpg(rows):
    name = {"mpg": "mileage (miles per gallon)", "cylinders": "cylinders", "displacement": "displacement (cu in)",
            "horsepower": "horsepower", "weight": "weight (lb)", "acceleration": "0 to 60 mph (s)", "model_year": "model year",
            "origin": "origin"}
    return list(name.values()), [[row[c] for c in name] for row in rows]


def flights(rows):
    names = ["arrival delay (minutes)", "departure (hour)", "day of the week", "day of the year", "distance (miles)", "origin", "destination"]

    def cells(row):
        at = datetime.datetime.strptime(row["date"], "%Y/%m/%d %H:%M")
        hour = f"{at.hour + at.minute / 60:.2f}"
        return [str(row["delay"]), hour, at.strftime("%A"), str(at.timetuple().tm_yday), str(row["distance"]), row["origin"], row["destination"]]

    return names, [cells(row) for row in rows]


# Most categories that a column keeps by the page's defaults, the rarest of them as one.
MOST = 20

# Key, source, what makes rows of it, and columns of words.
TABLES = [
    ("penguins", "penguins.csv", penguins, ["species", "island", "sex"]),
    ("titanic", "titanic3.csv", titanic, ["survived", "class", "sex", "port"]),
    ("german-credit", "german.data", german_credit, [name for name, words in CREDIT if words]),
    ("auto-mpg", "mpg.csv", auto_mpg, ["origin"]),
    ("flights", "flights-5k.json", flights, ["day of the week", "origin", "destination"]),
]


def read(folder, name, text_of):
    text = text_of(folder, name).decode("utf-8")
    if name.endswith(".json"):
        return json.loads(text)
    if name.endswith(".data"):
        return [line.split() for line in text.splitlines() if line.split()]
    return list(csv.DictReader(text.splitlines()))


def build(folder, text_of, split):
    """Each table with its rows in order: `split` gives numbers of training and test rows by key, rows and classes (none for numbers)."""
    sets = []
    for key, file, rows_of, words in TABLES:
        if not (pathlib.Path(folder) / file).exists():
            continue
        names, rows = rows_of(read(folder, file, text_of))
        classes = sorted({row[0] for row in rows}) if names[0] in words else []
        train, test = split(key, rows, [classes.index(row[0]) for row in rows] if classes else [])
        ordered = [rows[i] for i in [*train, *test]]
        target = None if classes else {"name": names[0], "unit": ""}
        sets.append(dict(key=key, kind="table", task="classification" if classes else "regression", names=names, words=words,
                         classes=classes, target=target, rows=ordered, n_train=len(train), n_test=len(test)))
    return sets


def encode(table):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([table["names"], *table["rows"]])
    return out.getvalue().encode()


def inputs(table):
    """Rows of numbers as the page's default settings make them, all learnt from training rows: means for gaps, one-hot words with a
    word of its own for gaps, the rarest words as one, everything but words standardized. And what is to be predicted."""
    import numpy as np

    n, columns = table["n_train"], []
    for i, name in enumerate(table["names"][1:], 1):
        cells = [row[i] for row in table["rows"]]
        if name in table["words"]:
            known = sorted({c for c in cells[:n]} - {""}) + ([""] if "" in cells[:n] else [])
            if len(known) > MOST:
                # The rarest give way to one column for all others, words that no training row has among them.
                counts = {k: cells[:n].count(k) for k in known}
                known = sorted(sorted(known, key=counts.get)[len(known) - MOST + 1 :])
                columns.append([float(c not in known) for c in cells])
            columns += [[float(c == k) for c in cells] for k in known]
        else:
            values = np.array([float(c) if c else np.nan for c in cells])
            values = np.where(np.isnan(values), np.nanmean(values[:n]), values)
            columns.append((values - values[:n].mean()) / values[:n].std())
    x = np.column_stack(columns)
    classes = table["classes"]
    y = np.array([classes.index(row[0]) if classes else float(row[0]) for row in table["rows"]])
    return x[:n], y[:n], x[n:], y[n:]


def check(path, card):
    """What a table's file has to be; for the words that are printed, its sizes."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    head, rows = rows[0], rows[1:]
    train, test = rows[: card["n_train"]], rows[card["n_train"] :]
    assert len(test) == card["n_test"], "rows differ from index.json"
    assert all(len(row) == len(head) for row in rows), "rows of different lengths"
    assert all(row[0] for row in rows), "a row in which nothing is to be predicted"
    if card["classes"]:
        assert {row[0] for row in train} == {row[0] for row in test} == set(card["classes"]), "classes differ from index.json"
    else:
        assert head[0] == card["target"]["name"], "target differs from index.json"
    seen = {tuple(row[1:]) for row in train}
    assert not any(tuple(row[1:]) in seen for row in test), "a test row is also a train row"
    return f"{path.stat().st_size:9} bytes, {len(train)} + {len(test)} rows of {len(head)} columns"
