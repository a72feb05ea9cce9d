"""What the runs logged, as patterns: an error storm of the candidate stands first, and a quiet app says so."""
import time

import world
from world import GOOD, Walkthrough, until

TALKING = GOOD + 'echo "run $$ wrote 1 point in 0.$(date +%N) s"\n'
STORM = TALKING + 'i=0; while [ $i -lt 30 ]; do echo "2026-11-24 10:00:0$((i % 10)) ERROR cannot parse line $i"; i=$((i + 1)); done\n'


class Logs(Walkthrough):
    def talked(self, app, blue, green=0):
        """The journal writes after the run has ended."""
        def told():
            logs = app.wxctl("logs", "-o", "json").json()
            return logs if logs["lines"]["blue"] >= blue and logs["lines"]["green"] >= green else None
        return until(told, f"{blue} and {green} lines are in the journal")

    def test_what_is_new_in_the_candidate_comes_first(self):
        app = self.app("talker")
        app.deploy(app.release("one", TALKING))
        with app.deploying(app.release("two", STORM)):
            logs = self.talked(app, 1, 31)
            text = app.wxctl("logs").out
            app.wxctl("abort")
        first = logs["patterns"][0]
        self.assertEqual(["<time> ERROR cannot parse line <n>", "error", True, 0],
                         [first["pattern"], first["severity"], first["new"], first["lines"]["blue"]])
        self.assertGreaterEqual(first["lines"]["green"], 30)
        shared = [pattern for pattern in logs["patterns"] if pattern["pattern"] == "run <n> wrote <n> point in <n> s"]
        self.assertEqual([False], [pattern["new"] for pattern in shared])
        self.assertGreater(shared[0]["lines"]["blue"], 0)
        self.assertEqual(logs["errors"]["green"], sum(hour["errors"]["green"] for hour in logs["hours"]))
        self.assertIn("new: only green says so", text)

    def test_a_quiet_app_has_no_errors_and_an_empty_window_no_lines(self):
        app = self.app("quiet")
        app.deploy(app.release("one", TALKING))
        # Not each run's: journald names no unit for a line that it reads when the process is gone already.
        logs = self.talked(app, 1)
        app.stop()
        self.assertEqual([{"blue": 0, "green": 0}, []], [logs["errors"], logs["hours"]])
        time.sleep(1.1)  # the window of a second is to begin after the run
        self.assertEqual({"blue": 0, "green": 0}, app.wxctl("logs", "--since", "1s", "-o", "json").json()["lines"])
        self.assertIn("0 lines since", app.wxctl("logs", "--since", "1s").out)
        self.assertIn("--since", app.wxctl("logs", "--since", "soon", expect=2).err)


if __name__ == "__main__":
    world.main()
