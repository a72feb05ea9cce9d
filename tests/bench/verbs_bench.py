#!/usr/bin/env python3
"""What `wxctl status` costs beside `systemctl --user show` of the same units, and how soon a rollback has switched.

    wxctl sandbox -- verbs_bench.py [ROUNDS]

The commands take turns, so that whatever else the machine does meets them all.
"""
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walkthrough"))
from world import App, EACH_SECOND, WXCTL, until  # noqa: E402

ROLLBACKS = 10


def milliseconds(argv):
    begin = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return (time.monotonic() - begin) * 1000


def in_turn(rounds, commands):
    times = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            times[name].append(milliseconds(argv))
    return {name: statistics.median(taken) for name, taken in times.items()}




def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    app = App("bench", timer=EACH_SECOND)
    one, two = app.release("one"), app.release("two")
    app.deploy(one)
    app.deploy(two)
    until(lambda: len(app.runs()) >= 5, "it has run five times", seconds=30)

    units = [app.entry, app.timer, "bench@blue.service", "bench@green.service"]
    commands = {"wxctl status": [WXCTL, "--app", "bench", "status"],
                "systemctl show": ["systemctl", "--user", "show", *units]}
    taken = in_turn(rounds, commands)
    print(f"status: {taken['wxctl status']:.1f} ms, systemctl --user show of the same units: {taken['systemctl show']:.1f} ms, "
          f"ratio {taken['wxctl status'] / taken['systemctl show']:.2f} (medians of {rounds})")

    switched = []
    for _ in range(ROLLBACKS):
        switched.append(app.wxctl("rollback", "-o", "json", timeout=120).json()["switched_ms"])
        status = app.status()
        app.deploy(two if status["slots"][status["active"]]["version"] == "one" else one)
    print(f"rollback: switched after {statistics.median(switched):.0f} ms, at most {max(switched)} ms ({ROLLBACKS} times)")


main()
