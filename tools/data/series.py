"""Sequences and series: utterances of several lengths, and windows of measurements over time, from which the next one is to be predicted.

`FOLDER` holds source files named in SOURCES; sets whose file is not there stay as they are.
"""

import csv
import datetime
import pathlib

import numpy as np

SOURCES = {
    "JapaneseVowels_TRAIN.ts": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "JapaneseVowels_TEST.ts": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
    "Airline.csv": "28af0eb869db6d9fbd31d5af03993a0cbf36c0857c3eb046a068c094b60da851",
    "sunspots.csv": "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b",
    "co2.csv": "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
    "nile.csv": "88e97bea7249e5832a85e41aec6ce4b8f7b1b14aae930c8363da7f193286b598",
    "seattle-weather.csv": "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b",
}

# The longest utterance.
STEPS = 29


def utterances(text):
    rows, labels = [], []
    for line in text.splitlines():
        if line and line[0] not in "#@":
            *columns, label = line.split(":")
            rows.append(np.array([[float(v) for v in column.split(",")] for column in columns]).T)
            labels.append(int(label) - 1)
    return rows, np.array(labels)


def vowels(folder, source):
    """Shorter utterances get silence before them: the mean of all training frames, which is zero once standardized."""
    (train, y_train), (test, y_test) = [utterances(source(folder, f"JapaneseVowels_{part}.ts").decode()) for part in ("TRAIN", "TEST")]
    silence = np.concatenate(train).mean(axis=0)

    def padded(rows):
        return np.array([np.concatenate([np.tile(silence, (STEPS - len(row), 1)), row]) for row in rows]).astype("<f4")

    return dict(key="japanese-vowels", kind="sequence", task="classification", shape=[STEPS, 12],
                classes=[f"speaker {i}" for i in range(1, 10)], target=None,
                feature_names=[f"cepstrum {i}" for i in range(1, 13)], dtype="f32",
                x_train=padded(train), y_train=y_train.astype(np.uint8), x_test=padded(test), y_test=y_test.astype(np.uint8))


def column(folder, source, name, field):
    return [row[field] for row in csv.DictReader(source(folder, name).decode().splitlines())]


def monthly(folder, source):
    """Means of the weeks of each month; the few months without any lie on the line between their neighbours."""
    months = {}
    for date, value in zip(column(folder, source, "co2.csv", "date"), column(folder, source, "co2.csv", "co2")):
        if value:
            day = datetime.datetime.strptime(date, "%Y%m%d")
            months.setdefault(day.year * 12 + day.month - 1, []).append(float(value))
    at = sorted(months)
    return np.interp(np.arange(at[0], at[-1] + 1), at, [np.mean(months[m]) for m in at])


def windows(key, values, steps, name, unit, step):
    """Each run of `steps` values and the one after it; the last fifth, in time, for testing."""
    values = np.asarray(values, "<f4")
    x = np.array([values[i : i + steps] for i in range(len(values) - steps)])[:, :, None]
    y = values[steps:]
    n = len(x) - -(-len(x) // 5)
    return dict(key=key, kind="sequence", task="regression", shape=[steps, 1], classes=[], target={"name": f"{name} of the next {step}", "unit": unit},
                feature_names=[name], dtype="f32", x_train=x[:n], y_train=y[:n], x_test=x[n:], y_test=y[n:])


def build(folder, source):
    numbers = lambda name, field: [float(v) for v in column(folder, source, name, field)]
    sets = {
        "JapaneseVowels_TRAIN.ts": lambda: vowels(folder, source),
        "sunspots.csv": lambda: windows("sunspots", numbers("sunspots.csv", "SUNACTIVITY"), 12, "sunspots", "", "year"),
        "co2.csv": lambda: windows("co2", monthly(folder, source), 24, "CO2", "ppm", "month"),
        "nile.csv": lambda: windows("nile", numbers("nile.csv", "volume"), 8, "flow", "10^8 m3", "year"),
        "seattle-weather.csv": lambda: windows("seattle", numbers("seattle-weather.csv", "temp_max"), 14, "highest temperature", "degrees C", "day"),
        "Airline.csv": lambda: windows("airline", numbers("Airline.csv", "Passengers"), 12, "passengers", "thousand", "month"),
    }
    return [make() for file, make in sets.items() if (pathlib.Path(folder) / file).exists()]


def last_again(s):
    """R2 of saying the last value once more."""
    y = s["y_test"].astype(float)
    off = y - s["x_test"][:, -1, 0]
    return 1 - (off @ off) / ((y - y.mean()) @ (y - y.mean()))
