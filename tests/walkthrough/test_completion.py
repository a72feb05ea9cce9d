"""What a shell offers after Tab, asked of a real bash with the script that wxctl prints."""
import os
import pathlib

import world
from world import DAILY, WXCTL, Walkthrough, environment, run

ASK = """source <(wxctl completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
compopt() { echo "shell: $2"; }
_wxctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(Walkthrough):
    def offered(self, *words):
        env = environment(PATH=f"{pathlib.Path(WXCTL).parent}:{os.environ['PATH']}")
        done = run("bash", "-c", ASK, "bash", "wxctl", *words, env=env)
        self.assertEqual("", done.err)
        return done.out.split("\n")[:-1]

    def test_words_of_wxctl_and_of_what_is_installed(self):
        app = self.app("typed", timer=DAILY)
        app.deploy(app.release("one"))
        rollout = app.history()[0]["id"]
        self.assertEqual(["rollback"], self.offered("rollb"))
        self.assertIn("--percent", self.offered("canary", "--"))
        self.assertIn("typed", self.offered("status", "--app", ""))
        self.assertEqual([rollout], self.offered("--app", "typed", "show", "o-"))
        self.assertIn("one", self.offered("--app", "typed", "rollback", "--to", ""))
        self.assertIn("dry-run", self.offered("--app", "typed", "validate", "--check", "d"))
        self.assertEqual(["shell: dirnames", ""], self.offered("deploy", "--release", ""))
        self.assertEqual([""], self.offered("no-such-verb", "x"))


if __name__ == "__main__":
    world.main()
