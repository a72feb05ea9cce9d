"""Releases that are refused before anything is touched: exit 2, and the message names the file."""
import os
import struct

import world
from world import GOOD, Walkthrough


def elf_of_another_machine():
    """The header of an executable for a machine that nobody runs these tests on (AVR)."""
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 2, 83, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + bytes(64)


class BadReleases(Walkthrough):
    @classmethod
    def setUpClass(cls):
        cls.app = world.App("quiet", world.NEVER)
        cls.app.deploy(cls.app.release("one"))

    def refuse(self, release, names):
        """Refused by deploy and plan alike."""
        words = ["--strategy", "gradual", "--release", release, "--set", "soak=0s"]
        self.refused(self.app, 2, "deploy", *words, "--yes", says=names)
        self.refused(self.app, 2, "plan", *words, says=names)

    def refuse_program(self, version, spoil, says):
        release = self.app.release(version)
        spoil(release / "bin/tick")
        self.refuse(release, [f"{version}/bin/tick", says])

    def test_a_program_that_is_missing(self):
        self.refuse_program("missing", lambda program: program.unlink(), "is missing")

    def test_a_program_that_is_not_executable(self):
        self.refuse_program("plain", lambda program: program.chmod(0o644), "not executable")

    def test_a_program_that_is_a_directory(self):
        def spoil(program):
            program.unlink()
            program.mkdir()
        self.refuse_program("directory", spoil, "is no file")

    def test_a_program_for_another_architecture(self):
        self.refuse_program("avr", lambda program: program.write_bytes(elf_of_another_machine()), "architecture")

    def test_a_program_without_an_interpreter(self):
        self.refuse_program("shebang", lambda program: program.write_text("#!/no/such/shell\n"), "/no/such/shell")

    def test_a_program_that_is_empty(self):
        self.refuse_program("empty", lambda program: program.write_bytes(b""), "neither")

    def test_a_setuid_bit(self):
        self.refuse_program("setuid", lambda program: program.chmod(0o4755), "setuid")

    def test_a_setgid_bit_on_a_directory(self):
        release = self.app.release("setgid")
        (release / "bin").chmod(0o2755)
        self.refuse(release, ["setgid/bin", "setuid or setgid"])

    def test_a_link_that_dangles(self):
        release = self.app.release("dangling")
        (release / "lib").symlink_to("nowhere")
        self.refuse(release, ["dangling/lib", "nowhere"])

    def test_links_that_lead_out(self):
        absolute = self.app.release("absolute")
        (absolute / "shell").symlink_to("/bin/sh")
        self.refuse(absolute, ["absolute/shell", "leads out"])
        climbing = self.app.release("climbing")
        (climbing / "peer").symlink_to("../absolute/bin/tick")
        self.refuse(climbing, ["climbing/peer", "leads out"])

    def test_a_program_behind_a_link_that_leads_out(self):
        def spoil(program):
            program.unlink()
            program.symlink_to("/bin/true")
        self.refuse_program("borrowed", spoil, "leads out")

    def test_a_fifo(self):
        release = self.app.release("fifo")
        os.mkfifo(release / "pipe")
        self.refuse(release, ["fifo/pipe", "pipe"])

    def test_a_device(self):
        release = self.app.release("device")
        try:
            os.mknod(release / "null", 0o20644, os.makedev(1, 3))
        except PermissionError:
            self.skipTest("devices cannot be made here")
        self.refuse(release, ["device/null", "device"])

    def test_release_json_that_is_no_json(self):
        release = self.app.release("described", **{"release.json": "{not json"})
        self.refuse(release, ["described/release.json"])

    def test_a_release_that_is_not_there_or_no_directory(self):
        self.refuse(self.app.directory / "nothing", "nothing")
        file = self.app.directory / "file"
        file.write_text(GOOD)
        self.refuse(file, ["file", "no directory"])

    def test_a_first_deployment_that_is_refused_leaves_nothing(self):
        app = world.App("fresh", world.NEVER)
        release = app.release("one")
        (release / "bin/tick").unlink()
        done = app.deploy(release, expect=2)
        self.assertIn("one/bin/tick", done.err)
        self.assertFalse(app.data.exists())
        self.assertFalse(app.installed_manifest.exists())
        self.assertEqual([], list(world.UNITS.glob("fresh*")) + list(world.UNITS.glob("*fresh*")))

    def test_a_link_within_the_release_is_fine(self):
        app = world.App("linked", world.NEVER)
        release = app.release("one")
        (release / "bin/tick").rename(release / "bin/tick-1.0")
        (release / "bin/tick").symlink_to("tick-1.0")
        app.deploy(release)
        self.assertEqual("success", app.runs()[-1]["result"])


if __name__ == "__main__":
    world.main()
