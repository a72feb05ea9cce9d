"""validate for people and CI, backups, bucket files, and the sandbox's exit status."""
import os
import pathlib
import sqlite3
import xml.etree.ElementTree as xml

import world
from world import POINT, ROOT, WXCTL, Walkthrough, run, systemctl, until

CHECK_KEYS = {"id", "title", "status", "required", "observed", "threshold", "unit", "message", "remedy"}
BACKUP_KEYS = {"id", "path", "files", "bytes", "verified"}


class Validate(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.checked = world.App("checked", world.NEVER)
        # The program fails while this file is there.
        cls.trouble = ROOT / "trouble"
        cls.checked.deploy(cls.checked.release("one", '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ -e "' + str(cls.trouble) + '" ] && exit 5\n' + POINT))

    def validate(self, *words, expect=0):
        return self.checked.wxctl("validate", *words, expect=expect)

    def failed(self, *words):
        """The checks that fail, by id; validate's exit status says whether there are any."""
        done = self.checked.wxctl("validate", "-o", "json", *words, expect=None)
        failed = {each["id"]: each for each in done.json()["checks"] if each["status"] == "fail"}
        self.assertEqual((1 if failed else 0, not failed), (done.code, done.json()["passed"]), done)
        return failed

    def test_a_healthy_app_passes_with_every_key(self):
        report = self.validate("-o", "json").json()
        self.assertTrue(report["passed"])
        for check in report["checks"]:
            self.assertLessEqual(CHECK_KEYS, check.keys())
            self.assertIn(check["status"], ("pass", "fail", "warn", "skip", "na"))
        self.assertLessEqual({"service", "last-run", "timer", "journal-errors", "store", "disk", "config", "release", "deadman", "dry-run"},
                             {check["id"] for check in report["checks"]})
        self.assertIn("0 failed", self.validate().out)

    def test_a_stopped_timer_fails_with_a_remedy(self):
        systemctl("stop", self.checked.timer)
        self.addCleanup(systemctl, "start", self.checked.timer)
        failed = self.failed()
        self.assertEqual(["timer"], list(failed))
        self.assertIn("systemctl --user start checked.timer", failed["timer"]["remedy"])
        self.validate("--check", "timer", expect=1)
        self.validate("--check", "store")

    def test_a_store_moved_away_fails_until_it_is_back(self):
        away = self.checked.store.with_name("away.db")
        self.checked.store.rename(away)
        try:
            failed = self.failed()
            self.assertIn(str(self.checked.store), failed["store"]["message"])
            self.assertFalse(self.checked.store.exists(), "a check makes nothing")
        finally:
            away.rename(self.checked.store)
        self.assertNotIn("store", self.failed())

    def test_a_run_that_failed_fails_until_one_succeeds(self):
        self.trouble.touch()
        self.assertNotEqual(0, systemctl("start", self.checked.entry).code)
        self.assertIn("last-run", self.failed())
        self.trouble.unlink()
        self.assertEqual(0, systemctl("start", self.checked.entry).code)
        self.assertEqual({}, self.failed())

    def test_junit_is_one_suite_with_a_case_for_each_check(self):
        systemctl("stop", self.checked.timer)
        self.addCleanup(systemctl, "start", self.checked.timer)
        done = self.validate("-o", "junit", expect=1)
        suite = xml.fromstring(done.out)
        self.assertEqual("testsuite", suite.tag)
        cases = {case.get("name"): case for case in suite.findall("testcase")}
        self.assertEqual(len(cases), int(suite.get("tests")))
        self.assertEqual("1", suite.get("failures"))
        text = cases["timer"].find("failure").text
        for part in ("observed", "threshold", "remedy"):
            self.assertIn(part, text)
        self.assertIsNone(cases["store"].find("failure"))

    def test_github_has_an_error_for_each_failure(self):
        systemctl("stop", self.checked.timer)
        self.addCleanup(systemctl, "start", self.checked.timer)
        done = self.validate("-o", "github", expect=1)
        self.assertRegex(done.out, r"(?m)^::error title=timer::checked\.timer is inactive")

    def test_list_names_checks_and_what_they_ask(self):
        listed = self.validate("--list").out
        for words in ("timer", "last-run", "dry-run"):
            self.assertIn(words, listed)
        checks = {check["id"]: check for check in self.validate("--list", "-o", "json").json()["checks"]}
        self.assertEqual(["active, enabled", None], [checks["timer"][key] for key in ("threshold", "unit")])
        self.assertEqual(["10000", "ms"], [checks["dry-run"][key] for key in ("threshold", "unit")])
        self.assertRegex(listed, r"(?m)^timer +.* active, enabled$")

    def test_preflight_speaks_the_same_json(self):
        report = self.checked.wxctl("preflight", "-o", "json").json()
        self.assertTrue(report["passed"])
        for check in report["checks"]:
            self.assertLessEqual(CHECK_KEYS, check.keys())


class Limits(Walkthrough):
    LIMITS = {"disk": "1MB", "memory": "40MB", "cpu": "90%", "duration": "2s", "uptime": "99%", "loss": "1%", "freshness": "1h"}

    def statuses(self, app):
        checks = app.wxctl("validate", "--since", "1h", "-o", "json", expect=None).json()["checks"]
        return {each["id"]: each["status"] for each in checks}

    def test_figures_of_the_runs_are_held_against_the_manifests_limits(self):
        app = self.app("limited", limits=self.LIMITS)
        trouble, failing = app.directory / "trouble", app.directory / "failing"
        # Longer than its limit of 2 s, with 60 MB, and without a point.
        bad = f'[ -e {trouble} ] && rm {trouble} && head -c 60000000 /dev/zero | tail -c 60000000 >/dev/null && sleep 2.1 && exit 0\n'
        shout = f'[ -e {failing} ] && echo "ERROR: nothing works" && exit 7\n'
        app.deploy(app.release("one", '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n' + bad + shout + POINT))
        limited = [key for key in self.LIMITS]
        until(lambda: len(app.runs()) > 2, "some runs ended")
        self.assertEqual({"pass"}, {self.statuses(app)[each] for each in limited}, app.wxctl("validate", expect=None).out)
        trouble.touch()
        until(lambda: any((run["duration_ms"] or 0) > 2000 for run in app.runs()), "a long run")
        failing.touch()
        until(lambda: app.runs()[-1]["result"] == "failure", "a failed run")
        failing.unlink()
        until(lambda: app.runs()[-1]["result"] == "success", "a good run again")
        app.stop()
        found = self.statuses(app)
        self.assertEqual(["duration", "journal-errors", "loss", "memory", "timer", "uptime"],
                         sorted(each for each, status in found.items() if status == "fail"), app.wxctl("validate", expect=None).out)
        told = app.wxctl("validate", "--check", "memory", "--since", "1h", expect=1).out
        self.assertRegex(told, "more than the 40 MB of limits.memory")


class Data(Walkthrough):
    def test_backups_are_made_listed_verified_and_a_changed_one_is_found(self):
        app = self.installed("kept", world.NEVER)
        made = app.wxctl("backup", "create", "-o", "json").json()
        self.assertLessEqual(BACKUP_KEYS, made.keys())
        self.assertRegex(made["id"], r"^b-\d{8}T\d{6}Z-[0-9a-f]{4}$")
        self.assertTrue(made["verified"])
        self.assertEqual(0o700, os.stat(made["path"]).st_mode & 0o777)
        self.assertIn(made["id"], [each["id"] for each in app.wxctl("backup", "list", "-o", "json").json()])
        self.assertTrue(app.wxctl("backup", "verify", made["id"], "-o", "json").json()["verified"])
        changed = next(path for path in pathlib.Path(made["path"]).rglob("tick") if path.is_file())
        changed.chmod(0o755)
        changed.write_text("#!/bin/sh\nexit 0\n")
        done = app.wxctl("backup", "verify", made["id"], expect=1)
        self.assertIn("bin/tick", done.err)
        changed.unlink()
        self.assertIn("bin/tick", app.wxctl("backup", "verify", made["id"], expect=1).err)

    def test_a_bucket_file_is_open_to_any_program(self):
        file = ROOT / "open.db"
        self.assertEqual(0, run(WXCTL, "bucket", "create", file).code)
        with sqlite3.connect(file) as store:
            self.assertEqual("wal", store.execute("PRAGMA journal_mode").fetchone()[0])
            store.execute("INSERT OR REPLACE INTO points VALUES('b','m','host=a',1795511351000000000,'value',1.0)")
            store.execute("INSERT OR REPLACE INTO points VALUES('b','m','host=a',1795511351000000000,'other',2)")
            store.execute("INSERT OR REPLACE INTO points VALUES('b','m','host=b',1795511352000000000,'value',1.0)")
        self.assertEqual(0, run(WXCTL, "bucket", "create", file).code, "made again: left alone")
        shown = run(WXCTL, "bucket", "show", file, "-o", "json").json()
        self.assertEqual([("b", 2, 2)], [(each["bucket"], each["series"], each["points"]) for each in shown])
        self.assertEqual(["2026-11-24T09:09:11Z", "2026-11-24T09:09:12Z"], [shown[0]["first"], shown[0]["last"]])

    def test_a_bucket_file_that_is_not_there_is_told(self):
        done = run(WXCTL, "bucket", "show", ROOT / "nothing.db")
        self.assertIn(done.code, (2, 4), done)
        self.assertIn("nothing.db", done.err)
        self.assertFalse((ROOT / "nothing.db").exists())


class Sandbox(Walkthrough):
    def test_a_sandbox_ends_as_its_command_did(self):
        for code in (0, 3, 77):
            self.assertEqual(code, run(WXCTL, "sandbox", "--", "sh", "-c", f"exit {code}").code)

    def test_a_sandbox_has_a_home_and_a_manager_of_its_own(self):
        done = run(WXCTL, "sandbox", "--", "sh", "-c", 'ls -A "$HOME"; echo "[$WXCTL_SANDBOX]"; systemctl --user is-system-running')
        self.assertEqual(["[1]", "running"], done.out.split(), done)

    def test_a_command_that_is_not_there(self):
        done = run(WXCTL, "sandbox", "--", "no-such-command")
        self.assertIn(done.code, (125, 127), done)
        self.assertIn("no-such-command", done.err)


if __name__ == "__main__":
    world.main()
