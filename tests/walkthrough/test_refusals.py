"""Bad input (exit 2), an environment that is not there (4), somebody else's work (5): nothing changes, and the message says what."""
import copy
import os

import world
from world import ROOT, UNITS, WXCTL, Walkthrough, environment, run


class BadInput(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.app = world.App("strict", world.NEVER)
        cls.app.deploy(cls.app.release("one"))
        cls.two = cls.app.release("two")

    def refuse_manifest(self, says, change=None, text=None):
        manifest = copy.deepcopy(self.app.manifest)
        if change:
            change(manifest)
        file = self.app.write_manifest(text or manifest, "changed.yaml")
        return self.refused(self.app, 2, "-f", file, "deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", "--yes", says=says)

    def refuse_words(self, *words, says, code=2):
        return self.refused(self.app, code, *words, says=says)

    def test_an_unknown_key_with_its_place_and_what_was_meant(self):
        def change(manifest):
            manifest["program"]["timeuot"] = "3s"
        done = self.refuse_manifest(["changed.yaml:", "timeuot", "timeout"], change)
        self.assertRegex(done.err, r"changed\.yaml:\d+:\d+")

    def test_a_wrong_type(self):
        def change(manifest):
            manifest["program"]["timeout"] = ["20s"]
        done = self.refuse_manifest(["timeout"], change)
        self.assertRegex(done.err, r"changed\.yaml:\d+:\d+")

    def test_a_bad_duration(self):
        def change(manifest):
            manifest["program"]["timeout"] = "soon"
        self.refuse_manifest(["soon"], change)

    def test_an_unknown_variable(self):
        def change(manifest):
            manifest["program"]["env"]["X"] = "${bukcet}"
        done = self.refuse_manifest(["bukcet", "bucket"], change)
        self.assertRegex(done.err, r"changed\.yaml:\d+:\d+")

    def test_text_that_is_no_yaml(self):
        done = self.refuse_manifest(["changed.yaml:3"], text="apiVersion: wxctl/v1\nkind: [App\nname: x\n")
        self.assertNotIn("terminate", done.err)

    def test_no_text_at_all(self):
        self.refuse_manifest(["changed.yaml"], text="\n")
        self.refuse_manifest(["changed.yaml"], text="- a list\n")

    def test_a_kind_or_version_of_another_program(self):
        self.refuse_manifest(["apiVersion", "v9"], lambda manifest: manifest.update(apiVersion="wxctl/v9"))
        self.refuse_manifest(["kind", "Pod"], lambda manifest: manifest.update(kind="Pod"))

    def test_a_key_that_is_missing(self):
        self.refuse_manifest(["program"], lambda manifest: manifest.pop("program"))

    def test_a_manifest_that_is_not_there(self):
        self.refuse_words("-f", "nowhere.yaml", "deploy", "--strategy", "gradual", "--release", self.two, says="nowhere.yaml")

    def test_an_unknown_setting(self):
        self.refuse_words("deploy", "--strategy", "gradual", "--release", self.two, "--set", "soka=1s", says=["soka", "soak"])
        self.refuse_words("deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak", says=["soak"])
        self.refuse_words("deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=long", says=["long"])

    def test_an_unknown_strategy(self):
        self.refuse_words("deploy", "--strategy", "gradul", "--release", self.two, says=["gradul", "gradual"])
        self.refuse_words("deploy", "--release", self.two, says=["strategy"])

    def test_an_unknown_verb_or_flag(self):
        self.refuse_words("deplyo", says=["deplyo", "deploy"])
        self.refuse_words("deploy", "--strategie", "gradual", says=["--strategie"])
        self.refuse_words("status", "-o", "xml", says=["xml"])
        self.refuse_words("runs", "--since", "yesterday", says=["yesterday"])
        self.refuse_words("validate", "--check", "tiemr", says=["tiemr", "timer"])

    def test_an_unknown_app_rollout_or_backup(self):
        done = run(WXCTL, "--app", "stric", "status")
        self.assertEqual(2, done.code, done)
        self.assertIn("strict", done.err)
        self.refuse_words("show", "o-nothing", says=["o-nothing"])
        self.refuse_words("backup", "verify", "b-nothing", says=["b-nothing"])
        self.refuse_words("rollback", "--to", "three", says=["ever active", "wxctl history"])

    def test_no_release_named(self):
        self.refuse_words("deploy", "--strategy", "gradual", says=["release"])

    def test_a_playbook_with_an_unknown_step(self):
        playbook = ROOT / "odd.yaml"
        playbook.write_text("apiVersion: wxctl/v1\nkind: Playbook\nname: odd\nsteps:\n  - preflight: {}\n  - cutovr: {}\n")
        self.refuse_words("deploy", "--playbook", playbook, "--release", self.two, says=["odd.yaml:6", "cutovr", "cutover"])

    def test_another_entry_unit_for_an_installed_app(self):
        self.refuse_manifest(["strict.service", "other.service"], lambda manifest: manifest.update(service="other.service"))

    def test_a_secret_that_nobody_knows(self):
        def change(manifest):
            manifest["program"]["secrets"] = ["STRICT_API_KEY"]
        self.refuse_manifest(["STRICT_API_KEY"], change)


class MissingEnvironment(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.app = world.App("poor", world.NEVER)
        cls.app.deploy(cls.app.release("one"))
        cls.two = cls.app.release("two")

    def refuse_change(self, says, change):
        manifest = copy.deepcopy(self.app.manifest)
        change(manifest)
        file = self.app.write_manifest(manifest, "changed.yaml")
        return self.refused(self.app, 4, "-f", file, "deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", says=says)

    def test_no_manager(self):
        env = environment(DBUS_SESSION_BUS_ADDRESS=None, XDG_RUNTIME_DIR=str(ROOT / "nowhere"))
        self.refused(self.app, 4, "deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", "--yes", env=env, says=["no user manager", "wxctl sandbox"])
        self.assertEqual(4, self.app.wxctl("preflight", expect=None, env=env).code)
        self.refused(self.app, 4, "validate", env=env)

    def test_a_store_path_that_is_a_directory(self):
        (ROOT / "directory.db").mkdir()
        self.refuse_change("directory.db", lambda manifest: manifest["store"].update(path=str(ROOT / "directory.db")))

    def test_a_store_that_is_no_database(self):
        (ROOT / "text.db").write_text("These are not the points you are looking for.\n" * 100)
        self.refuse_change("text.db", lambda manifest: manifest["store"].update(path=str(ROOT / "text.db")))

    def test_a_store_where_nothing_can_be_made(self):
        self.refuse_change("/proc/points.db", lambda manifest: manifest["store"].update(path="/proc/points.db"))
        (ROOT / "plain").write_text("")
        self.refuse_change("plain", lambda manifest: manifest["store"].update(path=str(ROOT / "plain/points.db")))

    def test_no_space(self):
        self.refuse_change(["MB free", "100000000 MB"], lambda manifest: manifest["limits"].update(disk="100TB"))

    def test_a_data_directory_that_others_may_write(self):
        self.app.data.chmod(0o777)
        self.addCleanup(self.app.data.chmod, 0o700)
        self.refused(self.app, 4, "deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", says=[str(self.app.data), "chmod"])

    def test_a_data_directory_of_another_group_that_may_write(self):
        if os.getuid() != 0:
            self.skipTest("only root can give a directory to another group")
        os.chown(self.app.data, 0, 1234) if self.may_chown() else self.skipTest("this sandbox knows one group only")
        self.addCleanup(os.chown, self.app.data, 0, 0)
        self.app.data.chmod(0o770)
        self.addCleanup(self.app.data.chmod, 0o700)
        self.refused(self.app, 4, "deploy", "--strategy", "gradual", "--release", self.two, "--set", "soak=0s", says=[str(self.app.data)])

    def may_chown(self):
        try:
            os.chown(self.app.directory, 0, 1234)
            return True
        except OSError:
            return False


class SomebodyElses(Walkthrough):
    def test_a_unit_that_wxctl_did_not_write_is_left_alone(self):
        app = world.App("taken", world.NEVER)
        UNITS.mkdir(parents=True, exist_ok=True)
        unit = UNITS / app.entry
        unit.write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
        self.addCleanup(unit.unlink)
        world.systemctl("daemon-reload")
        done = app.deploy(app.release("one"), expect=2)
        self.assertIn(app.entry, done.err)
        self.assertEqual("[Service]\nType=oneshot\nExecStart=/bin/true\n", unit.read_text())
        self.assertFalse((UNITS / app.timer).exists())
        self.assertFalse((app.data / "current").exists())


if __name__ == "__main__":
    world.main()
