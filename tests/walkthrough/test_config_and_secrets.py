"""An app with a config of its own: merged beside, replaced at confirm, restored by rollback; and secrets that stay secret."""
import subprocess

import world
from world import POINT, Walkthrough, environment, systemctl, until

SECRET = "sesame-5d41402abc4b2a76b9719d911017c592"
PROGRAM = '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\ncp "$WX_CONFIG" seen.yml\n' + POINT
ONE = """# How the tide is told.
tide:
  bucket: main            # set by the manifest
  station: harbour        # where
"""
TWO = """tide:
  bucket: main            # set by the manifest
  station: pier           # where
  # How long a station may keep silent.
  patience: 30
alarm: {enabled: false}   # off until somebody asks
"""


class Config(Walkthrough):
    def config_app(self, name):
        app = self.app(name)
        app.manifest["program"]["env"]["WX_CONFIG"] = "${config}"
        app.manifest["config"] = {"template": "config.yml", "set": {"tide.bucket": "${bucket}"}}
        app.file = app.write_manifest()
        return app

    def test_new_settings_join_the_config_and_rollback_takes_them_out(self):
        app = self.config_app("tides")
        app.deploy(app.release("one", PROGRAM, **{"config.yml": ONE}))
        self.assertEqual(ONE, app.live_config.read_text())
        self.assertEqual(0o600, app.live_config.stat().st_mode & 0o777)
        # What the person wrote stays, comments too.
        mine = ONE.replace("harbour ", "lighthouse ").replace("# How the tide", "# MINE. How the tide")
        app.live_config.write_text(mine)
        two = app.release("two", PROGRAM, **{"config.yml": TWO})
        with app.deploying(two, soak="2s", active="green") as following:
            self.assertEqual(mine, app.live_config.read_text(), "replaced at confirm only")
            app.wait_for(following, expect=0)
        live = app.live_config.read_text()
        for line in ("# MINE. How the tide is told.", "station: lighthouse", "# How long a station may keep silent.", "patience: 30",
                     "# off until somebody asks", "# where"):
            self.assertIn(line, live)
        self.assertNotIn("pier", live)
        self.assertIn("added to the config", app.show())
        # The run saw the rendered copy of its slot: the main bucket's name, for it is active.
        seen = (app.data / "slots/green/state/seen.yml").read_text()
        self.assertIn(f"bucket: {app.name}  ", seen.replace('"', ""))
        self.assertIn("patience: 30", seen)
        self.assertEqual({}, {each["id"]: each for each in app.wxctl("validate", "-o", "json").json()["checks"] if each["status"] == "fail"})
        app.wxctl("rollback", "--yes")
        self.assertEqual(mine, app.live_config.read_text())
        self.assert_no_activation_lost_or_doubled(app)

    def test_a_setting_is_changed_by_a_rollout_of_the_config_alone(self):
        app = self.config_app("tuned")
        app.deploy(app.release("one", PROGRAM, **{"config.yml": ONE}))
        refused = app.wxctl("config", "set", "tide.staton=pier", expect=2)
        self.assertIn("no tide.staton (did you mean tide.station?)", refused.err)
        self.assertEqual([ONE, 1], [app.live_config.read_text(), len(app.history())])
        release = app.history()[0]["to"]
        said = app.wxctl("config", "set", "tide.station=pier", "--set", "soak=0s", "--auto").out
        self.assertIn("+  station: pier", said)
        self.assertEqual(ONE.replace("harbour", "pier"), app.live_config.read_text())
        self.assertEqual("pier\n", app.wxctl("config", "get", "tide.station").out)
        self.assertEqual([release, "Healthy"], [app.history()[0]["to"], app.history()[0]["phase"]])
        self.assertEqual("green", app.status()["active"])
        app.wxctl("rollback")
        self.assertEqual(["blue", ONE], [app.status()["active"], app.live_config.read_text()])
        self.assert_no_activation_lost_or_doubled(app)

    def test_a_config_given_by_hand_is_deployed_and_one_that_is_no_yaml_is_refused(self):
        app = self.config_app("given")
        one = app.release("one", PROGRAM, **{"config.yml": ONE})
        app.deploy(one)
        given = app.directory / "given.yml"
        given.write_text("tide: {station: [unclosed\n")
        done = app.deploy(one, "--config", given, expect=2)
        self.assertIn("given.yml:", done.err)
        given.write_text(ONE.replace("harbour", "given-by-hand"))
        app.deploy(one, "--config", given)
        self.assertIn("given-by-hand", app.live_config.read_text())
        self.assertIn("already active", app.deploy(one).out)
        done = app.deploy(one, "--config", app.directory / "absent.yml", expect=2)
        self.assertIn("absent.yml", done.err)


class Secrets(Walkthrough):
    def test_a_secret_reaches_the_run_and_is_shown_nowhere(self):
        app = self.app("sesame")
        app.manifest["program"]["secrets"] = ["TIDE_API_KEY"]
        app.file = app.write_manifest()
        release = app.release("one", '#!/bin/sh\n[ "$TIDE_API_KEY" = ' + SECRET[:10] + '"' + SECRET[10:] + '" ] || exit 8\n' + POINT)
        done = app.deploy(release, expect=2)
        self.assertIn("TIDE_API_KEY", done.err)
        self.assertFalse((app.data / "current").exists())
        env = environment(TIDE_API_KEY=SECRET)
        shown = app.deploy(release, env=env).text
        until(lambda: app.points() >= 1, "a run had its secret", 5)
        stored = world.HOME / ".config/wxctl/sesame.secrets"
        self.assertEqual(0o600, stored.stat().st_mode & 0o777)
        # Stored now: the next deployment needs it no more in the environment.
        two = app.release("two", (release / "bin/tick").read_text())
        shown += app.wxctl("plan", "--strategy", "gradual", "--release", two, "-o", "json", env=env).text
        shown += app.deploy(two).text
        for verb in (["status"], ["status", "-o", "json"], ["history", "-o", "json"], ["show", app.history()[0]["id"], "-o", "json"],
                     ["runs", "-o", "json"], ["validate", "-o", "json"], ["preflight"]):
            shown += app.wxctl(*verb, env=env).text
        units = ["sesame.service", "sesame@blue.service", "sesame@green.service", app.timer, app.engine]
        shown += systemctl("show", *units).out + systemctl("cat", *units).out + systemctl("show-environment").out
        shown += subprocess.run(["journalctl", "--user", "--no-pager", "-o", "json"], capture_output=True, text=True).stdout
        shown += subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout
        self.assertNotIn(SECRET, shown)
        # On disk it is in its own file alone, and in no backup, plan, journal or evidence that others could read.
        for root in (app.data, app.state_directory, world.UNITS):
            for path in root.rglob("*"):
                if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20 and SECRET.encode() in path.read_bytes():
                    self.assertEqual(0o600, path.stat().st_mode & 0o777, path)
                    self.assertIn("backups", path.parts, path)


if __name__ == "__main__":
    world.main()
