"""Going back further than to the predecessor: to any release that was active, to a backup; and what is left behind."""
import world
from world import Walkthrough


class GoingBack(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.old = world.App("old")
        for version in ("one", "two", "three"):
            cls.old.deploy(cls.old.release(version))

    def active_version(self):
        status = self.old.status()
        return status["slots"][status["active"]]["version"]

    def test_a_to_any_release_that_was_active_once(self):
        outcome = self.old.wxctl("rollback", "--to", "one", "--yes", "-o", "json").json()
        self.assertEqual(["RolledBack", self.old.status()["active"]], [outcome["phase"], outcome["active"]])
        self.assertIsNotNone(outcome["verified_ms"])
        self.assertEqual("one", self.active_version())
        self.assertIn("already active", self.old.wxctl("rollback", "--to", "one", "--yes").out)

    def test_b_to_a_backup_with_its_state(self):
        state = self.old.data / "slots" / self.old.status()["active"] / "state"
        (state / "memory.txt").write_text("one remembers")
        backup = self.old.wxctl("backup", "create", "-o", "json").json()["id"]
        self.old.wxctl("rollback", "--to", "three", "--now", "--yes")
        self.assertEqual("three", self.active_version())
        self.old.wxctl("backup", "restore", backup)
        self.assertEqual("one", self.active_version())
        state = self.old.data / "slots" / self.old.status()["active"] / "state"
        self.assertEqual("one remembers", (state / "memory.txt").read_text())
        copy = self.old.directory / "copy"
        self.old.wxctl("backup", "restore", backup, "--into", copy)
        self.assertEqual("one remembers", (copy / "state/memory.txt").read_text())
        before = [each["id"] for each in self.old.wxctl("backup", "list", "-o", "json").json()]
        pruned = self.old.wxctl("backup", "prune", "--keep", "1", "-o", "json").json()
        self.assertEqual(before, [each["id"] for each in pruned])
        gone = [each["id"] for each in pruned if each["removed"]]
        left = [each["id"] for each in self.old.wxctl("backup", "list", "-o", "json").json()]
        self.assertTrue(gone)
        self.assertEqual([each for each in before if each not in gone], left)
        self.assertIn(backup, left, "the newest of the active release")

    def test_c_clean_empties_the_idle_slot(self):
        done = self.old.wxctl("rollback", "--yes", "--clean")
        idle = {"blue": "green", "green": "blue"}[self.old.status()["active"]]
        self.assertIn(idle + " is empty", done.out)
        self.assertEqual([None, False], [self.old.status()["slots"][idle]["release"], (self.old.data / "slots" / idle / "state").exists()])
        self.assertIn("no predecessor", self.old.wxctl("rollback", expect=1).err)

    def test_d_unknown_ones_are_refused_with_what_is_there(self):
        self.assertIn('did you mean "three"', self.old.wxctl("rollback", "--to", "thre", expect=2).err)
        self.assertIn("wxctl backup list", self.old.wxctl("rollback", "--to", "b-20200101T000000Z-0000", expect=2).err)
        self.assertIn("--to BACKUP", self.old.wxctl("rollback", "--to", "three", "--state", expect=2).err)

    def test_e_a_run_by_hand(self):
        run = self.old.wxctl("run", "-o", "json").json()
        self.assertEqual(["active", "success"], [run["role"], run["result"]])
        self.assertIn("is empty", self.old.wxctl("run", "--slot", "green" if self.old.status()["active"] == "blue" else "blue", expect=1).err)

    def test_f_a_spool_that_is_not_empty_keeps_the_slot(self):
        app = self.app("spooling")
        app.manifest["program"].update(flush=["${release}/bin/tick", "--flush"], drain="1s")
        flushing = 'case "$1" in --flush) echo "store is away" >&2; exit 75;; esac\n'
        for version in ("one", "two"):
            app.deploy(app.release(version, tick=world.GOOD.replace("\n", "\n" + flushing, 1)), manifest=app.write_manifest())
        refused = app.wxctl("rollback", "--yes", "--clean", expect=1)
        self.assertIn("one is active again", refused.out)
        self.assertIn("not cleaned: the spool of green", refused.out)
        self.assertIn("store is away", refused.out)
        status = app.status()
        self.assertEqual(["blue", "two"], [status["active"], status["slots"]["green"]["version"]])


if __name__ == "__main__":
    world.main()
