"""What the runs logged, as patterns: an error storm of the candidate stands first, and a quiet app says so."""
import json
import signal
import time

import world
from world import GOOD, NEVER, Walkthrough, until

TALKING = GOOD + 'echo "run $$ wrote 1 point in 0.$(date +%N) s"\n'
STORM = TALKING + 'i=0; while [ $i -lt 30 ]; do echo "2026-11-24 10:00:0$((i % 10)) ERROR cannot parse line $i"; i=$((i + 1)); done\n'
# Lives on for a moment, so that journald can still see whose line it is.
COUNTING = GOOD + 'echo "count $(date +%N)"; sleep 0.1\n'


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

    def test_followed_each_line_comes_once_with_its_slot(self):
        app = self.app("followed", NEVER)
        app.deploy(app.release("one", COUNTING))
        self.talked(app, 1)
        with app.start("logs", "--follow", "-o", "json") as process:
            for _ in range(3):
                app.wxctl("run")
            time.sleep(1.5)  # two looks at the journal
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=10)
        self.assertEqual(130, process.returncode, out)
        lines = [json.loads(line) for line in out.splitlines()]
        counted = [line["message"] for line in lines if line["message"].startswith("count")]
        self.assertEqual(sorted(set(counted), key=counted.index), counted, "told twice")
        self.assertGreaterEqual(len(counted), 3)
        self.assertEqual({"blue"}, {line["from"] for line in lines if line["message"].startswith("count")})


if __name__ == "__main__":
    world.main()
