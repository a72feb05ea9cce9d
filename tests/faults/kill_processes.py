#!/usr/bin/env python3
"""Kill real processes with SIGKILL at random moments of canary and gradual rollouts, on a real systemd: the CLI that follows,
the engine, the router of an activation, a run; and, with --managers, the user manager with all that it runs, which then starts
anew on the same disk, as after a reboot. Afterwards the host is wholly old or wholly new, works, and has each point once.

    wxctl sandbox -- kill_processes.py [--kills N] [--managers N] [--seed N]

It waits for what it is about: a rollout lasts as long as its soaks and its timer, a tick a second, make it last (a canary
20 s, a gradual rollout 6 s), and every other manager stays away for 4 s, longer than the lease.
"""
import argparse
import contextlib
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walkthrough"))
import world
from world import systemctl, unit_property, until

# What is true: a line for each point that a run has written, with the role that it had.
TICK = """#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
sleep 0.2
time=$(date +%s%N)
sqlite3 -cmd '.timeout 5000' "$WX_STORE" "INSERT OR REPLACE INTO points VALUES('$WX_BUCKET','tick','host=a',$time,'value',1.0)" &&
  echo "$time" >> TRUTH
"""
MANAGER_CGROUP = pathlib.Path("/sys/fs/cgroup") / "user.slice/user-0.slice/user@0.service"


class Broken(Exception):
    pass


def in_cgroup(cgroup):
    return [int(pid) for procs in cgroup.rglob("cgroup.procs") for pid in procs.read_text().split()]


class Manager:
    """The user manager of the sandbox and its successors."""

    def __init__(self):
        self.successor = None
        found = subprocess.run(["pgrep", "-o", "-f", "^/lib/systemd/systemd --user"], capture_output=True, text=True, check=True)
        self.pid = int(found.stdout)
        environ = pathlib.Path(f"/proc/{self.pid}/environ").read_bytes().decode().split("\0")
        self.environment = dict(word.split("=", 1) for word in environ if word and not word.startswith("NOTIFY_SOCKET="))

    def power_off(self):
        """It and all that it runs die at once."""
        os.kill(self.pid, 9)
        if self.successor:
            self.successor.wait()
        while pids := in_cgroup(MANAGER_CGROUP):
            for pid in pids:
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)

    def power_on(self):
        for cgroup in sorted((path.parent for path in MANAGER_CGROUP.rglob("cgroup.procs")), key=lambda path: -len(path.parts)):
            if cgroup != MANAGER_CGROUP:
                cgroup.rmdir()
        given = (MANAGER_CGROUP / "cgroup.subtree_control").read_text().split()
        (MANAGER_CGROUP / "cgroup.subtree_control").write_text(" ".join("-" + each for each in given))
        procs = MANAGER_CGROUP / "cgroup.procs"
        self.successor = subprocess.Popen(["/lib/systemd/systemd", "--user", "--log-target=journal"], env=self.environment, cwd=os.environ["HOME"],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                          preexec_fn=lambda: procs.write_text("0"))
        self.pid = self.successor.pid
        until(lambda: systemctl("is-active", "default.target").code == 0, "the user manager has started again")

    def end(self):
        if self.successor:
            self.successor.terminate()
            self.successor.wait()


class Torture:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.app = world.App("ticks", world.EACH_SECOND)
        self.truth = self.app.directory / "truth"
        self.truth.touch()
        self.versions = 0
        self.reboots = 0
        self.killed = {"CLI": 0, "engine": 0, "router": 0, "run": 0}
        self.app.deploy(self.release())

    def release(self):
        self.versions += 1
        return self.app.release(f"v{self.versions}", TICK.replace("TRUTH", str(self.truth)))

    def main_pid(self, unit):
        pid = unit_property(unit, "MainPID")
        return int(pid) if pid.isdigit() else 0

    def victim(self, cli):
        """Who is to be killed, and its process; nobody when it does not run now."""
        who = self.chance.choice(["CLI", "engine", "engine", "router", "run"])
        units = {"engine": [self.app.engine], "router": [self.app.entry],
                 "run": [f"{self.app.name}@{slot}.service" for slot in ("blue", "green")]}
        if who == "CLI":
            return who, cli.pid if cli.poll() is None else 0
        return who, next(filter(None, map(self.main_pid, units[who])), 0)

    def kill_somebody(self, cli):
        """Look until somebody can be killed; false when the rollout has ended meanwhile."""
        time.sleep(self.chance.uniform(0.2, 2.5))
        while not self.ended():
            who, pid = self.victim(cli)
            if not pid:
                continue
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
            self.killed[who] += 1
            return True
        return False

    def ended(self):
        rollout = self.app.status()["rollout"]
        return rollout is not None and rollout["phase"] in ("Healthy", "RolledBack", "Failed")

    def begin(self, strategy, *settings):
        """A rollout and who follows it."""
        earlier = self.app.status()["rollout"]["id"]
        argv = [world.WXCTL, "--app", "ticks", "deploy", "--strategy", strategy, "--release", self.release(), "--auto", "--yes", *settings]
        cli = subprocess.Popen(map(str, argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until(lambda: self.app.status()["rollout"]["id"] != earlier or cli.poll() is not None, "the rollout has begun")
        if self.app.status()["rollout"]["id"] == earlier:
            raise Broken(f"the rollout did not begin: {cli.communicate()[0]}")
        return cli

    def finish(self, cli, before):
        self.settle()
        cli.communicate(timeout=30)
        self.judge(before, f"v{self.versions}")

    def killed_in(self, strategy, kills):
        """One rollout with that many kills, as far as it lasts; answers how many."""
        before = self.app.status()
        settings = {"gradual": ["--set", "soak=1s"], "canary": ["--set", "soak=2s", "--set", "percent=50"]}[strategy]
        cli = self.begin(strategy, *settings)
        done = 0
        while done < kills and self.kill_somebody(cli):
            done += 1
        self.finish(cli, before)
        return done

    def rebooted(self, manager, lease_runs_out):
        """A rollout in which the user manager dies and starts anew, soon or after the lease."""
        before = self.app.status()
        cli = self.begin("gradual", "--set", "soak=1s", "--set", "confirm_within=3s")
        if lease_runs_out:
            until(lambda: self.app.status()["active"] != before["active"] or self.ended(), "it has cut over")
        else:
            time.sleep(self.chance.uniform(0, 5))
        manager.power_off()
        if lease_runs_out:
            time.sleep(4)  # the lease's 3 s, and one to be sure
        manager.power_on()
        self.finish(cli, before)
        self.reboots += 1

    def settle(self):
        """It goes on by itself; a person aborts what waits for one, and what died before its resume unit was on disk."""
        engines = (self.app.engine, "wxctl-resume@ticks.service")
        alone_since = time.monotonic()

        def over():
            nonlocal alone_since
            if any(map(self.main_pid, engines)):
                alone_since = time.monotonic()
            if self.app.status()["rollout"]["phase"] == "Paused" or time.monotonic() - alone_since > 8:
                self.app.wxctl("abort", expect=None)
            return self.ended()
        until(over, "the rollout has ended", 60)

    def judge(self, before, version):
        status = self.app.status()
        old = before["slots"][before["active"]]["version"]
        wanted = version if status["rollout"]["phase"] == "Healthy" else old
        active = status["slots"][status["active"]]["version"]
        if status["rollout"]["phase"] not in ("Healthy", "RolledBack") or active != wanted:
            raise Broken(f"{active} is active instead of {wanted}: {status['rollout']}")
        if status["candidate"] is not None or status["route"]["percent"] != 0:
            raise Broken(f"something is on trial still: {status['route']}")
        if not status["timer"]["active"] or not status["timer"]["enabled"]:
            raise Broken(f"the timer is {status['timer']}")
        history = self.app.history()
        if history[0]["id"] != status["rollout"]["id"] or any(each["phase"] not in ("Healthy", "RolledBack") for each in history):
            raise Broken(f"the history is not true: {history}")
        started = systemctl("start", self.app.entry)
        if started.code != 0:
            raise Broken(f"the entry unit fails: {started}")
        self.judge_points()

    def judge_points(self):
        """Each point that was written is in one of the buckets, whatever was killed meanwhile, and no other is."""
        systemctl("stop", self.app.timer)
        for unit in (self.app.entry, "ticks@blue.service", "ticks@green.service"):
            until(lambda: unit_property(unit, "ActiveState") in ("inactive", "failed"), f"{unit} has ended")
        written = {int(line) for line in self.truth.read_text().split()}
        main = {row[3] for row in self.app.rows()}
        everywhere = main | {row[3] for row in self.app.rows("ticks-candidate")} | self.evidence()
        if written - everywhere:
            raise Broken(f"lost: {sorted(written - everywhere)}")
        # A run that is killed between its two lines has written a point and not said so.
        if len(main - written) > self.killed["run"] + self.reboots + 1:
            raise Broken(f"nobody wrote {sorted(main - written)}")
        runs = [run for run in self.app.runs() if run["result"] == "success"]
        ids = [run["id"] for run in runs]
        if len(ids) != len(set(ids)) or abs(len(runs) - len(written)) > sum(self.killed.values()) + self.reboots + 1:
            raise Broken(f"{len(runs)} successful runs in the ledger and {len(written)} points")
        systemctl("start", self.app.timer)

    def evidence(self):
        out = set()
        for path in (self.app.data / "evidence").glob("*/points.db"):
            with contextlib.closing(sqlite3.connect(path)) as store:
                out |= {row[0] for row in store.execute("SELECT time FROM points")}
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--managers", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    torture = Torture(options.seed)
    kills, rollouts = 0, 0
    try:
        while kills < options.kills:
            kills += torture.killed_in(("canary", "gradual")[rollouts % 2], min(5, options.kills - kills))
            rollouts += 1
        if options.managers:
            manager = Manager()
            for number in range(options.managers):
                torture.rebooted(manager, lease_runs_out=number % 2 == 1)
            manager.end()
    except (Broken, AssertionError, subprocess.TimeoutExpired) as problem:
        print(f"FAILED with --seed {options.seed}, after {torture.killed} and {torture.reboots} reboots: {problem}\n{torture.app.told()}")
        sys.exit(1)
    ends = [each["phase"] for each in torture.app.history()[:-1]]
    print(f"{kills} kills ({torture.killed}) and {torture.reboots} reboots in {len(ends)} rollouts: "
          f"{ends.count('Healthy')} promoted, {ends.count('RolledBack')} taken back, all as they must be")


if __name__ == "__main__":
    main()
