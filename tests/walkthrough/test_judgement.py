"""Releases that run well enough and whose data are wrong: analyze finds them, says so with figures, and decides nothing when
too few runs came. All are on trial at once, as the time goes into waiting for ticks: eleven units that all say the same are
what it takes to tell, at one a second."""
import subprocess

import world
from world import EACH_SECOND, WXCTL, Walkthrough

TWICE_A_SECOND = "*:*:0/0.5"
PLAYBOOK = """apiVersion: wxctl/v1
kind: Playbook
name: trial
vars: {percent: 100, mode: mirror, for: 60s, limit: 120s, min_runs: 4, require: no-harm}
steps:
  - preflight: {}
  - install: {slot: candidate}
  - route: {percent: "${percent}", mode: "${mode}"}
  - analyze: {for: "${for}", limit: "${limit}", min_runs: "${min_runs}", require: "${require}"}
  - cutover: {}
  - gate: {checks: all}
  - confirm: {}
"""


def program(points=20, value="1.0", sleep="0.1", first=""):
    rows = ",".join(f"('$WX_BUCKET','tick','n={n}',$now,'value',{value})" for n in range(points))
    return ('#!/bin/sh\n[ "$1" = --dry-run ] && exit 0\n' + first + f"\nsleep {sleep}\nnow=$(date +%s%N)\n"
            f"""sqlite3 -cmd '.timeout 5000' "$WX_STORE" "INSERT INTO points VALUES{rows}"\n""")


class Judgement(Walkthrough):
    def on_trial(self, name, candidate, timer=EACH_SECOND, active=None, manifest=None, **settings):
        """An app whose release is on trial, in a process of its own."""
        app = self.app(name, timer, **(manifest or {}))
        app.deploy(app.release("one", active or program()))
        playbook = app.write_manifest(PLAYBOOK, "trial.yaml")
        argv = [WXCTL, "--app", name, "deploy", "--playbook", playbook, "--release", app.release("two", candidate), "--auto", "--yes",
                *(word for key, value in settings.items() for word in ("--set", f"{key.rstrip('_')}={value}"))]
        app.trial = subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     stdin=subprocess.DEVNULL)
        self.addCleanup(app.trial.stdout.close)
        self.addCleanup(app.trial.kill)
        return app

    def ended(self, app, expect):
        return app.wait_for(app.trial, expect, 100)

    def replayed(self, app, expect):
        return app.wxctl("analyze", "--replay", app.history()[0]["id"], "-o", "json", expect=expect).json()

    def assert_blamed(self, app, metric, *figures):
        """It failed for this metric, told with these figures, the active slot is as before, and a replay says the same."""
        self.ended(app, 1)
        newest = app.history()[0]
        self.assertEqual(["RolledBack", "fail"], [newest["outcome"], newest["verdict"]], app.told())
        for figure in (f"analyze: {metric}: ", "compared with fixed thresholds", *figures):
            self.assertIn(figure, newest["message"])
            self.assertIn(figure, app.show())
        status = app.status()
        self.assertEqual(["blue", None, "one"], [status["active"], status["candidate"], status["slots"]["blue"]["version"]])
        replay = self.replayed(app, 1)
        self.assertEqual(["fail", newest["id"]], [replay["verdict"], replay["rollout"]])
        self.assertIn(metric, replay["blamed"])
        found = next(each for each in replay["metrics"] if each["name"] == metric)
        self.assertEqual("fail", found["verdict"])
        self.assertGreaterEqual(found["n"], 2)

    def assert_kept_until_accepted(self, app):
        """The points of the split that the verdict blames stay out of main, are listed, and come in when a person says so."""
        kept = app.wxctl("reconcile", "-o", "json", expect=3).json()
        self.assertGreater(kept["unreconciled_total"], 0)
        self.assertEqual((0, kept["unreconciled_total"]), (kept["copied"], len(kept["unreconciled"])))
        self.assertEqual(0, sum(row[5] == 2.0 for row in app.rows()), "none of the values that failed judgement is in main")
        accepted = app.wxctl("reconcile", "--accept", app.history()[0]["id"], "-o", "json").json()
        self.assertEqual(kept["unreconciled_total"], accepted["copied"])
        self.assertEqual(accepted["copied"], sum(row[5] == 2.0 for row in app.rows()))

    def test_all_at_once(self):
        fewer = self.on_trial("fewer", program(points=19))
        shifted = self.on_trial("shifted", program(value="2.0"), TWICE_A_SECOND, mode="split", percent=50)
        slow = self.on_trial("slow", program(sleep="0.4"))
        failing = self.on_trial("failing", program(first="n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) >n; [ $((n%2)) = 0 ] && exit 9"))
        noisy = self.on_trial("noisy", program(first='echo "<3>broken pipe"'), TWICE_A_SECOND, mode="split", percent=25)
        misses = self.on_trial("misses", program(first="echo hits 0.5 >metrics.prom"), active=program(first="echo hits 0.97 >metrics.prom"),
                               manifest={"metrics": {"file": "${state}/metrics.prom"},
                                         "checks": {"cache-hits": {"metric": "hits", "min": "95%"}}})
        good = self.on_trial("good", program(), TWICE_A_SECOND, mode="split", percent=50, for_="6s", require="safe")
        few = self.on_trial("few", program(sleep="0.4"), for_="2s", limit="6s")

        self.assert_blamed(fewer, "points", "19 points a run, the active slot 20 points; 5 % fewer")
        self.assert_blamed(shifted, "parity", "value is 2, the active slot's 1")
        self.assert_kept_until_accepted(shifted)
        self.assert_blamed(slow, "duration", "worse by more than 10 % in ")
        self.assert_blamed(failing, "failures", "runs of the candidate failed where the active slot managed")

        self.assert_blamed(noisy, "errors", "of the candidate left an error in the journal (100 %)")
        self.assert_blamed(misses, "cache-hits", "0.5, must be at least 0.95; the active slot 0.97")

        out = self.ended(good, 0)
        self.assertIn("runs of the candidate are within all margins: failures, points, parity, duration, memory, errors", out)
        self.assertEqual("two", good.status()["slots"]["green"]["version"])
        self.assertEqual("pass", self.replayed(good, 0)["verdict"])

        out = self.ended(few, 3)
        self.assertIn("harm is suspected, duration: ", out)
        self.assertIn("What would change it: duration: ", out)
        status = few.status()
        self.assertEqual(["Paused", "inconclusive", "blue"], [status["rollout"]["phase"], status["rollout"]["verdict"], status["active"]])
        self.assertEqual("inconclusive", self.replayed(few, 3)["verdict"])
        few.wxctl("abort")
        self.assertEqual("Aborted", few.history()[0]["outcome"])

    def test_a_replay_of_what_is_not_there(self):
        app = self.installed("nothing")
        self.assertIn("there is no rollout", app.wxctl("analyze", "--replay", "o-0", expect=2).err)
        first = app.history()[0]["id"]
        self.assertIn("gave its candidate no runs beside the active slot", app.wxctl("analyze", "--replay", first, expect=1).err)


if __name__ == "__main__":
    world.main()
