"""A share of the runs for a new version, and a person's word to the rollout: canary, promote, pause, resume, abort, retry."""
import collections

import world
from world import Walkthrough


class Canary(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.share = world.App("share")
        cls.share.deploy(cls.share.release("one"))
        cls.two = cls.share.release("two")

    def canary(self, percent, *words):
        return self.share.under_way("canary", "--percent", percent, "--release", self.two, "--set", "soak=300s", "--yes", *words,
                                    until_step="analyze")

    def blocks(self, size):
        """The complete blocks of the rollout in progress that hold so many activations: their candidate runs."""
        runs = [run for run in self.share.runs() if run["block"] is not None and not run["fallback"]]
        blocks = collections.defaultdict(list)
        for run in runs:
            blocks[(run["generation"], run["block"])].append(run)
        return [[run["role"] for run in block].count("candidate") for block in blocks.values() if len(block) == size]

    def test_a_share_is_exact_and_can_be_changed_while_it_runs(self):
        # Six ticks make three complete blocks at 50 %.
        with self.canary(50) as waiting:
            self.assertEqual({"active": "blue", "candidate": "green", "mode": "split", "percent": 50}, self.share.status()["route"])
            world.until(lambda: len(self.blocks(2)) >= 3, "three blocks are complete")
            self.assertEqual({1}, set(self.blocks(2)))
            refused = self.share.wxctl("canary", "--percent", "60", expect=2)
            self.assertIn("50 %", refused.err)
            refused = self.share.wxctl("canary", "--percent", "25", "--set", "soak=1s", expect=2)
            self.assertIn("only --percent and --mode", refused.err)
            busy = self.share.wxctl("deploy", "--strategy", "gradual", "--release", self.share.release("three"), "--yes", expect=5)
            self.assertIn("canary to two", busy.err)
            self.share.wxctl("canary", "--percent", "25")
            self.assertEqual([25, "split"], [self.share.status()["route"][key] for key in ("percent", "mode")])
            outcome = self.share.wxctl("abort", "-o", "json").json()
            self.assertEqual(["RolledBack", "blue"], [outcome["phase"], outcome["active"]])
            self.share.wait_for(waiting, expect=1)
        self.assertEqual(["RolledBack", "Aborted"], [self.share.history()[0][key] for key in ("phase", "outcome")])
        self.assertEqual([None, 0, "none"], [self.share.status()["route"][key] for key in ("candidate", "percent", "mode")])

    def test_a_pause_holds_it_and_the_waiting_command_exits_3(self):
        with self.canary(50) as waiting:
            self.share.wxctl("pause")
            self.assertIn("wxctl resume", self.share.wait_for(waiting, expect=3))
        self.assertEqual(["Paused", "split"], [self.share.phase(), self.share.status()["route"]["mode"]])
        self.share.wxctl("pause")  # the wanted state is there already
        self.share.wxctl("resume", "--detach")
        self.assertEqual("Progressing", self.share.phase())
        self.share.wxctl("abort")

    def test_promote_ends_a_step_and_in_full_all_that_waits_before_the_cutover(self):
        app = self.installed("hasty")
        two = app.release("two")
        argv = ["canary", "--percent", "50", "--release", two, "--set", "soak=300s", "--yes"]
        with app.under_way(*argv, until_step="analyze"):
            step = app.status()["rollout"]["step"]
            app.wxctl("promote", "--detach")
            # The steps at 25 % are left out: the candidate has 50 % already.
            world.until(lambda: app.status()["rollout"]["step"] == step + 4, "it analyzes at 50 %")
            app.wxctl("promote", "--full", "--detach")
            world.until(lambda: app.status()["active"] == "green", "green is active")
            world.until(lambda: app.status()["rollout"]["message"].startswith("soak"), "it soaks")
            self.assertEqual("Promoting", app.phase())
            done = app.wxctl("promote", expect=0)
            self.assertIn("Healthy", done.out)
        self.assertEqual("two", app.status()["slots"]["green"]["version"])

    def test_blue_green_waits_for_a_persons_approval(self):
        app = self.installed("approved")
        done = app.wxctl("deploy", "--strategy", "blue-green", "--release", app.release("two"), "--set", "soak=1s", "--yes", expect=3)
        self.assertIn("wxctl promote", done.out)
        self.assertEqual(["Paused", "blue"], [app.phase(), app.status()["active"]])
        self.assertIn("approval", app.wxctl("resume", expect=1).err)
        self.assertIn("Healthy", app.wxctl("promote").out)
        self.assertEqual("green", app.status()["active"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_with_nothing_in_progress_there_is_nothing_to_say(self):
        app = self.installed("idle", timer=world.NEVER)
        for verb in ("promote", "pause", "resume", "retry"):
            self.refused(app, 1, verb, says="nothing to " + verb)
        before = app.snapshot()
        self.assertIn("nothing to abort", app.wxctl("abort").out)
        self.assertEqual(before, app.snapshot())

    def test_retry_begins_a_rolled_back_rollout_again(self):
        # argo-rollouts#2824: a retry must not end at once by what ended the rollout before.
        app = self.installed("again")
        flaw = app.directory / "flaw"
        flaw.touch()
        release = app.release("two", tick=world.GOOD.replace("esac", f"esac\ntest -e {flaw} && exit 7", 1))
        app.deploy(release, soak="1s", expect=1)
        flaw.unlink()
        self.assertIn("Healthy", app.wxctl("retry").out)
        self.assertEqual("two", app.status()["slots"][app.status()["active"]]["version"])


class NotRepeatable(Walkthrough):
    def test_it_is_never_run_unasked(self):
        app = self.app("once", timer=world.NEVER)
        app.manifest["program"]["repeatable"] = False
        app.write_manifest()
        with_manifest = ["-f", app.file, "deploy", "--strategy", "gradual", "--set", "soak=0s", "--yes", "--release"]
        for version, active in (("one", "blue"), ("two", "green")):
            with app.under_way(*with_manifest, app.release(version), until_step="cut over") as waiting:
                world.until(lambda: app.status()["active"] == active, "it is cut over")
                self.assertEqual([], [run for run in app.runs() if run["slot"] == active])
                world.systemctl("start", app.entry)
                app.wait_for(waiting, expect=0)
        outcome = app.wxctl("rollback", "--yes", "-o", "json").json()
        self.assertEqual([None, "blue"], [outcome["verified_ms"], outcome["active"]])
        self.assertIn("next activation", outcome["message"])
        self.assertEqual(2, len(app.runs()))


if __name__ == "__main__":
    world.main()
