#!/usr/bin/env python3
"""How fast two buckets are compared, and in how much memory, beside the same done with Python's sqlite3 and sets.

    compare_bench.py PROGRAM [POINTS ...]        points in each bucket; 100000 and 1000000 without
"""
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

SERIES = 10
SCHEMA = """CREATE TABLE points(bucket TEXT NOT NULL, measurement TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '', time INTEGER NOT NULL,
field TEXT NOT NULL, value, PRIMARY KEY(bucket, measurement, tags, time, field)) WITHOUT ROWID; PRAGMA user_version=1"""


def make(file, points):
    """Every thousandth point is missing in the trial, and every thousandth value differs."""
    def rows(bucket):
        for series in range(SERIES):
            for i in range(points // SERIES):
                if bucket == "trial" and i % 1000 == 17:
                    continue
                value = i * 0.5 + (1 if bucket == "trial" and i % 1000 == 29 else 0)
                yield bucket, "tick", f"host=host-{series},source=bench", 1_700_000_000_000_000_000 + i * 1_000_000_000, "value", value
    with sqlite3.connect(file) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=OFF")
        store.executescript(SCHEMA)
        for bucket in ("main", "trial"):
            store.executemany("INSERT INTO points VALUES(?,?,?,?,?,?)", rows(bucket))


def compare_in_python(file):
    begin = time.monotonic()
    store = sqlite3.connect(file)
    points = []
    for bucket in ("main", "trial"):
        points.append({(m, tags, t, field): value for m, tags, t, field, value in store.execute(
            "SELECT measurement, tags, time, field, value FROM points WHERE bucket = ?", (bucket,))})
    main, trial = points
    missing = len(set(main) ^ set(trial))
    differ = sum(1 for key in set(main) & set(trial) if main[key] != trial[key])
    print(len(main) + len(trial), missing, differ, f"{time.monotonic() - begin:.3f}", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def measure(argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def main(program, sizes):
    print(f"{'points':>10}  {'wxctl: points/s':>16} {'s':>8} {'peak MB':>8}   {'Python: points/s':>16} {'s':>8} {'peak MB':>8}   times as fast")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="wx-compare-") as directory:
            file = os.path.join(directory, "points.db")
            make(file, size)
            ours, theirs = measure([program, file]), measure([sys.executable, __file__, "--python", file])
            if ours[:3] != theirs[:3]:
                sys.exit(f"they found different things: {ours} {theirs}")
            line = f"{int(ours[0]):>10}"
            for figures in (ours, theirs):
                seconds = float(figures[3])
                line += f"  {int(figures[0]) / seconds:>16.0f} {seconds:>8.2f} {int(figures[4]) / 1024:>8.1f} "
            print(f"{line}  {float(theirs[3]) / float(ours[3]):>5.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--python":
        compare_in_python(sys.argv[2])
    else:
        main(sys.argv[1], [int(word) for word in sys.argv[2:]] or [100_000, 1_000_000])
