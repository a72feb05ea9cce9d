"""What is on the host is compared with what was deployed, in a rollout and outside of any; and what a rollback brings back is the whole of it."""
import json

import world
from world import GOOD, POINT, UNITS, Walkthrough, systemctl, unit_property, until

CONFIG = "bucket: main\ninterval: 2\n"


class Drift(Walkthrough):
    def test_validate_finds_what_drifted_in_between(self):
        app = self.app("adrift", config={"template": "config.yml", "set": {"bucket": "${bucket}"}})
        app.deploy(app.release("one", **{"config.yml": CONFIG}))
        self.assertEqual("pass", app.drift()["status"])
        for path, change, status in ((UNITS / app.entry, "Nice=3\n", "fail"), (app.live_config, "language: en\n", "warn")):
            ours = path.read_text()
            path.write_text(ours + change)
            found = app.drift(expect=1 if status == "fail" else 0)
            self.assertEqual(status, found["status"])
            self.assertIn(str(path), found["message"])
            self.assertIn("+" + change.strip(), found["message"])
            path.write_text(ours)
            systemctl("daemon-reload")
            self.assertEqual("pass", app.drift()["status"])
        # A rollout would write the unit anew, and says so beforehand.
        entry = UNITS / app.entry
        ours = entry.read_text()
        entry.write_text(ours + "Nice=3\n")
        checks = app.wxctl("preflight", "-o", "json").json()["checks"]
        warned = next(check for check in checks if check["id"] == "drift")
        self.assertEqual("warn", warned["status"])
        self.assertIn("+Nice=3", warned["message"])
        self.assertIn("+Nice=3", app.wxctl("plan", "--strategy", "gradual", "--release", app.release("next", **{"config.yml": CONFIG})).out)
        entry.write_text(ours)
        systemctl("daemon-reload")
        # What is deployed is as it should be; what a rollback brings back is what the person had not deployed yet.
        app.live_config.write_text(CONFIG + "language: en\n")
        app.deploy(app.release("two", **{"config.yml": CONFIG + "retries: 3\n"}))
        self.assertEqual("pass", app.drift()["status"])
        app.wxctl("rollback", "--yes")
        self.assertEqual("warn", app.drift()["status"])

    def test_a_stopped_timer_is_no_drift(self):
        app = self.installed("resting", program_timeout="3s")
        with app.deploying(app.release("two"), soak="400ms") as following:
            app.stop()
            out = app.wait_for(following, expect=3)
        self.assertEqual("insufficient", app.status()["rollout"]["verdict"])
        self.assertNotIn("someone else", out)
        self.assertEqual("pass", app.drift()["status"])
        app.wxctl("abort")

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
        self.assertEqual("pass", app.drift()["status"])
        systemctl("stop", app.entry)
        # Whatever the unit runs instead is seen, though its file is back already.
        drop_in = UNITS / f"{instance}.d/override.conf"
        drop_in.write_text("[Service]\nExecStart=\nExecStart=/bin/sleep 3\n")
        systemctl("daemon-reload")
        begin()
        drop_in.unlink()
        systemctl("daemon-reload")
        found = app.drift(expect=1)
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
