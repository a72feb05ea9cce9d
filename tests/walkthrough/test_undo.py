"""Taking a rollout back while it is under way, and who may act meanwhile."""
import time

import world
from world import Walkthrough


class UnderWay(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.moving = world.App("moving")
        cls.moving.deploy(cls.moving.release("one"))
        cls.two = cls.moving.release("two")

    def assert_one_is_active(self):
        status = self.moving.status()
        self.assertEqual(["blue", None, "one"], [status["active"], status["candidate"], status["slots"]["blue"]["version"]], self.moving.told())
        self.assertEqual([True, True], [status["timer"]["active"], status["timer"]["enabled"]])

    def test_a_second_deploy_is_told_who_holds_the_app_and_since_when(self):
        with self.moving.deploying(self.two) as first:
            rollout = self.moving.status()["rollout"]
            busy = self.moving.deploy(self.moving.release("three"), expect=5)
            self.assertIn(rollout["id"], busy.err)
            self.assertIn("two", busy.err)
            self.assertIn(rollout["started"][:16], busy.err)
            self.assertLess(busy.took, 5)
            backup = self.moving.wxctl("backup", "list", "-o", "json").json()[0]["id"]
            self.assertIn(rollout["id"], self.moving.wxctl("backup", "restore", backup, expect=5).err)
            self.assertEqual(["Progressing", rollout["id"]], [self.moving.phase(), self.moving.status()["rollout"]["id"]])
            self.assertEqual({"active": "blue", "candidate": "green", "percent": 100, "mode": "mirror"}, self.moving.status()["route"])
            self.moving.wxctl("abort")
            self.moving.wait_for(first, expect=1)

    def test_abort_in_mid_soak_goes_back_and_the_waiting_deploy_exits_1(self):
        with self.moving.deploying(self.two) as waiting:
            outcome = self.moving.wxctl("abort", "-o", "json").json()
            self.assertEqual(["RolledBack", "blue"], [outcome["phase"], outcome["active"]])
            self.assertIsNotNone(outcome["verified_ms"])
            self.moving.wait_for(waiting, expect=1)
        self.assert_one_is_active()
        self.assertEqual(["RolledBack", "Aborted"], [self.moving.history()[0][key] for key in ("phase", "outcome")])

    def test_rollback_in_mid_soak_goes_back_and_the_waiting_deploy_exits_1(self):
        with self.moving.deploying(self.two) as waiting:
            done = self.moving.wxctl("rollback", "--yes")
            self.assertIn("switched in", done.out)
            self.moving.wait_for(waiting, expect=1)
        self.assert_one_is_active()

    def test_rollback_after_the_cutover_but_before_confirm(self):
        # Two soaks of 1 s before the cutover, and one of 1 s after it, in which the rollback comes.
        app = self.installed("turning")
        with app.deploying(app.release("two"), soak="1s", active="green") as waiting:
            outcome = app.wxctl("rollback", "--yes", "-o", "json").json()
            self.assertEqual(["RolledBack", "blue"], [outcome["phase"], outcome["active"]])
            app.wait_for(waiting, expect=1)
        self.assertEqual("blue", app.status()["active"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_rollback_with_no_run_answers_before_it_is_verified(self):
        with self.moving.deploying(self.two) as waiting:
            outcome = self.moving.wxctl("rollback", "--yes", "--no-run", "-o", "json").json()
            self.assertIsNotNone(outcome["switched_ms"])
            self.assertIsNone(outcome["verified_ms"])
            self.moving.wait_for(waiting, expect=1)
        self.assert_one_is_active()

    def test_a_rollback_that_races_a_deploy_finds_nothing_or_ends_it(self):
        for head_start in (0, 0.1, 0.3):
            with self.subTest(head_start), self.moving.start("deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=30s",
                                                            "--auto", "--yes") as deploy:
                time.sleep(head_start)
                rollback = self.moving.wxctl("rollback", "--yes", expect=None)
                if rollback.code != 0:
                    self.assertEqual(1, rollback.code, rollback)
                    self.assertIn("no predecessor", rollback.err)
                    world.until(lambda: self.moving.soaking("blue"), "the deploy has begun")
                    self.moving.wxctl("abort")
                self.moving.wait_for(deploy, expect=1)
                self.assert_one_is_active()

    def test_detach_returns_once_the_rollout_has_begun_and_wait_gives_up_with_3(self):
        begin = time.monotonic()
        detached = self.moving.deploy(self.two, "--detach", soak="30s")
        self.assertLess(time.monotonic() - begin, 5)
        self.assertIn("status", detached.out)
        self.assertIn(self.moving.status()["rollout"]["id"], detached.out)
        self.assertIn("would end o-", self.moving.wxctl("rollback", "--dry-run").out)
        world.until(lambda: self.moving.soaking("blue"), "the rollout that nobody follows soaks")
        self.moving.wxctl("abort")
        waited = self.moving.deploy(self.two, "--wait", "1s", soak="30s", expect=3)
        self.assertIn("soak", waited.out)
        self.moving.wxctl("abort")
        self.assert_one_is_active()

    def test_z_in_all_this_no_activation_was_lost_or_doubled(self):
        self.assert_no_activation_lost_or_doubled(self.moving)


if __name__ == "__main__":
    world.main()
