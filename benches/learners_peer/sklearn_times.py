"""Times scikit-learn on a table like that of benches/learners.rs and on the training rows of German credit, on one thread: median of some runs, in milliseconds.

python benches/learners_peer/sklearn_times.py, with the versions of tests/fixtures/learners/requirements.txt
"""

import importlib.util
import os
import pathlib
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402

rng = np.random.default_rng(1)
x = rng.uniform(-1, 1, (1000, 20)).astype(np.float32)
y = (x[:, 0] * x[:, 1] + x[:, 2] - 0.5 * x[:, 3] + 0.3 * rng.uniform(-1, 1, 1000) > 0).astype(int)
PEERS = {
    "tree": DecisionTreeClassifier(max_depth=6),
    "forest": RandomForestClassifier(n_estimators=100, max_depth=20, n_jobs=1),
    "extra-trees": ExtraTreesClassifier(n_estimators=100, max_depth=20, n_jobs=1),
    "boosting": HistGradientBoostingClassifier(max_iter=100, early_stopping=False),
    "svm": SVC(),
}


def median(run, times=7):
    spent = []
    for _ in range(times):
        start = time.process_time()
        run()
        spent.append(1000 * (time.process_time() - start))
    return statistics.median(spent)


def times(key, name, x, y):
    peer = PEERS[key]
    print(f"{key}, {name}: learn {median(lambda: peer.fit(x, y)):.1f} ms, predict {median(lambda: peer.predict(x)):.2f} ms", flush=True)


for key in PEERS:
    times(key, "1000x20", x, y)

# Words and gaps become inputs as in the fixtures of the learners.
path = pathlib.Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "learners" / "make.py"
spec = importlib.util.spec_from_file_location("learners_make", path)
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)
x, y, _ = make.load("german-credit")
for key in ["forest", "boosting"]:
    times(key, "german credit", x[:800], y[:800])
