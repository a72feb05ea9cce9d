"""Whatever is killed, the timer goes on, status tells the truth, and the host ends up wholly old or wholly new."""
import signal
import time

import world
from world import POINT, ROOT, Walkthrough, kill, systemctl, unit_property, until


class Killed(Walkthrough):
    def assert_promoted(self, app):
        until(lambda: app.phase() == "Healthy" and app.status()["active"] == "green", f"{app.name}'s rollout is over", 30)
        status = app.status()
        self.assertEqual(["two", None], [status["slots"]["green"]["version"], status["candidate"]])
        self.assertEqual("", systemctl("list-units", "--failed", "--plain", "--no-legend", f"*{app.name}*").out)

    def test_the_cli_and_then_the_engine_after_the_cutover(self):
        app = self.installed("follower")
        with app.deploying(app.release("two"), soak="1s", active="green") as following:
            following.kill()
        kill(unit_property(app.engine, "MainPID"))
        self.assertEqual("green", app.status()["active"])
        self.assert_promoted(app)
        self.assert_no_activation_lost_or_doubled(app)

    def test_the_engine_in_a_mirrored_soak_while_somebody_follows(self):
        app = self.installed("driven")
        with app.deploying(app.release("two"), soak="1s") as following:
            kill(unit_property(app.engine, "MainPID"))
            self.assertEqual(["blue", "Progressing"], [app.status()["active"], app.phase()])
            app.wait_for(following, expect=0)
        self.assert_promoted(app)
        self.assert_no_activation_lost_or_doubled(app)

    def test_ctrl_c_detaches_and_a_manager_that_executes_itself_anew_goes_on(self):
        app = self.installed("leaving")
        with app.deploying(app.release("two"), soak="1s") as following:
            following.send_signal(signal.SIGINT)
            self.assertIn("goes on without you", app.wait_for(following, expect=130))
        self.assertEqual("Progressing", app.phase())
        self.assertEqual(0, systemctl("daemon-reexec").code)
        self.assert_promoted(app)
        self.assert_no_activation_lost_or_doubled(app)

    def test_a_router_and_a_run(self):
        app = self.app("fragile", world.NEVER)
        slow = '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ -e "' + str(ROOT) + '/slowly" ] && sleep 1.5\n' + POINT
        app.deploy(app.release("one", slow))
        before = app.points()
        (ROOT / "slowly").touch()
        # The router dies while its run goes on: the run ends, its point is there, and the next start waits for nobody.
        systemctl("start", "--no-block", app.entry)
        run_unit = "fragile@blue.service"
        until(lambda: unit_property(run_unit, "ActiveState") == "activating", "a run has begun")
        kill(unit_property(app.entry, "MainPID"))
        until(lambda: unit_property(run_unit, "ActiveState") == "inactive", "that run has ended")
        self.assertEqual(before + 1, app.points())
        self.assertEqual("success", app.runs()[-1]["result"], app.told())
        # The run dies: the activation fails, the ledger says by which signal.
        systemctl("start", "--no-block", app.entry)
        until(lambda: unit_property(run_unit, "ActiveState") == "activating", "the next run has begun")
        systemctl("kill", "--signal=KILL", run_unit)
        until(lambda: unit_property(app.entry, "ActiveState") in ("failed", "inactive"), "the activation has ended")
        self.assertIn(app.runs()[-1]["result"], ("signal", "lost"), app.told())
        (ROOT / "slowly").unlink()
        self.assertEqual(0, systemctl("start", app.entry).code)
        self.assertEqual(["success", before + 2], [app.runs()[-1]["result"], app.points()])

    def test_the_dead_man_rolls_back_when_nobody_drives(self):
        app = self.installed("abandoned")
        with app.deploying(app.release("two"), "--foreground", "--set", "confirm_within=3s", soak="2s", active="green") as driving:
            driving.kill()
        # Truthful at once: green is active, the rollout is not over.
        status = app.status()
        self.assertEqual(["green", "Promoting"], [status["active"], status["rollout"]["phase"]])
        # The lease, 3 s, its timer's period, 1 s, and the verifying run.
        begin = time.monotonic()
        until(lambda: app.phase() == "RolledBack", "the dead-man rolled back", 15)
        self.assertLess(time.monotonic() - begin, 12)
        self.assertEqual(["blue", "one"], [app.status()["active"], app.status()["slots"]["blue"]["version"]])
        self.assertIn("verified: a run", app.show())
        self.assertIn("dead-man", app.history()[0]["message"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_the_next_deploy_settles_an_orphan(self):
        app = self.installed("orphaned")
        two = app.release("two")
        with app.deploying(two, "--foreground", soak="1s") as driving:
            driving.kill()
        self.assertEqual("Progressing", app.phase())
        orphan = app.status()["rollout"]["id"]
        done = app.deploy(two, expect=None)
        self.assertIn(done.code, (0, 5), done)
        self.assertIn(orphan, done.text)
        self.assert_promoted(app)
        self.assertIn("already active", app.deploy(two).out)
        self.assert_no_activation_lost_or_doubled(app)

    def test_abort_settles_an_orphan(self):
        app = self.installed("disowned")
        with app.deploying(app.release("two"), "--foreground") as driving:
            self.assertNotIn("nobody", app.wxctl("status").out)
            driving.kill()
            driving.wait()
        self.assertRegex(app.wxctl("status").out, "(?s)nobody is at work on it.*wxctl resume to go on, or wxctl abort")
        self.assertIn("nobody is at work on it", app.status()["rollout"]["message"])
        app.wxctl("abort")
        self.assertEqual(["blue", None, "RolledBack"], [app.status()["active"], app.status()["candidate"], app.phase()])


if __name__ == "__main__":
    world.main()
