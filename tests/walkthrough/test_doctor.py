"""What is usually wrong is found, each by its own row, and the command that doctor gives cures it when it is typed."""
import shutil

import world
from world import EACH_TWO_SECONDS, NEVER, UNITS, WXCTL, Walkthrough, run, systemctl, until

CONFIG = "bucket: main\n"
DATABASE = "[Unit]\nDescription=stands for a database\n[Service]\nExecStart=/bin/sleep infinity\n"


class Doctor(Walkthrough):
    def rows(self, app, expect=None):
        done = app.wxctl("doctor", "-o", "json", expect=expect)
        return done.json()["checks"]

    def ailing(self, app):
        return {row["id"]: row for row in self.rows(app) if row["status"] not in ("pass", "na")}

    def type_in(self, app, command):
        """As a person would, but for the name of the app and the place of the program."""
        if command.startswith("wxctl "):
            command = f"{WXCTL} --app {app.name} " + command.removeprefix("wxctl ")
        return run("sh", "-c", command)

    def cured(self, app, ailment, status, exit_status, others=()):
        """It is found, with this status; its remedy, typed, leaves only the others."""
        found = self.ailing(app)
        self.assertEqual({ailment, *others}, set(found), found)
        row = found[ailment]
        self.assertEqual(status, row["status"], row)
        for key in ("title", "message", "remedy"):
            self.assertTrue(row[key], row)
        self.rows(app, expect=exit_status)
        typed = self.type_in(app, row["remedy"])
        self.assertEqual(0, typed.code, typed)
        self.assertEqual(set(others), set(self.ailing(app)), typed)
        return row

    def with_database(self, name, **changes):
        (UNITS / f"{name}-db.service").write_text(DATABASE)
        systemctl("daemon-reload")
        systemctl("start", f"{name}-db.service")
        self.addCleanup(systemctl, "stop", f"{name}-db.service")
        app = self.app(name, NEVER, config={"template": "config.yml", "set": {"bucket": "${bucket}"}}, **changes)
        app.manifest["store"]["unit"] = f"{name}-db.service"
        app.write_manifest()
        app.deploy(app.release("one", **{"config.yml": CONFIG}))
        return app

    def test_nothing_is_wrong(self):
        app = self.with_database("healthy")
        done = app.wxctl("doctor")
        self.assertIn("nothing is wrong", done.out)
        rows = self.rows(app, expect=0)
        self.assertEqual(len(rows), len({row["id"] for row in rows}))
        self.assertEqual("pass", next(row for row in rows if row["id"] == "store-unit")["status"])
        self.assertIn("store-unit", app.wxctl("doctor", "-v").out)
        self.assertIn("<testsuite", app.wxctl("doctor", "-o", "junit").out)
        self.assertEqual("", app.wxctl("doctor", "-o", "github").out)
        app.wxctl("validate", "--check", "units", "--check", "clock", "--check", "linger")

    def test_preflight_has_systemd_read_the_units_beforehand(self):
        def verified(app):
            checks = app.wxctl("-f", app.file, "preflight", "-o", "json").json()["checks"]
            for row in checks:
                if row["status"] in ("pass", "warn", "fail") and row["id"] != "hooks":
                    self.assertTrue(row["observed"] and row["threshold"], row)
            return next(row for row in checks if row["id"] == "verify")
        app = self.app("read", NEVER)
        self.assertEqual("pass", verified(app)["status"], verified(app))
        app.manifest["unit"] = {"Service": {"Nice": "very"}}
        app.write_manifest()
        row = verified(app)
        self.assertEqual("warn", row["status"])
        self.assertIn("nice priority", row["message"])
        self.assertTrue(row["remedy"])

    def test_each_is_found_and_cured(self):
        app = self.with_database("ailing")
        instance = "ailing@blue.service"

        systemctl("mask", instance)
        self.cured(app, "masked", "fail", 1)

        systemctl("stop", app.timer)
        self.cured(app, "timer", "fail", 1)
        systemctl("disable", app.timer)
        self.cured(app, "timer", "fail", 1)

        app.live_config.chmod(0o644)
        self.cured(app, "private", "warn", 0)
        app.live_config.chmod(0o644)
        app.wxctl("doctor", "--strict", expect=1)
        app.live_config.chmod(0o600)

        (app.state_directory / "lease.json").write_text(
            '{"format":1,"rollout":"o-20260101T000000Z-0001","boot":"x","expires_monotonic_us":1,"expires_at":99999999999999999}\n')
        self.cured(app, "lease", "fail", 1)

        entry = UNITS / app.entry
        ours = entry.read_text()
        entry.write_text(ours + "Nice=3\n")
        self.cured(app, "reload", "fail", 1)
        entry.write_text(ours)
        systemctl("daemon-reload")

        systemctl("stop", "ailing-db.service")
        self.cured(app, "store-unit", "fail", 1)

        shutil.move(app.store, app.store.with_suffix(".away"))
        found = self.ailing(app)
        self.assertEqual({"store"}, set(found))
        self.assertIn(str(app.store), found["store"]["message"])
        self.assertTrue(found["store"]["remedy"])
        shutil.move(app.store.with_suffix(".away"), app.store)
        self.assertEqual({}, self.ailing(app))

    def test_drop_ins_and_the_start_limit(self):
        app = self.with_database("limited")
        drop_in = UNITS / f"{app.entry}.d"
        drop_in.mkdir()
        (drop_in / "own.conf").write_text("[Service]\nExecStart=\nExecStart=/bin/true\n")
        systemctl("daemon-reload")
        row = self.cured(app, "overrides", "fail", 1)
        self.assertIn(str(drop_in / "own.conf"), row["message"])

        (drop_in / "own.conf").write_text("[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n")
        systemctl("daemon-reload")
        systemctl("start", app.entry)
        systemctl("start", app.entry)
        self.assertEqual("warn", self.ailing(app)["overrides"]["status"])
        self.cured(app, "start-limit", "fail", 1, others=["overrides"])
        self.cured(app, "overrides", "warn", 0)

    def test_what_is_required_failed(self):
        (UNITS / "needed.service").write_text(
            f"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/test -e {world.ROOT}/there\n")
        (world.ROOT / "there").touch()
        systemctl("daemon-reload")
        app = self.with_database("needing", unit={"Unit": {"Requires": "needed.service", "After": "needed.service"}})
        self.assertEqual({}, self.ailing(app))
        (world.ROOT / "there").unlink()
        systemctl("restart", "needed.service")
        (world.ROOT / "there").touch()
        row = self.cured(app, "dependency", "fail", 1)
        self.assertIn("needed.service", row["message"])

    def test_a_timer_that_is_coarser_than_its_interval(self):
        app = self.app("coarse", timer=None)
        app.manifest["timer"] = {"unit": app.timer, "OnCalendar": EACH_TWO_SECONDS}  # accurate to a minute: systemd's default
        app.write_manifest()
        app.deploy(app.release("one"))
        self.cured(app, "accuracy", "warn", 0)

    def test_a_rollout_that_was_left_behind(self):
        app = self.installed("left")
        with app.deploying(app.release("two")):
            systemctl("stop", app.engine)
            until(lambda: "leftover" in self.ailing(app), "doctor sees that nobody is at work")
            row = self.ailing(app)["leftover"]
            self.assertEqual("fail", row["status"])
            self.type_in(app, row["remedy"])
            self.assertEqual({}, self.ailing(app))
            self.assertEqual("blue", app.status()["active"])


if __name__ == "__main__":
    world.main()
