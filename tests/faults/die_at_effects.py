#!/usr/bin/env python3
"""Die at the effects of a gradual rollout, on a real systemd: kill wxctl before and after each of them, then let it go on, and,
separately, roll back. Afterwards the host is wholly old or wholly new, works, and has lost nothing.

    wxctl sandbox -- die_at_effects.py WXCTL-WITH-FAULTS [--trials N]      (all of them without --trials)

The timer ticks once an hour, so that runs are started by the rollout alone and a trial takes a third of a second; that ticks go
on meanwhile is what the walkthrough tests show.
"""

import argparse
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile

TICK = """#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
sqlite3 -cmd '.timeout 5000' "$WX_STORE" "INSERT OR REPLACE INTO points VALUES('$WX_BUCKET','tick','',$(date +%s%N),'value',1.0)"
# VERSION
"""
MANIFEST = """apiVersion: wxctl/v1
kind: App
name: ticks
service: ticks.service
timer: {unit: ticks.timer, OnCalendar: hourly}
program: {exec: ["${release}/bin/tick"], env: {WX_BUCKET: "${bucket}", WX_STORE: "${store}"}, timeout: 20s, repeatable: true}
config: {template: config.yml, set: {bucket: "${bucket}"}}
store: {kind: sqlite, path: ticks.db, measurement: tick, active: ticks, candidate: ticks-candidate}
checks: {dry-run: {exec: ["${release}/bin/tick", "--dry-run"], timeout: 10s}}
"""


class Broken(Exception):
    pass


class Host:
    def __init__(self, wxctl, directory):
        self.wxctl, self.directory = wxctl, pathlib.Path(directory)
        self.data = pathlib.Path(os.environ["HOME"]) / ".local/share/wxctl/ticks"
        self.versions = 0
        (self.directory / "ticks.yaml").write_text(MANIFEST)

    def run(self, *words, **environment):
        return subprocess.run([self.wxctl, *words], cwd=self.directory, env={**os.environ, **environment}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)

    def ask(self, *words):
        done = self.run(*words, "-o", "json")
        if done.returncode != 0:
            raise Broken(f"wxctl {' '.join(words)} ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout)

    def release(self):
        """A new one, with a setting of its own for the config merge."""
        self.versions += 1
        name = f"v{self.versions}"
        (self.directory / name / "bin").mkdir(parents=True)
        program = self.directory / name / "bin/tick"
        program.write_text(TICK.replace("VERSION", name))
        program.chmod(0o755)
        (self.directory / name / "config.yml").write_text(f"bucket: x\nadded_by_{name}: yes\n")
        return name

    def deploy(self, name, **environment):
        return self.run("-f", "ticks.yaml", "deploy", "--strategy", "gradual", "--release", name, "--set", "soak=0s", "--foreground",
                        "--yes", **environment)

    def unit(self, name):
        shown = subprocess.run(["systemctl", "--user", "show", name, "-P", "ActiveState", "-P", "UnitFileState"], text=True,
                               capture_output=True).stdout.split()
        return shown

    def check(self, allowed):
        """Host old or new, timer on, bucket complete, unit states right."""
        status = self.ask("status")
        active = status["slots"][status["active"]]["version"]
        if active not in allowed:
            raise Broken(f"{active} is active, not one of {allowed}")
        if status["rollout"]["phase"] not in ("Healthy", "RolledBack"):
            raise Broken(f"the rollout is {status['rollout']}")
        if status["candidate"] is not None or status["route"]["percent"] != 0:
            raise Broken(f"something is on trial still: {status['route']}")
        if self.unit("ticks.timer") != ["active", "enabled"]:
            raise Broken(f"the timer is {self.unit('ticks.timer')}")
        if self.unit("wxctl-deadman@ticks.timer")[0] != "inactive" or self.unit("wxctl-resume@ticks.service")[-1] == "enabled":
            raise Broken("the dead-man or the resume unit is still armed")
        started = subprocess.run(["systemctl", "--user", "start", "ticks.service"], capture_output=True, text=True)
        if started.returncode != 0:
            raise Broken(f"the entry unit fails: {started.stderr}")
        last = self.ask("runs")[-1]
        if (last["slot"], last["role"], last["result"]) != (status["active"], "active", "success"):
            raise Broken(f"the run by hand was {last}")
        validated = self.ask("validate", "--since", "1s")
        if not validated["passed"]:
            raise Broken(f"validate: {[check for check in validated['checks'] if check['status'] == 'fail']}")
        live = (pathlib.Path(os.environ["HOME"]) / ".config/wxctl/ticks.config.yml").read_text()
        if f"added_by_{active}" not in live and active != "v1":
            raise Broken(f"the live config is not the one of {active}: {live}")
        runs = [run for run in self.ask("runs") if run["role"] == "active" and run["result"] == "success"]
        with sqlite3.connect(self.data / "ticks.db") as store:
            points = store.execute("select count(*) from points where bucket = 'ticks'").fetchone()[0]
        if points != len(runs):
            raise Broken(f"{points} points of {len(runs)} runs")


def finish(host, way, before, after):
    """Let it go on, or roll back; which versions may be active then."""
    history = host.ask("history")
    begun = history and history[0]["phase"] not in ("Healthy", "RolledBack", "Failed")
    if not begun:
        return {before, after} if history[0]["to"] == after else {before}
    if way == "resume":
        done = host.run("--app", "ticks", "engine", "--resume")
        if done.returncode != 0:
            raise Broken(f"resume ended with {done.returncode}: {done.stdout}")
        return {before, after}
    done = host.run("rollback", "--yes")
    if done.returncode != 0:
        raise Broken(f"rollback ended with {done.returncode}: {done.stdout}")
    # Once confirming has begun, what was begun is finished.
    return {before} if "RolledBack" in done.stdout else {after}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wxctl")
    parser.add_argument("--trials", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        host = Host(options.wxctl, directory)
        first = host.deploy(host.release())
        if first.returncode != 0:
            sys.exit(f"the first deployment failed: {first.stdout}")
        log = pathlib.Path(directory) / "effects"
        counted = host.deploy(host.release(), WXCTL_FAULTS_LOG=str(log))
        if counted.returncode != 0:
            sys.exit(f"the rollout without faults failed: {counted.stdout}")
        effects = log.read_text().splitlines()
        trials = [(number, when, way) for number in range(len(effects)) for when in ("before", "after") for way in ("resume", "rollback")]
        total = len(trials)
        if options.trials:
            random.seed(20261124)
            trials = sorted(random.sample(trials, min(options.trials, total)))
        failures = 0
        for tried, (number, when, way) in enumerate(trials):
            if tried % 50 == 49:
                print(f"{tried + 1} of {len(trials)}", flush=True)
            status = host.ask("status")
            before = status["slots"][status["active"]]["version"]
            after = host.release()
            died = host.deploy(after, WXCTL_FAULTS_DIE=f"{when}:{number}")
            try:
                if died.returncode == -9:
                    allowed = finish(host, way, before, after)
                elif died.returncode == 0:
                    allowed = {after}  # fewer effects than counted: a loop that did not wait
                else:
                    raise Broken(f"ended with {died.returncode} instead of being killed: {died.stdout}")
                host.check(allowed)
            except (Broken, subprocess.TimeoutExpired) as problem:
                failures += 1
                print(f"FAILED {when} effect {number} ({effects[number]}), then {way}: {problem}")
        print(f"{len(effects)} effects, {total} kill points with what follows, {len(trials)} tried, {len(trials) - failures} passed")
        sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
