"""Somebody else's hand on an app: a unit file, a drop-in, the timer or the config changed in mid-rollout. The rollout stops
and shows it, a person decides, and nobody's work is lost."""
import world
from world import UNITS, Walkthrough, systemctl, unit_property

CONFIG = "bucket: main\ninterval: 2\napi_key: k-original\n"
SECRET = "sesame-open"
# A soak then ends with its first run, or after program.timeout when none comes.
SHORT = "400ms"


class ForeignChanges(Walkthrough):
    def config_app(self, name):
        app = self.app(name)
        app.manifest["config"] = {"template": "config.yml", "set": {"bucket": "${bucket}"}}
        app.file = app.write_manifest()
        app.deploy(app.release("one", **{"config.yml": CONFIG}))
        return app, app.release("two", **{"config.yml": CONFIG + "retries: 3\n"})

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
        ours, niceness = entry.read_text(), unit_property(app.entry, "Nice")
        theirs = ours + f"Nice=3\nEnvironment=API_TOKEN={SECRET}\n"
        with app.deploying(app.release("two"), soak=SHORT) as following:
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
        self.assertEqual(["no", niceness], [unit_property(app.entry, name) for name in ("NeedDaemonReload", "Nice")])
        self.assertEqual("pass", app.drift()["status"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_an_edited_config_is_left_to_its_author(self):
        app, two = self.config_app("authored")
        theirs = CONFIG.replace("k-original", SECRET) + "# Mine.\nlanguage: en\n"
        with app.deploying(two, soak=SHORT) as following:
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
        with app.deploying(two, soak=SHORT) as following:
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
        app = self.installed("hidden", program_timeout="3s")
        timer, drop_in = UNITS / app.timer, UNITS / "hidden@.service.d/override.conf"
        ours = timer.read_text()
        with app.deploying(app.release("two"), soak=SHORT) as following:
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


if __name__ == "__main__":
    world.main()
