"""Points of a split: compared, brought home after an abort, kept as evidence; and the same over a real InfluxDB."""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request

import world
from world import EACH_SECOND, GOOD, NEVER, ROOT, WXCTL, Walkthrough, run, unit_property, until

FILLING = GOOD.replace("--dry-run) exit 0;;", '--dry-run) exit 0;; --backfill) touch "${WX_STORE%/*}/backfilled-$WX_BUCKET"; exit 0;;')
SOAK = ("--set", "soak=300s", "--yes")


class Split(Walkthrough):
    @contextlib.contextmanager
    def canary(self, app, release):
        with app.under_way("canary", "--percent", "50", "--release", release, *SOAK, until_step="analyze") as process:
            yield process

    def candidates(self, app):
        return [each for each in app.runs() if each["role"] == "candidate" and each["result"] == "success"]

    def test_shares_are_compared_and_an_abort_brings_the_points_home(self):
        app = self.app("shared", EACH_SECOND)
        app.manifest["program"]["backfill"] = ["${release}/bin/tick", "--backfill"]
        app.write_manifest()
        app.deploy(app.release("one", FILLING))
        with self.canary(app, app.release("two", FILLING)):
            # Two candidate runs take about four ticks.
            until(lambda: len(self.candidates(app)) >= 2, "the candidate has run")
            document = app.wxctl("compare", "-o", "json", expect=0).json()
            self.assertEqual(("pass", 0.5), (document["verdict"], document["expected_share"]), document)
            self.assertEqual((0, 0, 0), tuple(document[key + "_total"] for key in ("missing_in_blue", "missing_in_green", "mismatched")))
            self.assertGreaterEqual(document["green"]["points"], 2)
            self.assertEqual(document["green"]["points"], document["green"]["due"])
            before = app.wxctl("reconcile", "--dry-run", "-o", "json").json()
            self.assertGreaterEqual(before["found"], 2)
            self.assertEqual(0, before["copied"])
            self.assertIn("shared", app.wxctl("reconcile", expect=5).err)
            outcome = app.wxctl("abort", "-o", "json").json()
            self.assertEqual([], outcome["unreconciled"])
        self.assertEqual(["backfilled-shared"], [path.name for path in app.data.glob("backfilled-*")], "the active slot fills gaps first")
        self.assert_no_activation_lost_or_doubled(app)
        again = app.wxctl("reconcile", "-o", "json").json()
        self.assertEqual((0, 0, []), (again["found"], again["copied"], again["unreconciled"]))

    def test_points_left_as_evidence_can_be_accepted_after_the_next_rollout_began(self):
        app = self.installed("kept", NEVER)
        with contextlib.closing(sqlite3.connect(app.store)) as store, store:
            store.execute("INSERT INTO points VALUES('kept-candidate','tick','host=a',1,'value',1.0)")
        app.deploy(app.release("two"))
        evidence = list((app.data / "evidence").glob("o-*/points.db"))
        self.assertEqual(1, len(evidence), "what the bucket held went to the evidence of the rollout before")
        self.assertEqual(0o600, evidence[0].stat().st_mode & 0o777)
        shown = run(WXCTL, "bucket", "show", evidence[0], "-o", "json").json()
        self.assertEqual([("kept-candidate", 1)], [(each["bucket"], each["points"]) for each in shown])
        accepted = app.wxctl("reconcile", "--accept", evidence[0].parent.name, "-o", "json").json()
        self.assertEqual(0, accepted["copied"], "no run accounts for that point")
        self.assertIn("o-nothing", app.wxctl("reconcile", "--accept", "o-nothing", expect=2).err)


@unittest.skipUnless(shutil.which("influxd"), "influxd is not installed: see .ci/packages")
class Influx(Walkthrough):
    """A program writes line protocol with nothing but a shell and Python; wxctl reads and judges it over HTTP."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="influx-", dir=ROOT))
        self.port = self.free_port()
        self.start()
        for name in ("main", "trial"):
            self.query(f"CREATE DATABASE {name}")

    @staticmethod
    def free_port():
        import socket
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def start(self):
        config = self.directory / "influxdb.conf"
        config.write_text(f"""reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{self.directory}/meta"
[data]
dir = "{self.directory}/data"
wal-dir = "{self.directory}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{self.port}"
log-enabled = false
[logging]
level = "error"
suppress-logo = true
""")
        self.server = subprocess.Popen(["influxd", "run", "-config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        until(lambda: self.answers(), "influxd answers")

    def stop(self):
        if self.server.poll() is None:
            self.server.kill()
            self.server.wait()

    def answers(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5).status == 204
        except OSError:
            return False

    def query(self, text, db="main"):
        data = urllib.parse.urlencode({"q": text, "db": db, "epoch": "ns"}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/query", data, timeout=10) as answer:
            return json.loads(answer.read())

    def times(self, db):
        result = self.query('SELECT value FROM "tick"', db)["results"][0]
        return [row[0] for row in result["series"][0]["values"]] if "series" in result else []

    def program(self):
        return f"""#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
exec {sys.executable} -S -c 'import os, time, urllib.request
urllib.request.urlopen("{{}}/write?db={{}}".format(os.environ["WX_STORE"], os.environ["WX_BUCKET"]), b"tick,host=a value=1 %d" % time.time_ns())'
"""

    def test_a_rollout_over_an_influxdb(self):
        store = {"kind": "influxdb1", "url": f"http://127.0.0.1:{self.port}", "measurement": "tick", "active": "main", "candidate": "trial"}
        app = self.app("flux", EACH_SECOND, store=store)
        app.deploy(app.release("one", self.program()))
        app.wxctl("validate", "--check", "store")
        with app.under_way("canary", "--percent", "50", "--release", app.release("two", self.program()), *SOAK, until_step="analyze"):
            until(lambda: len(self.times("trial")) >= 2, "the candidate has written", seconds=60)
            document = until(lambda: (found := app.wxctl("compare", "-o", "json", expect=None).json())["verdict"] == "pass" and found,
                             "both are compared", seconds=60)
            self.assertEqual(("main", "trial"), (document["blue"]["bucket"], document["green"]["bucket"]))
            app.wxctl("abort")
        app.stop()
        until(lambda: unit_property(app.entry, "ActiveState") in ("inactive", "failed"), "the last activation ended")
        activations = [each for each in app.runs() if not each["mirror_of"] and not each["fallback"] and each["result"] == "success"]
        self.assertEqual(len(activations), len(self.times("main")), app.told())
        self.stop()
        failed = app.wxctl("validate", "--check", "store", "-o", "json", expect=1).json()["checks"][0]
        self.assertEqual("fail", failed["status"])
        self.assertIn(str(self.port), failed["message"])
        document = app.wxctl("compare", "-o", "json", expect=4).json()
        self.assertEqual("error", document["verdict"])

    def test_a_database_that_is_missing_fails_the_store_and_a_token_others_may_read_is_refused(self):
        token = self.directory / "token"
        token.write_text("someone:very-secret\n")
        token.chmod(0o644)
        store = {"kind": "influxdb1", "url": f"http://127.0.0.1:{self.port}", "active": "main", "candidate": "missing",
                 "token_file": str(token)}
        app = self.app("refused", NEVER, store=store)
        done = app.wxctl("-f", app.file, "preflight", expect=1)
        self.assertIn(f"chmod 600 {token}", done.text)
        token.chmod(0o600)
        done = app.wxctl("-f", app.file, "preflight", expect=1)
        self.assertIn('"missing"', done.text.replace("\\", ""))
        self.assertNotIn("very-secret", done.text)


if __name__ == "__main__":
    world.main()
