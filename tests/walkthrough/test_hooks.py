"""Hooks: whoever is to know is told of each change of phase, once; one that hangs or fails holds nothing up."""
import http.server
import json
import threading

import world
from world import FAILING, NEVER, Walkthrough, until

APPEND = '#!/bin/sh\ncat >>"$1"; echo >>"$1"\n'
HANG = "#!/bin/sh\nexec sleep 60\n"


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Hooks(Walkthrough):
    def script(self, text):
        path = world.ROOT / f"{self.id()}.sh"
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def receiver(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        server.events = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def told(self, file):
        return [json.loads(line) for line in file.read_text().splitlines() if line] if file.exists() else []

    def test_each_phase_is_told_once_and_in_order(self):
        file = world.ROOT / "told"
        app = self.app("told", NEVER, hooks={"on_phase": [{"exec": [self.script(APPEND), str(file)]}]}, contacts=["555 0100"])
        app.deploy(app.release("one"))
        phases = lambda: [event["phase"] for event in self.told(file)]
        until(lambda: phases()[-1:] == ["Healthy"], "the end is told")
        self.assertEqual(["Progressing", "Promoting", "Healthy"], phases())
        last = self.told(file)[-1]
        self.assertEqual(["told", "phase", "Promoted", "one", ["555 0100"]],
                         [last["app"], last["event"], last["outcome"], last["to"]["version"], last["contacts"]])
        app.wxctl("rollback", expect=1)  # nothing to go back to: no phase either
        self.assertEqual(3, len(self.told(file)))

    def test_a_hook_that_hangs_holds_no_rollout_up_and_the_failure_is_shown(self):
        app = self.app("hang", NEVER, hooks={"on_phase": [
            {"exec": [self.script(HANG)], "timeout": "200ms", "phases": ["Healthy"]}, {"exec": ["no-such-program"], "phases": ["Healthy"]}]})
        app.deploy(app.release("one"))
        # Three attempts each, with 1 s and 5 s in between.
        show = until(lambda: (lambda shown: shown if len(shown["hooks"]) == 2 else None)(app.wxctl("show", app.history()[0]["id"], "-o", "json").json()),
                     "both are given up", 30)
        self.assertEqual([False, False], [hook["delivered"] for hook in show["hooks"]])
        self.assertIn("did not end within", show["hooks"][0]["message"])
        self.assertIn("no-such-program", show["hooks"][1]["message"])
        self.assertEqual("Healthy", show["phase"])
        self.assertIn("not told of Healthy", app.show())

    def test_a_webhook_learns_of_a_rollback_and_its_address_is_told_to_nobody(self):
        server = self.receiver()
        app = self.app("web", NEVER, hooks={"on_phase": [{"webhook_file": "${data}/hook.url", "phases": ["RolledBack"]}]},
                       checks={"dry-run": {"exec": ["${release}/bin/tick", "--check-me"], "timeout": "10s"}})
        address = app.data / "hook.url"
        app.data.mkdir(parents=True, exist_ok=True)
        address.write_text(f"http://127.0.0.1:{server.server_port}/very-secret\n")
        address.chmod(0o600)
        app.deploy(app.release("bad", FAILING), expect=1)
        until(lambda: server.events, "the webhook is called")
        self.assertEqual(["RolledBack", "bad"], [server.events[0]["phase"], server.events[0]["to"]["version"]])
        shown = app.show() + world.run("journalctl", "--user", "--no-pager").out
        self.assertNotIn("very-secret", shown)

    def test_by_hand_each_hook_is_called_and_the_one_that_fails_is_named(self):
        server = self.receiver()
        address = world.ROOT / "hand.url"
        address.write_text(f"http://127.0.0.1:{server.server_port}/\n")
        address.chmod(0o600)
        app = self.app("hand", NEVER, hooks={"on_phase": [{"webhook_file": str(address)}, {"exec": ["false"]}]})
        done = world.run(world.WXCTL, "-f", app.file, "hooks", "test", "--phase", "Failed")
        self.assertEqual(1, done.code, done)
        self.assertEqual(["test", "Failed"], [server.events[0]["event"], server.events[0]["phase"]])
        self.assertIn("FAILED: false: ended with status 1", done.out)
        address.chmod(0o644)
        self.assertIn("chmod 600", world.run(world.WXCTL, "-f", app.file, "hooks", "test").text)
        self.assertIn('did you mean "Failed"', world.run(world.WXCTL, "-f", app.file, "hooks", "test", "--phase", "Fialed").err)


if __name__ == "__main__":
    world.main()
