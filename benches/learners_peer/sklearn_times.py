"""Times scikit-learn on a table like that of benches/learners.rs, on one thread: median of some runs, in milliseconds.

python benches/learners_peer/sklearn_times.py, with the versions of tests/fixtures/learners/requirements.txt
"""

import os
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


for key, peer in PEERS.items():
    print(f"{key}: learn {median(lambda: peer.fit(x, y)):.1f} ms, predict {median(lambda: peer.predict(x)):.2f} ms")
