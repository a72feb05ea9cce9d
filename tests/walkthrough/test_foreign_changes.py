"""Somebody else's hand on an app: a unit file, a drop-in, the timer or the config changed in mid-rollout or in between. The rollout stops
and shows it, a person decides, and nobody's work is lost; what a rollback brings back is the whole of it."""
import json

import world
from world import GOOD, POINT, UNITS, Walkthrough, systemctl, unit_property, until

CONFIG = "bucket: main\ninterval: 2\napi_key: k-original\n"
SECRET = "sesame-open"


class ForeignChanges(Walkthrough):
    def config_app(self, name):
        app = self.app(name)
        app.manifest["config"] = {"template": "config.yml", "set": {"bucket": "${bucket}"}}
        app.file = app.write_manifest()
        app.deploy(app.release("one", **{"config.yml": CONFIG}))
        return app, app.release("two", **{"config.yml": CONFIG + "retries: 3\n"})

    def hasty(self, name):
        """No soak waits less than a run may take: these may take little."""
        app = self.app(name)
        app.manifest["program"]["timeout"] = "3s"
        app.file = app.write_manifest()
        app.deploy(app.release("one"))
        return app

    def drift(self, app, expect):
        checks = app.wxctl("validate", "--check", "drift", "-o", "json", expect=expect).json()["checks"]
        return checks[0]

    def kept(self, app, name):
        found = list((app.data / "evidence").glob(f"*/foreign/{name}"))
        self.assertEqual(1, len(found), f"{name} is kept once")
        self.assertEqual(0o600, found[0].stat().st_mode & 0o777)
        return found[0].read_text()

    def paused(self, app, following, *words):
        """The rollout stops, exit 3, and whoever follows reads these words; the answer is the same in JSON."""
        out = app.wait_for(following, expect=3)
        rollout = app.status()["rollout"]
        self.assertEqual(["Paused", "inconclusive"], [rollout["phase"], rollout["verdict"]])
        for word in words:
            self.assertIn(word, out)
            self.assertIn(word, rollout["message"])
        for remedy in ("--take-ours", "--take-theirs", "wxctl abort"):
            self.assertIn(remedy, out)
        return out

    def test_an_edited_entry_unit_stops_the_rollout_until_ours_is_taken(self):
        app = self.installed("edited")
        entry = UNITS / app.entry
        ours = entry.read_text()
        theirs = ours + f"Nice=3\nEnvironment=API_TOKEN={SECRET}\n"
        with app.deploying(app.release("two"), soak="1s") as following:
            entry.write_text(theirs)
            systemctl("daemon-reload")
            out = self.paused(app, following, str(entry), "+Nice=3")
        self.assertNotIn(SECRET, out + app.show())
        self.assertIn("+Environment=API_TOKEN=***", app.show())
        self.assertEqual(theirs, entry.read_text())
        # Nothing is decided by looking again.
        app.wxctl("retry", expect=3)
        self.assertEqual(theirs, entry.read_text())
        app.wxctl("retry", "--take-ours", expect=0)
        self.assertEqual(["Healthy", "green"], [app.phase(), app.status()["active"]])
        self.assertEqual(ours, entry.read_text())
        self.assertEqual(theirs, self.kept(app, f"units/{app.entry}"))
        self.assertEqual(["no", "0"], [unit_property(app.entry, name) for name in ("NeedDaemonReload", "Nice")])
        self.assertEqual("pass", self.drift(app, expect=0)["status"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_an_edited_config_is_left_to_its_author(self):
        app, two = self.config_app("authored")
        theirs = CONFIG.replace("k-original", SECRET) + "# Mine.\nlanguage: en\n"
        with app.deploying(two, soak="1s") as following:
            app.live_config.write_text(theirs)
            out = self.paused(app, following, str(app.live_config), "+language: en")
        self.assertNotIn(SECRET, out + app.show())
        app.wxctl("retry", "--take-theirs", expect=0)
        self.assertEqual("green", app.status()["active"])
        self.assertEqual(theirs, app.live_config.read_text(), "confirm leaves it alone")
        app.wxctl("rollback", "--yes")
        self.assertEqual(theirs, app.live_config.read_text(), "and so does a rollback")
        self.assert_no_activation_lost_or_doubled(app)

    def test_abort_keeps_what_it_replaces(self):
        app, two = self.config_app("replaced")
        entry = UNITS / app.entry
        before = [entry.read_text(), app.live_config.read_text()]
        drop_in = UNITS / f"{app.entry}.d/override.conf"
        with app.deploying(two, soak="1s") as following:
            entry.write_text(before[0] + "Nice=3\n")
            app.live_config.write_text("language: en\n")
            drop_in.parent.mkdir()
            drop_in.write_text("[Unit]\nDocumentation=man:mine(1)\n")
            self.paused(app, following, str(entry), str(app.live_config), str(drop_in))
        outcome = app.wxctl("abort", "-o", "json").json()
        self.assertEqual(["RolledBack", "blue"], [outcome["phase"], outcome["active"]])
        self.assertIn(f"foreign/units/{app.entry}", outcome["message"])
        self.assertIn(str(drop_in), outcome["message"])
        self.assertEqual(before, [entry.read_text(), app.live_config.read_text()])
        self.assertTrue(drop_in.exists(), "somebody else's file is not ours to remove")
        self.assertEqual(before[0] + "Nice=3\n", self.kept(app, f"units/{app.entry}"))
        self.assertEqual("language: en\n", self.kept(app, app.live_config.name))
        self.assert_no_activation_lost_or_doubled(app)

    def test_a_drop_in_gives_way_and_a_masked_timer_is_ours_again(self):
        app = self.hasty("hidden")
        timer, drop_in = UNITS / app.timer, UNITS / "hidden@.service.d/override.conf"
        ours = timer.read_text()
        with app.deploying(app.release("two"), soak="2s") as following:
            drop_in.parent.mkdir()
            drop_in.write_text("[Service]\nNice=3\n")
            timer.unlink()
            timer.symlink_to("/dev/null")
            systemctl("daemon-reload")
            self.paused(app, following, str(timer), str(drop_in) + " (added")
        app.wxctl("retry", "--take-ours", expect=0)
        self.assertEqual(ours, timer.read_text())
        self.assertFalse(timer.is_symlink())
        self.assertFalse(drop_in.exists())
        self.assertEqual("[Service]\nNice=3\n", self.kept(app, "units/hidden@.service.d/override.conf"))
        self.assertEqual(["loaded", "active"], [unit_property(app.timer, name) for name in ("LoadState", "ActiveState")])

    def test_a_stopped_timer_is_no_drift(self):
        app = self.hasty("resting")
        with app.deploying(app.release("two"), soak="1s") as following:
            app.stop()
            out = app.wait_for(following, expect=3)
        self.assertEqual("insufficient", app.status()["rollout"]["verdict"])
        self.assertNotIn("someone else", out)
        self.assertEqual("pass", self.drift(app, expect=0)["status"])
        app.wxctl("abort")

    def test_validate_finds_what_drifted_in_between(self):
        app, two = self.config_app("adrift")
        self.assertEqual("pass", self.drift(app, expect=0)["status"])
        for path, change, status in ((UNITS / app.entry, "Nice=3\n", "fail"), (app.live_config, "language: en\n", "warn")):
            ours = path.read_text()
            path.write_text(ours + change)
            found = self.drift(app, expect=1 if status == "fail" else 0)
            self.assertEqual(status, found["status"])
            self.assertIn(str(path), found["message"])
            self.assertIn("+" + change.strip(), found["message"])
            path.write_text(ours)
            systemctl("daemon-reload")
            self.assertEqual("pass", self.drift(app, expect=0)["status"])
        # What is deployed is as it should be; what a rollback brings back is what the person had not deployed yet.
        app.live_config.write_text(CONFIG + "language: en\n")
        app.deploy(two)
        self.assertEqual("pass", self.drift(app, expect=0)["status"])
        app.wxctl("rollback", "--yes")
        self.assertEqual("warn", self.drift(app, expect=0)["status"])

    def test_the_program_of_a_run_is_compared_with_its_release(self):
        app = self.app("running", world.NEVER)
        slow = '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ -e slowly ] && sleep 3\n' + POINT
        app.deploy(app.release("one", slow))
        (app.data / "slots/blue/state/slowly").touch()
        instance = "running@blue.service"

        def begin():
            systemctl("start", "--no-block", app.entry)
            until(lambda: unit_property(instance, "MainPID") not in ("", "0"), "a run is in progress")
        begin()
        self.assertEqual("pass", self.drift(app, expect=0)["status"])
        systemctl("stop", app.entry)
        # Whatever the unit runs instead is seen, though its file is back already.
        drop_in = UNITS / f"{instance}.d/override.conf"
        drop_in.write_text("[Service]\nExecStart=\nExecStart=/bin/sleep 3\n")
        systemctl("daemon-reload")
        begin()
        drop_in.unlink()
        systemctl("daemon-reload")
        found = self.drift(app, expect=1)
        self.assertIn("not wxctl's router", found["message"])
        systemctl("stop", app.entry)

    # hive#4493: a rollback was reported as a success while a dependent stayed down.
    def test_a_rollback_brings_dependents_back(self):
        app = self.installed("needed")
        watcher = UNITS / "watching-needed.service"
        watcher.write_text(f"[Unit]\nBindsTo={app.timer}\nAfter={app.timer}\n[Service]\nExecStart=/bin/sleep infinity\n")
        systemctl("daemon-reload")
        self.addCleanup(systemctl, "stop", watcher.name)
        self.assertEqual(0, systemctl("start", watcher.name).code)
        manifest = json.loads(json.dumps(app.manifest))
        manifest["timer"]["unit"] = "needed-anew.timer"
        other = app.write_manifest(manifest, "other.yaml")
        failing = GOOD.replace('case "$1"', '[ "$WX_ROLE" = active ] && exit 7\ncase "$1"')
        app.deploy(app.release("two", failing), manifest=other, expect=1)
        self.assertEqual(["active", "active"], [unit_property(unit, "ActiveState") for unit in (app.timer, watcher.name)])
        self.assertIn(watcher.name, app.show())
        self.assertEqual("enabled", unit_property(app.timer, "UnitFileState"))


if __name__ == "__main__":
    world.main()
