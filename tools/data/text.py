"""Text: characters one after the other, of which the next is to be predicted.

`FOLDER` holds the source file named in SOURCES.
"""

import collections
import math
import re

SOURCES = {"pg1041.txt": "31571ec384af28d078513bca0756110266af2b38af83042be82f8e0ff769768e"}

# Characters that a model sees, as `data.window` says where nothing is set.
WINDOW = 32


def sonnets(folder, source):
    """Lower case and few marks; a line of a sonnet a line, an empty one between two sonnets. Numbers and indentation are left out."""
    text = source(folder, "pg1041.txt").decode("utf-8-sig").replace("\r", "")
    lines = [line.strip() for line in text.split("\n")]
    lines = ["" if re.fullmatch("[IVXLC]+", line) else line for line in lines]
    text = "\n".join(lines).lower().replace("--", "-").replace("(", "").replace(")", "")
    text = re.sub("\n{2,}", "\n\n", text).strip() + "\n"
    assert text.count("\n\n") == 153, "154 sonnets"
    return dict(key="sonnets", kind="text", task="classification", text=text)


def parts(text):
    """Where the test characters begin: the last tenth."""
    return len(text) - len(text) // 10


def bigrams(text):
    """Accuracy on the test characters of saying what most often followed the last character in training (the first of equals), and the perplexity of these
    frequencies, one added to each."""
    split, letters = parts(text), sorted(set(text))
    counts = collections.Counter(zip(text[: split - 1], text[1:split]))
    best = {a: max(letters, key=lambda b: counts[a, b]) for a in letters}
    total = {a: sum(counts[a, b] + 1 for b in letters) for a in letters}
    pairs = [(text[i - 1], text[i]) for i in range(split, len(text))]
    hits = sum(best[a] == b for a, b in pairs) / len(pairs)
    loss = -sum(math.log((counts[a, b] + 1) / total[a]) for a, b in pairs) / len(pairs)
    return hits, math.exp(loss)


def trigrams(text):
    """The same accuracy from the last two characters; where they were never seen, from the last one."""
    split, letters = parts(text), sorted(set(text))
    two = collections.Counter((text[i - 2 : i], text[i]) for i in range(2, split))
    one = collections.Counter((text[i - 1], text[i]) for i in range(1, split))

    def best(before):
        return max(letters, key=lambda b: (two[before, b], one[before[1], b]))

    known = {}
    hits = 0
    for i in range(split, len(text)):
        before = text[i - 2 : i]
        if before not in known:
            known[before] = best(before)
        hits += known[before] == text[i]
    return hits / (len(text) - split)


def baselines(s):
    hits, perplexity = bigrams(s["text"])
    print(f"  {s['key']:14} bigrams: accuracy {hits:.4f}, perplexity {perplexity:.2f}", flush=True)
    scores = [("Bigram model", hits), ("Trigram model", trigrams(s["text"]))]
    return [{"model": name, "metric": "accuracy", "value": round(value, 4), "split": "test"} for name, value in scores]


def name_of(letter):
    return {"\n": "\u21b5", " ": "\u2423"}.get(letter, letter)


def card(s):
    """What index.json says of shape and sizes."""
    text = s["text"]
    return dict(shape=[WINDOW], n_train=parts(text) - WINDOW, n_test=len(text) // 10,
                classes=[name_of(c) for c in sorted(set(text))], target=None)


def check(path, entry):
    text = path.read_text()
    assert text.isascii(), "characters beyond ASCII"
    wanted = card(dict(text=text))
    for name, value in wanted.items():
        assert entry[name] == value, f"{name} differs from index.json"
    assert set(text) == set(text[: parts(text)]), "a test character that training does not hold"
    return f"{len(text):9} characters, {wanted['n_train']} + {wanted['n_test']} windows"


def build(folder, source):
    return [sonnets(folder, source)]
