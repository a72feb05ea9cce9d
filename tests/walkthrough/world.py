"""What the walkthrough tests share: apps and releases in temporary directories, wxctl as a process, and what can be seen
of an app from outside: its JSON, units, generation and bucket.

Every test program runs inside `wxctl sandbox`, so that HOME, the user manager and the journal are its own.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

WXCTL = os.environ.get("WXCTL") or shutil.which("wxctl") or "wxctl"
ROOT = pathlib.Path(tempfile.mkdtemp(prefix="walkthrough-"))
HOME = pathlib.Path(os.environ["HOME"])
UNITS = HOME / ".config/systemd/user"

# A timer that never elapses while a test lasts: what must not change can then be compared byte for byte.
NEVER = "2099-01-01 00:00:00"
# The same for a rollout that soaks: with a timer that never elapses it would be refused.
DAILY = "daily"
EACH_SECOND = "*:*:*"
EACH_TWO_SECONDS = "*:*:0/2"

# One point a run, at a time of its own, so that two runs never look like one.
POINT = """sqlite3 -cmd '.timeout 5000' "$WX_STORE" "INSERT OR REPLACE INTO points VALUES('$WX_BUCKET','tick','host=a',$(date +%s%N),'value',1.0)"
"""
GOOD = '#!/bin/sh\ncase "$1" in --dry-run) exit 0;; esac\n' + POINT
FAILING = '#!/bin/sh\ncase "$1" in --dry-run) exit 0;; esac\necho "no luck today" >&2\nexit 7\n'


class Done:
    """A finished process."""

    def __init__(self, argv, code, out, err, took):
        self.argv, self.code, self.out, self.err, self.took = argv, code, out, err, took
        self.text = out + err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"$ {' '.join(map(str, self.argv))}\n{self.text}exit {self.code} after {self.took:.1f} s"


def run(*argv, env=None, timeout=60):
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in argv], env=env, capture_output=True, text=True, timeout=timeout, cwd=ROOT,
                          stdin=subprocess.DEVNULL)
    return Done(argv, done.returncode, done.stdout, done.stderr, time.monotonic() - begin)


def systemctl(*words):
    return run("systemctl", "--user", *words)


def unit_property(unit, name):
    return systemctl("show", unit, "--property", name, "--value").out.strip()


def environment(**changes):
    """This process's environment with changes; None removes a variable."""
    env = dict(os.environ)
    for name, value in changes.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def until(condition, what, seconds=20):
    """Poll until condition() is true, and return what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.05)


def write_release(directory, tick=GOOD, **files):
    """A release directory with bin/tick; further files by name, such as {"config.yml": text}."""
    directory = pathlib.Path(directory)
    (directory / "bin").mkdir(parents=True)
    program = directory / "bin/tick"
    program.write_text(tick)
    program.chmod(0o755)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


class App:
    """One app of its own: a manifest, releases, and what wxctl and systemd say about it."""

    def __init__(self, name, timer=EACH_SECOND, program_timeout="20s", **changes):
        self.name = name
        self.entry, self.timer = f"{name}.service", f"{name}.timer"
        self.engine = f"wxctl-engine-{name}.service"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=ROOT))
        self.data = HOME / ".local/share/wxctl" / name
        self.state_directory = HOME / ".local/state/wxctl" / name
        self.live_config = HOME / ".config/wxctl" / f"{name}.config.yml"
        self.installed_manifest = HOME / ".config/wxctl" / f"{name}.yaml"
        self.store = self.data / "ticks.db"
        self.manifest = {
            "apiVersion": "wxctl/v1", "kind": "App", "name": name, "service": self.entry,
            "timer": {"unit": self.timer, "OnCalendar": timer, "AccuracySec": "1ms", "Persistent": True},
            "program": {"exec": ["${release}/bin/tick"], "timeout": program_timeout, "stop": "1s", "repeatable": True,
                        "env": {"WX_BUCKET": "${bucket}", "WX_STORE": "${store}", "WX_ROLE": "${role}"}},
            "store": {"kind": "sqlite", "path": "ticks.db", "measurement": "tick", "active": name, "candidate": name + "-candidate"},
            "checks": {"dry-run": {"exec": ["${release}/bin/tick", "--dry-run"], "timeout": "10s"}},
            "limits": {"disk": "1MB"},
        }
        self.manifest.update(changes)
        self.file = self.write_manifest()

    def write_manifest(self, manifest=None, name="app.yaml"):
        """JSON is YAML too."""
        path = self.directory / name
        path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest or self.manifest, indent=1))
        return path

    def release(self, version, tick=GOOD, **files):
        # Two releases with the same content would be one release.
        return write_release(self.directory / version, tick + f"# {version}\n", **files)

    # wxctl

    def wxctl(self, *words, expect=0, env=None, timeout=60):
        done = run(WXCTL, "--app", self.name, *words, env=env, timeout=timeout)
        if expect is not None and done.code != expect:
            raise AssertionError(f"exit {expect} was expected\n{done}\n{self.told()}")
        return done

    def deploy(self, release, *words, soak="0s", expect=0, manifest=None, env=None, timeout=60):
        argv = [] if manifest is None and self.installed_manifest.exists() else ["-f", manifest or self.file]
        return self.wxctl(*argv, "deploy", "--strategy", "gradual", "--release", release, "--set", f"soak={soak}", "--auto", "--yes",
                          *words, expect=expect, env=env, timeout=timeout)

    @contextlib.contextmanager
    def start(self, *words):
        """`wxctl WORDS` in another process; killed at the end, if need be."""
        argv = [WXCTL, "--app", self.name, *words]
        process = subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            if not process.stdout.closed:
                process.communicate()

    @contextlib.contextmanager
    def deploying(self, release, *words, soak="30s", active="blue"):
        """`deploy` in another process, soaking while this slot is active."""
        with self.start("deploy", "--strategy", "gradual", "--release", release, "--set", f"soak={soak}", "--auto", "--yes", *words) as process:
            until(lambda: self.soaking(active) or process.poll() is not None, f"{self.name} soaks with {active} active")
            if process.poll() is not None:
                raise AssertionError(f"deploy ended with {process.returncode}\n{process.communicate()[0]}")
            yield process

    @contextlib.contextmanager
    def under_way(self, *words, until_step):
        """`wxctl WORDS` in another process, once the rollout's message begins so."""
        def there():
            status = self.wxctl("status", "-o", "json", expect=None)  # nothing is installed before a first deployment
            rollout = status.json()["rollout"] if status.code == 0 else None
            return bool(rollout) and rollout["message"].startswith(until_step)
        with self.start(*words) as process:
            until(lambda: there() or process.poll() is not None, f"{self.name} is at {until_step}")
            if process.poll() is not None:
                raise AssertionError(f"it ended with {process.returncode}\n{process.communicate()[0]}")
            yield process

    def wait_for(self, process, expect, seconds=30):
        out, _ = process.communicate(timeout=seconds)
        if process.returncode != expect:
            raise AssertionError(f"exit {expect} was expected, not {process.returncode}\n{out}\n{self.told()}")
        return out

    def status(self):
        return self.wxctl("status", "-o", "json").json()

    def runs(self):
        return self.wxctl("runs", "-o", "json").json()

    def history(self):
        return self.wxctl("history", "-o", "json").json()

    def show(self, rollout=None):
        return self.wxctl("show", rollout or self.history()[0]["id"]).out

    def drift(self, expect=0):
        """The check that compares the host with what was deployed."""
        return self.wxctl("validate", "--check", "drift", "-o", "json", expect=expect).json()["checks"][0]

    def phase(self):
        return self.status()["rollout"]["phase"]

    def soaking(self, active):
        """Is the rollout in progress in a soak while this slot is the active one?"""
        status = self.status()
        rollout = status["rollout"]
        return bool(rollout) and rollout["phase"] in ("Progressing", "Promoting") and rollout["message"].startswith("soak") and status["active"] == active

    def told(self):
        """For the message of a failed assertion."""
        return "\n".join(run(WXCTL, "--app", self.name, verb).text for verb in ("status", "runs"))

    # what can be seen without wxctl

    def rows(self, bucket=None):
        with contextlib.closing(sqlite3.connect(self.store, timeout=5)) as store:
            return store.execute("SELECT * FROM points WHERE bucket = ? ORDER BY time", (bucket or self.name,)).fetchall()

    def points(self, bucket=None):
        return len({(row[1], row[2], row[3]) for row in self.rows(bucket)})

    def generation(self):
        return os.readlink(self.data / "current")

    def snapshot(self):
        """All that `nothing changed` speaks of; for an app whose timer does not elapse."""
        units = {}
        for path in sorted(UNITS.rglob("*")):
            if path.is_symlink():
                units[str(path)] = os.readlink(path)
            elif path.is_file():
                units[str(path)] = path.read_bytes()
        names = [self.entry, self.timer, self.entry.replace(".service", "@blue.service"), self.entry.replace(".service", "@green.service")]
        states = systemctl("show", "--property", "Id,LoadState,ActiveState,UnitFileState", *names).out
        status = self.status()
        live = {str(path): path.read_bytes() for path in (self.live_config, self.installed_manifest) if path.exists()}
        return {"active": status["active"], "candidate": status["candidate"], "route": status["route"], "generation": self.generation(),
                "units": units, "states": states, "rows": self.rows() if self.store.exists() else None, "live": live}

    def stop(self):
        """Let its timer rest: what a finished test leaves ticking only costs the next one time."""
        systemctl("stop", self.timer)


class Walkthrough(unittest.TestCase):
    maxDiff = 4000

    def app(self, name, timer=EACH_SECOND, **changes):
        app = App(name, timer, **changes)
        self.addCleanup(app.stop)
        return app

    def installed(self, name, timer=EACH_SECOND, **changes):
        """An app with version one active in blue."""
        app = self.app(name, timer, **changes)
        app.deploy(app.release("one"))
        return app

    def refused(self, app, code, *words, says=(), env=None):
        """The command ends with this exit status, says these words, and changes nothing."""
        before = app.snapshot()
        done = app.wxctl(*words, expect=code, env=env)
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, done.err, done)
        self.assertEqual("", done.out, "a refusal belongs on stderr")
        self.assertEqual(before, app.snapshot(), done)
        return done

    def assert_no_activation_lost_or_doubled(self, app):
        """One point for each activation in the main bucket, and one activation for each tick of the timer in between."""
        app.stop()
        until(lambda: unit_property(app.entry, "ActiveState") in ("inactive", "failed"), "the last activation ended")
        activations = [each for each in app.runs() if not each["mirror_of"] and not each["fallback"]]
        good = [each for each in activations if each["result"] == "success"]
        self.assertEqual(len(good), app.points(), app.told())
        return activations


def kill(pid, number=signal.SIGKILL):
    os.kill(int(pid), number)


def main():
    try:
        unittest.main(verbosity=2)
    finally:
        shutil.rmtree(ROOT, ignore_errors=True)
