"""What went wrong with other tools, and must not go wrong here: each test bears the number of the report."""
import os
import signal
import subprocess

import world
from world import FAILING, POINT, ROOT, WXCTL, Walkthrough, kill, systemctl, unit_property, until

# What fails is left to a person.
PATIENT = """apiVersion: wxctl/v1
kind: Playbook
name: patient
on_failure: pause
steps:
  - backup: {}
  - install: {slot: candidate}
  - route: {percent: 100, mode: mirror}
  - soak: {for: 2s, min_runs: 2, limit: 30s}
  - cutover: {}
  - reconcile: {}
  - confirm: {}
"""


class KnownFailures(Walkthrough):
    def test_argo_rollouts_1292_an_abort_with_nothing_in_progress_changes_nothing(self):
        app = self.installed("calm", world.NEVER)
        before = app.snapshot()
        self.assertIn("nothing to abort", app.wxctl("abort").out)
        self.assertEqual(before, app.snapshot())
        self.assertEqual(0, systemctl("start", app.entry).code)

    def test_argo_rollouts_2824_a_retry_is_not_ended_by_what_failed_before_it(self):
        app = self.installed("again")
        cause = app.directory / "cause"
        cause.touch()
        playbook = app.directory / "patient.yaml"
        playbook.write_text(PATIENT)
        release = app.release("two", f'#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ -e "{cause}" ] && exit 9\n' + POINT)
        waits = app.wxctl("deploy", "--playbook", playbook, "--release", release, "--auto", "--yes", expect=3)
        self.assertIn("2 of 2 runs of green failed", waits.text)
        self.assertIn("wxctl retry when the cause is gone", waits.text)
        self.assertEqual("fail", app.status()["rollout"]["verdict"])
        cause.unlink()
        app.wxctl("retry", "--wait", "20s")
        self.assertEqual(["Healthy", "green"], [app.phase(), app.status()["active"]])
        self.assert_no_activation_lost_or_doubled(app)

    def test_codedeploy_agent_356_a_run_in_progress_outlives_the_engine(self):
        app = self.app("steady", world.DAILY)
        slow = '#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n[ -e "' + str(ROOT) + '/steadily" ] && sleep 1.5\n' + POINT
        app.deploy(app.release("one", slow))
        before = app.points()
        with app.deploying(app.release("two", slow), soak="1d"):
            (ROOT / "steadily").touch()
            systemctl("start", "--no-block", app.entry)
            until(lambda: unit_property("steady@blue.service", "ActiveState") == "activating", "a run has begun")
            kill(unit_property(app.engine, "MainPID"))
            until(lambda: unit_property(app.entry, "ActiveState") in ("inactive", "failed"), "its activation has ended")
            active = [run for run in app.runs() if run["role"] == "active"]
            self.assertEqual("success", active[-1]["result"], app.told())
            self.assertEqual(before + 1, app.points())
            app.wxctl("abort")

    def test_deploy_rs_211_the_waiter_dies_with_its_session_and_the_rollout_goes_on(self):
        app = self.installed("remote")
        argv = [WXCTL, "--app", app.name, "deploy", "--strategy", "gradual", "--release", app.release("two"), "--set", "soak=1s", "--auto", "--yes"]
        waiter = subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  start_new_session=True)
        until(lambda: app.soaking("blue"), "it soaks")
        os.killpg(waiter.pid, signal.SIGHUP)
        waiter.wait(10)
        self.assertNotEqual(0, waiter.returncode, "it saw no end")
        until(lambda: app.phase() == "Healthy", "the rollout went on to its end", 30)
        self.assertEqual("two", app.status()["slots"]["green"]["version"])
        self.assert_no_activation_lost_or_doubled(app)

    def test_nomad_a_failed_deployment_does_not_exit_with_0(self):
        app = self.installed("honest")
        app.deploy(app.release("two", FAILING), soak="1s", expect=1)
        self.assertEqual("RolledBack", app.phase())
        # Nor does one that never began.
        app.deploy(app.directory / "nowhere", expect=2)


if __name__ == "__main__":
    world.main()
