"""Strategies are files: listed, shown, linted, described by a schema; and what cannot end well is refused before anything is done."""
import copy
import json
import subprocess

try:
    import jsonschema
except ImportError:
    jsonschema = None

import world
from world import ROOT, WXCTL, Walkthrough, run

OWN = """apiVersion: wxctl/v1
kind: Playbook
name: own
vars: {soak: 0s}
steps:
  - backup: {}
  - install: {slot: candidate}
  - gate: {checks: [dry-run]}
  - route: {percent: 20, mode: split}
  - analyze: {for: "${soak}", min_runs: 3}
  - cutover: {}
  - gate: {checks: all}
  - reconcile: {}
  - confirm: {}
"""


def wxctl(*words, expect=0):
    done = run(WXCTL, *words)
    if done.code != expect:
        raise AssertionError(f"exit {expect} was expected\n{done}")
    return done


class Files(Walkthrough):
    def lint(self, text, *words, expect=2):
        path = ROOT / "linted.yaml"
        path.write_text(text)
        return wxctl("playbook", "lint", path, *words, "-o", "json", expect=expect).json()

    def test_the_shipped_ones_are_listed_and_clean(self):
        listed = {each["name"]: each for each in wxctl("playbook", "list", "-o", "json").json()}
        self.assertEqual({"blue-green", "canary", "gradual", "rollback"}, set(listed))
        self.assertEqual("24h", listed["gradual"]["vars"]["soak"])
        self.assertIn("soak=24h", wxctl("playbook", "list").out)
        for name in listed:
            self.assertEqual(name, wxctl("playbook", "show", name, "-o", "json").json()["document"]["name"])
            wxctl("playbook", "lint", name)

    def test_what_is_shown_can_be_linted_and_changed(self):
        text = wxctl("playbook", "show", "canary").out
        self.assertEqual([], self.lint(text, expect=0)["problems"])
        found = self.lint(text.replace("  - confirm: {}\n", ""))
        self.assertFalse(found["passed"])
        self.assertIn("no step confirm", found["problems"][0]["message"])

    def test_problems_have_a_place_a_weight_and_a_remedy(self):
        found = self.lint(OWN.replace("  - backup: {}\n", ""))["problems"]
        self.assertEqual([("error", 10, 5)], [(each["severity"], each["line"], each["column"]) for each in found])
        self.assertIn("backup", found[0]["remedy"])
        self.assertEqual([("error", 9, 22)], [(each["severity"], each["line"], each["column"])
                                              for each in self.lint(OWN.replace("percent: 20", "percent: 60"))["problems"]])
        self.assertTrue(self.lint(OWN + "on_failure: pause\n", expect=0)["passed"], "a warning is no error")

    def test_a_manifest_finds_more(self):
        app = world.App("once")
        app.manifest["program"]["repeatable"] = False
        file = app.write_manifest()
        mirrored = OWN.replace("{percent: 20, mode: split}", "{percent: 100, mode: mirror}")
        self.lint(mirrored, expect=0)
        self.assertIn("not repeatable", self.lint(mirrored, "-f", file)["problems"][0]["message"])
        self.assertIn("no check", self.lint(OWN.replace("[dry-run]", "[dry-rnu]"), "-f", file)["problems"][0]["message"])

    def test_bad_names(self):
        self.assertIn("canary", wxctl("playbook", "lint", "canry", expect=2).err)
        self.assertIn("nowhere.yaml", wxctl("playbook", "lint", "nowhere.yaml", expect=2).err)
        self.assertIn("wxctl playbook lint --help", wxctl("playbook", "lint", expect=2).err)

    def test_rollback_is_for_reading(self):
        app = world.App("read")
        done = app.wxctl("-f", app.file, "deploy", "--strategy", "rollback", "--release", app.release("one"), expect=2)
        self.assertIn("wxctl rollback", done.err)


class Windows(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.app = world.App("slow", "*:0/10")
        cls.app.deploy(cls.app.release("one"))
        cls.two = cls.app.release("two")
        cls.own = cls.app.write_manifest(OWN, "own.yaml")

    @classmethod
    def tearDownClass(cls):
        cls.app.stop()

    def trial(self, verb, *words):
        return [verb, "--playbook", self.own, "--release", self.two, *words]

    def test_that_the_timer_cannot_fill_are_refused_at_once(self):
        says = ["own.yaml:10:5: analyze: 0 runs of the candidate are to be expected within its limit of 42m, and 3 are needed", "--set soak=22m"]
        for words in (self.trial("deploy", "--yes"), self.trial("plan")):
            self.refused(self.app, 2, *words, "--set", "soak=6m", says=says)
        self.refused(self.app, 2, "canary", "--percent", "10", "--release", self.two, "--set", "soak=30m", "--yes",
                     says=["2 runs of the candidate", "4 are needed", "--set soak=58m"])

    def test_that_do_are_planned_with_their_runs(self):
        plan = self.app.wxctl(*self.trial("plan", "--set", "soak=22m"), "-o", "json").json()
        steps = {step["step"]: step for step in plan["steps"]}
        self.assertAlmostEqual(3, steps["analyze"]["expected_runs"], delta=0.1)
        self.assertAlmostEqual(150 * 60e6, steps["analyze"]["expected_us"], delta=60e6)
        self.assertEqual(600_000_000, plan["expected"]["interval_us"])
        self.assertEqual(0, plan["expected"]["mirrored_runs_a_day"])
        self.assertFalse(plan["expected"]["waits_for_person"])
        self.assertIsNone(plan["busy"])
        text = self.app.wxctl(*self.trial("plan", "--set", "soak=22m")).out
        self.assertIn("expected: 3 runs of the candidate in 2h30m", text)

    def test_a_mirror_is_told_by_its_runs_a_day(self):
        words = ["plan", "--strategy", "gradual", "--release", self.two, "--set", "soak=1h"]
        self.assertIn("144 more runs a day", self.app.wxctl(*words).out)
        self.assertEqual(144, round(self.app.wxctl(*words, "-o", "json").json()["expected"]["mirrored_runs_a_day"]))


class Timers(Walkthrough):
    """A wrong OnCalendar was promoted once, and left a timer that systemd refuses."""

    def refuse(self, app, directives, says):
        manifest = copy.deepcopy(app.manifest)
        manifest["timer"] = {"unit": app.timer, **directives}
        file = app.write_manifest(manifest, "timer.yaml")
        words = ["-f", file, "deploy", "--strategy", "gradual", "--release", app.release(f"r{id(directives)}"), "--set", "soak=0s", "--yes"]
        if app.installed_manifest.exists():
            done = self.refused(app, 2, *words, says=says)
        else:
            done = app.wxctl(*words, expect=2)
        for word in says:
            self.assertIn(word, done.err)
        self.assertRegex(done.err, r"timer\.yaml:\d+:\d+: ")

    def test_that_systemd_would_refuse(self):
        new = world.App("untimed", world.NEVER)
        old = self.installed("timed", world.NEVER)
        for app in (new, old):
            self.refuse(app, {"OnCalendar": "*:0/5 tomorrow"}, ["OnCalendar", "*:0/5 tomorrow"])
            self.refuse(app, {"OnCalendar": "*:0/5", "AccuracySec": "soon"}, ["AccuracySec", "soon"])
            self.refuse(app, {"OnCalender": "*:0/5"}, ["OnCalender", "did you mean OnCalendar"])
            self.refuse(app, {"OnCalendar": "1999-01-01"}, ["never elapses again"])
        self.assertFalse(new.state_directory.exists())

    def test_that_a_person_breaks_fail_their_check(self):
        app = self.installed("broken", world.NEVER)
        unit = world.UNITS / app.timer
        unit.write_text(unit.read_text().replace(world.NEVER, "sometimes"))
        world.systemctl("daemon-reload")
        done = app.wxctl("validate", "--check", "timer", "-o", "json", expect=1).json()
        self.assertEqual("fail", done["checks"][0]["status"])


class Schemas(Walkthrough):
    """What a schema says about a file is what wxctl says about it."""

    def setUp(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")

    def validator(self, kind):
        schema = json.loads(wxctl("schema", kind).out)
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    def agree(self, validator, document, accepted, expected, change):
        self.assertEqual((expected, expected), (accepted, validator.is_valid(document)), f"{change}: {list(validator.iter_errors(document))}")

    def changed(self, document, change, value):
        out = copy.deepcopy(document)
        *path, last = change.split(".")
        place = out
        for step in path:
            place = place[int(step) if isinstance(place, list) else step]
        place[last] = value
        return out

    def test_of_manifests(self):
        validator = self.validator("manifest")
        app = world.App("described")
        full = dict(app.manifest, release="r", samples="timer", contacts=["a@example.org"], hooks={"on_phase": []},
                    unit={"Service": {"MemoryMax": "200M", "Environment": ["A=1", "B=2"]}}, metrics={"file": "${state}/m.prom"},
                    config={"template": "config.yml", "set": {"a.b": 1}})
        full["checks"] = {"dry-run": {"exec": ["x"], "timeout": "5s"}, "api": {"http": "https://example.org", "expect": [200, 401]},
                          "hits": {"metric": {"ratio": ["a", "b"]}, "min": "95%", "window": "24h"}}
        full["limits"] = {"memory": "100MB", "cpu": "50%", "loss": "0.1%", "duration": "60s", "disk": "1MB", "uptime": "99%"}
        full["store"] = dict(full["store"], reach="48h", tolerance={"abs": 0, "rel": 1e-9})
        good = [("release", "../x"), ("timer", "a.timer"), ("program.timeout", 5), ("program.timeout", "1h30m"), ("limits.memory", 1000)]
        bad = [("apiVersion", "wxctl/v2"), ("kind", "Playbook"), ("name", "Upper"), ("service", "x.timer"), ("timer", "x.service"),
               ("timer.unit", "x"), ("program.timeout", "soon"), ("program.timeuot", "5s"), ("program.exec", []), ("program.exec", "x"),
               ("program.repeatable", "yes"), ("store.kind", "mysql"), ("store.active", {"url": "x"}), ("limits.memory", "much"),
               ("limits.cpu", "half"), ("checks.two", {"exec": ["x"], "http": "y"}), ("checks.none", {}), ("samples", "some"),
               ("unit.Install", {}), ("checks.dry-run.expect", [99]), ("store.tolerance.abs", "little")]
        for expected, changes in ((True, [("name", "described"), *good]), (False, bad)):
            for change, value in changes:
                document = self.changed(full, change, value)
                file = app.write_manifest(document, "changed.yaml")
                accepted = run(WXCTL, "playbook", "lint", "gradual", "-f", file).code == 0
                self.agree(validator, document, accepted, expected, f"{change}: {value}")

    def test_of_playbooks(self):
        validator = self.validator("playbook")
        for name in ("blue-green", "canary", "gradual", "rollback"):
            self.assertTrue(validator.is_valid(wxctl("playbook", "show", name, "-o", "json").json()["document"]), name)
        canary = wxctl("playbook", "show", "canary", "-o", "json").json()["document"]
        good = [("description", "x"), ("on_failure", "rollback"), ("steps.5.route.percent", 12.5), ("steps.6.analyze.for", "90m"),
                ("steps.6.analyze.min_runs", 2), ("steps.13.gate.after_runs", 1), ("steps.14.soak.min_runs", "1")]
        bad = [("kind", "App"), ("on_failure", "panic"), ("steps", []), ("step", []), ("vars", ["x"]), ("vars.x", ["y"]),
               ("steps.0.preflight.fast", True), ("steps.5.route.percent", 101), ("steps.5.route", {"mode": "split"}), ("steps.5.route.mode", "mirrow"),
               ("steps.6.analyze.for", "1 week"), ("steps.6.analyze.require", "sure"), ("steps.6.analyze.min_runs", 1.5), ("steps.6.analyze.min_runs", 0),
               ("steps.4.gate.checks", []), ("steps.4.gate.checks", "some"), ("steps.12.cutover.confirm", "5m"), ("steps.0.teleport", {})]
        for expected, changes in ((True, good), (False, bad)):
            for change, value in changes:
                document = self.changed(canary, change, value)
                (ROOT / "changed.yaml").write_text(json.dumps(document))
                accepted = run(WXCTL, "playbook", "lint", ROOT / "changed.yaml").code == 0
                self.agree(validator, document, accepted, expected, f"{change}: {value}")


class Words(Walkthrough):
    def test_help_is_the_verbs_own(self):
        self.assertIn("wxctl deploy --help", wxctl("deploy", "--strateyg", "gradual", expect=2).err)
        self.assertIn("wxctl canary --help", wxctl("canary", expect=2).err)
        self.assertIn("Options of all verbs", wxctl("deploy", "--help").out)

    def test_a_plan_says_that_a_deploy_would_be_refused_now(self):
        app = self.installed("held")
        two = app.release("two")
        with app.deploying(two):
            plan = app.wxctl("plan", "--strategy", "gradual", "--release", two, "--set", "soak=5s", "-o", "json").json()
            self.assertIn(app.history()[0]["id"], plan["busy"])
            self.assertIn("would be refused now (exit 5)", app.wxctl("plan", "--strategy", "gradual", "--release", two, "--set", "soak=5s").out)
        app.wxctl("abort")

    def test_status_watches_a_rollout_to_its_end_and_a_dry_run_changes_nothing(self):
        app = self.installed("watched")
        with app.deploying(app.release("two")):
            watching = subprocess.Popen([WXCTL, "--app", app.name, "status", "--watch", "-o", "json"], stdout=subprocess.PIPE, text=True)
            self.addCleanup(watching.stdout.close)
            seen = [json.loads(watching.stdout.readline())]
            rollout = seen[0]["rollout"]["id"]
            for words in (["promote", "--full"], ["pause"], ["resume"], ["retry", "--take-ours"]):
                said = app.wxctl(*words, "--dry-run").out
                self.assertIn(f"would ask {rollout} to {words[0]}", said)
            self.assertIn("and have one active", app.wxctl("abort", "--dry-run").out)
            self.assertIn("would start watched@green.service", app.wxctl("run", "--slot", "green", "--dry-run").out)
            self.assertIn("would back up", app.wxctl("backup", "create", "--dry-run").out)
            self.assertEqual("Progressing", app.phase())
            # It is followed no longer than it is told to.
            self.assertEqual("Progressing", app.wxctl("promote", "--wait", "100ms", "-o", "json", expect=3).json()["phase"])
            app.wxctl("abort")
            seen += [json.loads(line) for line in watching.stdout]
        self.assertEqual([1, "RolledBack"], [watching.wait(), seen[-1]["rollout"]["phase"]])


if __name__ == "__main__":
    world.main()
