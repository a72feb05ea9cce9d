"""Releases that are found bad while they are on trial: exit 1, and the host is as before."""
import subprocess

import world
from world import FAILING, POINT, Walkthrough, unit_property, until


class FailingReleases(Walkthrough):
    def assert_as_before(self, app):
        status = app.status()
        self.assertEqual(["blue", None, "one"], [status["active"], status["candidate"], status["slots"]["blue"]["version"]], app.told())
        self.assertEqual({"active": "blue", "candidate": None, "percent": 0, "mode": "none"}, status["route"])
        self.assertEqual([True, True], [status["timer"]["active"], status["timer"]["enabled"]])
        self.assertEqual("RolledBack", status["rollout"]["phase"])

    def assert_active_runs_went_on(self, app):
        """Every activation ran the old release and succeeded."""
        activations = self.assert_no_activation_lost_or_doubled(app)
        self.assertEqual([], [each for each in activations if each["slot"] != "blue" or each["result"] != "success"], app.told())

    def test_a_dry_run_that_fails(self):
        app = self.installed("dry")
        bad = app.release("bad", '#!/bin/sh\necho checking\necho "the tide table is wet" >&2\nexit 3\n')
        done = app.deploy(bad, expect=1)
        self.assertIn("dry-run", done.text)
        self.assert_as_before(app)
        newest = app.history()[0]
        self.assertEqual(["bad", "RolledBack", "RolledBack", "fail"], [newest[key] for key in ("to", "phase", "outcome", "verdict")])
        self.assertIn("the tide table is wet", app.show(newest["id"]))
        self.assertTrue(any(path.joinpath("release.json").exists() for path in (app.data / "releases").iterdir() if "bad" in
                            path.joinpath("release.json").read_text()), "the failed release is kept as evidence")
        self.assert_active_runs_went_on(app)

    def test_a_dry_run_that_hangs(self):
        app = self.app("hang")
        app.manifest["checks"]["dry-run"]["timeout"] = "1s"
        app.file = app.write_manifest()
        app.deploy(app.release("one"))
        done = app.deploy(app.release("bad", '#!/bin/sh\necho "still thinking"\nsleep 1000 & sleep 1000\n'), expect=1)
        self.assertIn("dry-run", done.text)
        self.assertIn("still thinking", app.show())
        self.assert_as_before(app)
        # The check's children went with its unit.
        self.assertEqual("", subprocess.run(["pgrep", "-f", "^sleep 1000$"], capture_output=True, text=True).stdout)
        self.assert_active_runs_went_on(app)

    def test_a_release_whose_every_run_fails_is_found_while_mirrored(self):
        app = self.installed("luckless")
        done = app.deploy(app.release("bad", FAILING), soak="5s", expect=1)
        self.assertIn("failure (exit 7)", done.text)
        self.assertNotIn("cut over", done.text)
        self.assert_as_before(app)
        self.assertEqual([], [each for each in app.runs() if each["slot"] == "green" and each["role"] == "active"])
        self.assert_active_runs_went_on(app)

    def test_good_while_mirrored_but_fails_once_active(self):
        app = self.installed("actor")
        bad = app.release("bad", '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ "$WX_ROLE" = active ] && exit 9\n' + POINT)
        done = app.deploy(bad, soak="1s", expect=1)
        self.assertIn("cut over", done.out)
        self.assertRegex(done.out, r"verified: a run \(\w+\) of one succeeded")
        self.assert_as_before(app)
        self.assertTrue([each for each in app.runs() if each["slot"] == "green" and each["role"] == "active" and each["result"] == "failure"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_a_program_that_forks_leaves_children_and_ignores_sigterm(self):
        app = self.app("stubborn")
        app.manifest["program"]["timeout"] = "1s"
        app.file = app.write_manifest()
        app.deploy(app.release("one"))
        bad = app.release("bad", '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\ntrap "" TERM\nsetsid sleep 2001 &\nsleep 2002 &\nwhile :; do sleep 1; done\n')
        done = app.deploy(bad, soak="20s", expect=1)
        self.assertIn("timeout", done.text)
        self.assertNotIn("cut over", done.text)
        self.assert_as_before(app)
        # A run in progress may end by its own time-out, 1 s, and is then killed after program.stop, 1 s.
        until(lambda: unit_property("stubborn@green.service", "ActiveState") in ("inactive", "failed"), "the last mirrored run ended", 10)
        self.assertEqual("", subprocess.run(["pgrep", "-f", "^sleep 200[12]$"], capture_output=True, text=True).stdout)
        self.assert_active_runs_went_on(app)

    def test_a_first_deployment_that_fails_removes_what_it_installed(self):
        self.installed("standing", world.NEVER)
        app = self.app("stillborn")
        done = app.deploy(app.release("bad", FAILING), expect=1)
        self.assertIn("stillborn", done.text)
        self.assertEqual([], [path.name for path in world.UNITS.rglob("*stillborn*")])
        self.assertFalse((app.data / "current").exists())
        self.assertFalse(app.installed_manifest.exists())
        self.assertEqual("not-found", unit_property(app.timer, "LoadState"))
        self.assertEqual("bad", app.history()[0]["to"])
        # Nor is it meant where no app is named.
        self.assertNotIn("stillborn", world.run(world.WXCTL, "status").text)
        # What failed once does not stand in the way of the next.
        app.deploy(app.release("good"))
        self.assertEqual("good", app.status()["slots"]["blue"]["version"])


if __name__ == "__main__":
    world.main()
