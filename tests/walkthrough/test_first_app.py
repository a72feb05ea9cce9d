"""The walkthrough's second section, command by command: an app that knows nothing of wxctl."""
import datetime

import world
from world import ROOT, WXCTL, Walkthrough, run, systemctl, unit_property, until

TICK = """#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
sqlite3 -cmd '.timeout 5000' "$WX_STORE" "INSERT OR REPLACE INTO points VALUES('$WX_BUCKET','tick','host=a',$(date +%s)000000000,'value',1.0)"
"""
MANIFEST = """# An app that knows nothing of weather.
apiVersion: wxctl/v1
kind: App
name: ticks
service: ticks.service
timer: {unit: ticks.timer, OnCalendar: "*:*:0/2", AccuracySec: 100ms, Persistent: true}
program: {exec: ["${release}/bin/tick"], env: {WX_BUCKET: "${bucket}", WX_STORE: "${store}"}, timeout: 20s, repeatable: true}
store: {kind: sqlite, path: ticks.db, measurement: tick, active: ticks, candidate: ticks-candidate}
checks: {dry-run: {exec: ["${release}/bin/tick", "--dry-run"], timeout: 10s}}
"""
STATUS_KEYS = {"app", "scope", "active", "candidate", "route", "slots", "timer", "rollout"}
SLOT_KEYS = {"release", "version", "bucket", "unit", "last_run"}
LAST_RUN_KEYS = {"at", "result", "exit_status", "duration_ms", "memory_peak_bytes", "memory_source", "cpu_ms"}
ROLLOUT_KEYS = {"id", "strategy", "phase", "step", "steps_total", "message", "started", "verdict"}
RUN_KEYS = {"id", "at", "slot", "role", "release", "generation", "trigger", "block", "position", "result", "exit_status", "duration_ms",
            "memory_peak_bytes", "cpu_ms", "fallback", "mirror_of", "invocation"}
OUTCOME_KEYS = {"rollout", "phase", "active", "release", "duration_ms", "switched_ms", "verified_ms", "verdict", "message", "unreconciled"}
HISTORY_KEYS = {"id", "strategy", "from", "to", "phase", "outcome", "verdict", "started", "finished"}


class FirstApp(Walkthrough):
    """The tests are one story and run in the order of their names; each says what it needs of those before."""

    @classmethod
    def setUpClass(cls):
        cls.ticks = world.App("ticks", world.EACH_TWO_SECONDS)
        cls.ticks.file.write_text(MANIFEST)
        cls.one = world.write_release(ROOT / "ticks-1", TICK)
        cls.two = world.write_release(ROOT / "ticks-2", TICK + "# the next one\n")

    def wxctl(self, *words, expect=0, **options):
        """As typed: no --app, for one app is installed."""
        done = run(WXCTL, *words, **options)
        self.assertEqual(expect, done.code, done)
        return done

    def test_01_without_an_app_wxctl_names_three_commands_to_start_with(self):
        done = self.wxctl()
        for verb in ("preflight", "plan", "deploy"):
            self.assertIn(f"wxctl {verb}", done.out)

    def test_02_a_plan_says_what_would_be_done_and_does_nothing(self):
        words = ["-f", self.ticks.file, "plan", "--strategy", "gradual", "--release", self.one, "--set", "soak=0s"]
        self.assertIn("first deployment", self.wxctl(*words).out)
        self.wxctl(*words, "--exit-code", expect=3)
        self.wxctl("-f", self.ticks.file, "deploy", "--strategy", "gradual", "--release", self.one, "--set", "soak=0s", "--dry-run")
        self.assertFalse(world.UNITS.exists() and any(world.UNITS.glob("ticks*")))
        self.assertFalse(self.ticks.data.exists())

    def test_03_the_first_deployment_activates_blue_and_its_timer(self):
        done = self.wxctl("-f", self.ticks.file, "deploy", "--strategy", "gradual", "--release", self.one, "--set", "soak=0s", "--yes")
        self.assertIn("Healthy: ticks-1 is active in blue", done.out)
        self.assertEqual("active", unit_property("ticks.timer", "ActiveState"))
        self.assertEqual("enabled", unit_property("ticks.timer", "UnitFileState"))
        until(lambda: self.ticks.points() >= 1, "the first tick wrote its point", 5)

    def test_04_the_manifest_is_installed_with_its_comments(self):
        self.assertEqual(MANIFEST, self.ticks.installed_manifest.read_text())
        self.assertEqual(0o600, self.ticks.installed_manifest.stat().st_mode & 0o777)

    def test_05_status_needs_no_name_and_has_every_key(self):
        status = self.wxctl("status", "-o", "json").json()
        self.assertEqual(["blue", "ticks-1", "Healthy"], [status["active"], status["slots"]["blue"]["version"], status["rollout"]["phase"]])
        self.assertLessEqual(STATUS_KEYS, status.keys())
        self.assertEqual(["ticks", "user", None], [status["app"], status["scope"], status["candidate"]])
        self.assertEqual({"active": "blue", "candidate": None, "percent": 0, "mode": "none"}, status["route"])
        for slot in ("blue", "green"):
            self.assertLessEqual(SLOT_KEYS, status["slots"][slot].keys())
            self.assertEqual(f"ticks@{slot}.service", status["slots"][slot]["unit"])
        self.assertEqual([None] * 4, [status["slots"]["green"][key] for key in ("release", "version", "bucket", "last_run")])
        self.assertEqual("ticks", status["slots"]["blue"]["bucket"])
        self.assertLessEqual(LAST_RUN_KEYS, status["slots"]["blue"]["last_run"].keys())
        self.assertEqual(["ticks.timer", True, True], [status["timer"][key] for key in ("unit", "active", "enabled")])
        self.assertTrue(status["timer"]["next"].endswith("Z"))
        self.assertLessEqual(ROLLOUT_KEYS, status["rollout"].keys())
        datetime.datetime.fromisoformat(status["rollout"]["started"].replace("Z", "+00:00"))

    def test_06_a_start_by_hand_blocks_until_its_run_is_done(self):
        before = self.ticks.points()
        started = systemctl("start", "ticks.service")
        self.assertEqual(0, started.code, started)
        last = self.wxctl("runs", "-o", "json").json()[-1]
        self.assertLessEqual(RUN_KEYS, last.keys())
        self.assertIsNotNone(last["invocation"])
        self.assertEqual([None] * 3, [last[key] for key in ("block", "position", "mirror_of")])
        # Started just when the timer elapses, it may have joined that tick; its run is the last one all the same.
        self.assertEqual(["blue", "active", "success"], [last[key] for key in ("slot", "role", "result")])
        self.assertIn(last["trigger"], ("manual", "timer"))
        self.assertGreaterEqual(self.ticks.points(), before)

    def test_07_the_next_release_takes_over_without_losing_or_doubling_a_tick(self):
        done = self.wxctl("deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=2s", "--auto", "--yes", "-o", "json")
        outcome = done.json()
        self.assertLessEqual(OUTCOME_KEYS, outcome.keys())
        self.assertEqual(["Healthy", "green", "pass", []], [outcome[key] for key in ("phase", "active", "verdict", "unreconciled")])
        self.assertLess(outcome["switched_ms"], outcome["duration_ms"])
        status = self.ticks.status()
        self.assertEqual(["green", "ticks-1", "ticks-2"], [status["active"], status["slots"]["blue"]["version"], status["slots"]["green"]["version"]])
        self.assertEqual(status["slots"]["green"]["release"], outcome["release"])
        self.assertEqual([None, 0], [status["candidate"], status["route"]["percent"]])
        self.assertGreaterEqual(self.ticks.points("ticks-candidate"), 1, "the mirrored runs wrote beside")
        self.assertEqual([], [each for each in self.ticks.runs() if each["result"] not in ("success", None)])

    def test_08_the_main_bucket_has_a_point_for_each_tick(self):
        # The bucket alone says it, whoever was active: seconds two apart, none left out. (A tick may be late by a second.)
        ticks = sorted({row[3] // 2_000_000_000 for row in self.ticks.rows()})
        self.assertEqual(list(range(ticks[0], ticks[-1] + 1)), ticks)
        by_timer = [each for each in self.ticks.runs() if not each["mirror_of"] and each["trigger"] == "timer"]
        seconds = [each["at"][:19] for each in by_timer]
        self.assertEqual(sorted(set(seconds)), seconds, "two activations for one tick")

    def test_09_what_is_active_already_is_not_deployed_again(self):
        generation = self.ticks.generation()
        words = ["deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", "--yes"]
        self.assertIn("already active", self.wxctl(*words).out)
        outcome = self.wxctl(*words, "-o", "json").json()
        self.assertLessEqual(OUTCOME_KEYS, outcome.keys())
        self.assertIn("already active", outcome["message"])
        self.assertIn("already active", self.wxctl("rollback", "--to", "ticks-2").out)
        self.assertLessEqual(OUTCOME_KEYS, self.wxctl("rollback", "--to", "ticks-2", "-o", "json").json().keys())
        self.assertIn("nothing to abort", self.wxctl("abort").out)
        self.assertLessEqual(OUTCOME_KEYS, self.wxctl("abort", "-o", "json").json().keys())
        self.assertEqual(generation, self.ticks.generation())

    def test_10_rollback_makes_blue_active_and_tells_both_times(self):
        done = self.wxctl("rollback", "--yes")
        self.assertRegex(done.out, r"switched in \d")
        self.assertRegex(done.out, r"verified by a run after \d")
        status = self.ticks.status()
        self.assertEqual(["blue", "ticks-1", None], [status["active"], status["slots"]["blue"]["version"], status["candidate"]])

    def test_11_a_second_rollback_has_no_predecessor(self):
        done = self.wxctl("rollback", "--yes", expect=1)
        self.assertIn("no predecessor", done.err)
        self.assertEqual("blue", self.ticks.status()["active"])

    def test_12_history_tells_all_three_newest_first(self):
        history = self.wxctl("history", "-o", "json").json()
        self.assertEqual([("rollback", "ticks-1", "RolledBack"), ("gradual", "ticks-2", "Promoted"), ("gradual", "ticks-1", "Promoted")],
                         [(each["strategy"], each["to"], each["outcome"]) for each in history])
        for each in history:
            self.assertLessEqual(HISTORY_KEYS, each.keys())
        self.assertIsNone(history[-1]["from"])

    def test_13_no_activation_was_lost_or_doubled_in_all_this(self):
        self.ticks.stop()
        until(lambda: unit_property("ticks.service", "ActiveState") == "inactive", "the last activation ended")
        seconds = {each["at"][:19] for each in self.ticks.runs() if not each["mirror_of"]}
        self.assertAlmostEqual(len(seconds), self.ticks.points(), delta=1, msg=self.ticks.told())


class OtherManifest(Walkthrough):
    def test_a_manifest_that_differs_is_part_of_the_plan_and_is_rolled_back_with_it(self):
        app = self.installed("changing")
        release = app.directory / "one"
        installed = app.installed_manifest.read_bytes()
        app.manifest["timer"]["OnCalendar"] = world.EACH_TWO_SECONDS
        app.manifest["program"]["env"]["GREETING"] = "hello"
        other = app.write_manifest(name="other.yaml")
        app.deploy(release, manifest=other)
        self.assertEqual(other.read_bytes(), app.installed_manifest.read_bytes())
        self.assertIn(world.EACH_TWO_SECONDS, (world.UNITS / app.timer).read_text())
        app.wxctl("rollback", "--yes")
        self.assertEqual(installed, app.installed_manifest.read_bytes())
        self.assertIn(world.EACH_SECOND + "\n", (world.UNITS / app.timer).read_text())
        self.assertEqual("active", unit_property(app.timer, "ActiveState"))


if __name__ == "__main__":
    world.main()
