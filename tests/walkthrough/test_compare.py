"""compare: the points of both buckets side by side, with and without a rollout, and what stands in its way."""
import json
import os
import signal
import subprocess

import world
from world import EACH_SECOND, NEVER, WXCTL, Walkthrough, until

KEYS = {"window", "blue", "green", "expected_share", "observed_share", "missing_in_blue", "missing_in_green", "missing_in_blue_total",
        "missing_in_green_total", "mismatched", "mismatched_total", "verdict", "message"}
# One point for every two seconds of the past twenty, whoever writes it: what a source has measured, fetched by each run that comes by.
FETCHED = """#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
now=$(($(date +%s) / 2 * 2))
for back in 0 2 4 6 8 10 12 14 16 18 20; do
  echo "INSERT OR IGNORE INTO points VALUES('$WX_BUCKET','tick','host=a',$((now - back))000000000,'value',1.0);"
done | sqlite3 -cmd '.timeout 5000' "$WX_STORE"
"""


class Compare(Walkthrough):
    def compare(self, app, *words, expect=None):
        done = app.wxctl("compare", "-o", "json", *words, expect=expect)
        document = done.json()
        self.assertLessEqual(KEYS, document.keys())
        self.assertEqual({"from", "to"}, document["window"].keys())
        for slot in ("blue", "green"):
            self.assertEqual({"bucket", "points", "due"}, document[slot].keys())
        exits = {"pass": 0, "fail": 1, "inconclusive": 3, "insufficient": 3, "error": 4, "cancelled": 130}
        self.assertEqual(exits[document["verdict"]], done.code, done)
        return document

    def put(self, app, bucket, *rows):
        with world.sqlite3.connect(app.store, timeout=5) as store:
            store.executemany("INSERT OR REPLACE INTO points VALUES(?,?,?,?,?,?)",
                              [(bucket, "tick", "host=a", time * 10**9, "value", value) for time, value in rows])

    def test_without_a_rollout_all_points_of_the_window_are_compared(self):
        app = self.installed("idle", NEVER)
        now = int(world.time.time())
        self.put(app, "idle", (now - 7200, 1.0), *((now - 100 + i, 1.0) for i in range(50)))
        document = self.compare(app, expect=3)
        self.assertEqual("insufficient", document["verdict"])
        self.put(app, "idle-candidate", *((now - 100 + i, 1.0) for i in range(50)))
        first_run = app.points() - 51  # of the deployment
        document = self.compare(app, expect=1 if first_run else 0)
        self.assertEqual((50 + first_run, 50), (document["blue"]["points"], document["green"]["points"]))
        self.assertEqual((None, None, None), (document["blue"]["due"], document["green"]["due"], document["expected_share"]))
        self.put(app, "idle-candidate", (now - 100, 1.5), (now - 99, 1), (now - 20, 1.0))
        document = self.compare(app, expect=1)
        self.assertEqual(2, document["mismatched_total"])
        self.assertEqual([(1.0, 1.5, "float", "float"), (1.0, 1, "float", "integer")],
                         [(each["blue"], each["green"], each["blue_type"], each["green_type"]) for each in document["mismatched"]])
        self.assertEqual(("tick,host=a", "value"), (document["mismatched"][0]["series"], document["mismatched"][0]["field"]))
        self.assertEqual([world.time.strftime("%Y-%m-%dT%H:%M:%SZ", world.time.gmtime(now - 20))], document["missing_in_blue"])
        text = app.wxctl("compare", "--window", "3h", expect=1).out
        self.assertIn("differs at", text)
        self.assertIn(str(51 + first_run), text)

    def test_a_mirrored_candidate_is_compared_by_what_is_due(self):
        app = self.app("pair", EACH_SECOND)
        app.manifest["store"]["reach"] = "10s"
        app.write_manifest()
        app.deploy(app.release("one", FETCHED))
        with app.deploying(app.release("two", FETCHED), soak="120s"):
            # Three periods; until both have looked at the last one nothing is decided.
            document = until(lambda: (found := self.compare(app))["verdict"] == "pass" and found["green"]["points"] > 2 and found,
                             "both have written the same", seconds=60)
            self.assertEqual(document["blue"]["points"], document["blue"]["due"])
            self.assertAlmostEqual(0.5, document["expected_share"], delta=0.2)
            self.assertLess(document["blue"]["points"], app.points(), "points from before the rollout are not due")
            # Something else than the candidate's program changes a value in its bucket.
            with world.sqlite3.connect(app.store, timeout=5) as store:
                store.execute("UPDATE points SET value = 2.0 WHERE bucket = 'pair-candidate'")
            document = self.compare(app, expect=1)
            self.assertIn(" differ", document["message"])
            app.wxctl("abort")

    def test_a_store_that_is_away_is_an_error_and_never_a_pass(self):
        app = self.installed("away", NEVER)
        hidden = app.store.with_name("hidden.db")
        app.store.rename(hidden)
        document = self.compare(app, expect=4)
        self.assertEqual("error", document["verdict"])
        self.assertIn("ticks.db", document["message"])
        self.assertEqual((None, None), (document["blue"]["points"], document["missing_in_green_total"]))
        self.assertIn("ticks.db", app.wxctl("compare", expect=4).text)
        hidden.rename(app.store)

    def test_watching_gives_one_document_a_line_until_it_is_interrupted(self):
        app = self.installed("watched", NEVER)
        process = subprocess.Popen([WXCTL, "--app", app.name, "compare", "--watch", "200ms", "-o", "json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(2)]
        self.assertEqual(2, len({json.loads(line)["window"]["to"] for line in lines}))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
        self.assertEqual((130, ""), (process.returncode, err))

    def test_on_a_terminal_watching_redraws(self):
        app = self.installed("seen", NEVER)
        controller, terminal = os.openpty()
        process = subprocess.Popen([WXCTL, "--app", app.name, "compare", "--watch"], stdout=terminal, stderr=terminal)
        os.close(terminal)
        seen = b""
        while b"insufficient" not in seen:
            seen += os.read(controller, 4096)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(130, process.wait(timeout=10))
        os.close(controller)
        self.assertTrue(seen.startswith(b"\x1b[H"), seen)

    def test_an_app_without_a_store_has_nothing_to_compare(self):
        app = self.app("bare", NEVER)
        del app.manifest["store"]
        app.file = app.write_manifest()
        app.deploy(app.release("one", "#!/bin/sh\n"))
        self.assertIn("names no store", self.compare(app, expect=4)["message"])


if __name__ == "__main__":
    world.main()
