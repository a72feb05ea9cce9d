#include "orchestrator/engine/releases.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "common/adapters/posix_filesystem.hpp"
#include "common/core/files.hpp"
#include "tests/testkit/temp_directory.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Pair;

constexpr const char* source = "/srv/ticks-1";
const std::string program = std::string(source) + "/bin/tick";

class ReleasesTest : public testing::Test {
 protected:
  ReleasesTest() { machine.world.add_release("ticks-1", {"ticks-1"}, "bucket: none\n"); }

  ReleaseInfo inspected(const std::string& directory = source) {
    auto info = releases.inspect(directory);
    EXPECT_TRUE(info) << info.error().message;
    return info ? *info : ReleaseInfo{};
  }
  std::string refusal() {
    const auto info = releases.inspect(source);
    if (info) return "(accepted)";
    EXPECT_EQ(info.error().code, Code::invalid);
    EXPECT_FALSE(info.error().remedy.empty());
    return info.error().message;
  }
  std::string program_refusal() {
    const auto checked = releases.check_program(source, machine.manifest());
    if (checked) return "(accepted)";
    EXPECT_EQ(checked.error().code, Code::invalid);
    EXPECT_FALSE(checked.error().remedy.empty());
    return checked.error().message;
  }
  ReleaseInfo imported() {
    const auto info = inspected();
    const auto done = releases.import(info, source);
    EXPECT_TRUE(done) << done.error().message;
    return info;
  }

  Machine machine;
  Releases releases{machine.ports, machine.layout};
};

TEST_F(ReleasesTest, AreNamedByTheirContent) {
  const auto info = inspected();
  EXPECT_THAT(info.id, MatchesRegex("r-[0-9a-f]{12}"));
  EXPECT_EQ(info.version, "ticks-1");
  EXPECT_FALSE(info.declares_version);
  ASSERT_EQ(info.files.size(), 2U);
  EXPECT_EQ(info.files[0].first, "bin/tick");
  EXPECT_EQ(info.files[1].first, "config.yml");
  // The same content elsewhere is the same release.
  ASSERT_TRUE(copy_tree(machine.files, source, "/srv/copy", 100));
  EXPECT_EQ(inspected("/srv/copy").id, info.id);
}

TEST_F(ReleasesTest, AreOthersWithOtherContentModesOrNames) {
  const auto id = inspected().id;
  machine.files.put(program, "#!/bin/sh\n# other\n", 0755);
  const auto other_content = inspected().id;
  EXPECT_NE(other_content, id);
  machine.files.put(program, "#!/bin/sh\n# other\n", 0700);
  const auto other_mode = inspected().id;
  EXPECT_NE(other_mode, other_content);
  ASSERT_TRUE(machine.files.rename(program, program + "s"));
  const auto other_name = inspected().id;
  EXPECT_NE(other_name, other_mode);
  ASSERT_TRUE(machine.files.make_directory(std::string(source) + "/empty", 0755));
  EXPECT_NE(inspected().id, other_name);
}

TEST_F(ReleasesTest, AreOthersWithLinksToSomethingElse) {
  const std::string link = std::string(source) + "/latest";
  ASSERT_TRUE(machine.files.symlink("bin", link));
  const auto id = inspected().id;
  ASSERT_TRUE(machine.files.remove_file(link));
  ASSERT_TRUE(machine.files.symlink("bin/tick", link));
  EXPECT_NE(inspected().id, id);
  EXPECT_THAT(inspected().files, testing::Contains(Pair("latest", "-> bin/tick")));
}

TEST_F(ReleasesTest, AreTheSameWithAnotherReleaseJson) {
  const auto id = inspected().id;
  machine.files.put(std::string(source) + "/release.json", R"({"version": "1.2.3"})");
  EXPECT_EQ(inspected().id, id);
  EXPECT_EQ(inspected().version, "1.2.3");
  EXPECT_TRUE(inspected().declares_version);
  machine.files.put(std::string(source) + "/release.json", "{");
  EXPECT_EQ(refusal(), "the release cannot be used: /srv/ticks-1/release.json is not JSON");
}

TEST_F(ReleasesTest, ThatAreNoDirectoryAreRefused) {
  const auto absent = releases.inspect("/srv/nothing");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
  EXPECT_EQ(absent.error().message, "there is no release /srv/nothing");
  EXPECT_EQ(releases.inspect(program).error().message, program + " is no directory");
}

TEST_F(ReleasesTest, WithLinksThatLeadNowhereOrOutAreRefused) {
  const std::string link = std::string(source) + "/link";
  const auto with_link = [&](const std::string& target) {
    EXPECT_TRUE(machine.files.remove_file(link));
    EXPECT_TRUE(machine.files.symlink(target, link));
    return refusal();
  };
  EXPECT_EQ(with_link("nothing"),
            "the release cannot be used: /srv/ticks-1/link is a link to nothing, which does not exist");
  EXPECT_THAT(with_link("../other"), HasSubstr("which does not exist"));
  EXPECT_EQ(with_link("../../bin/sh"),
            "the release cannot be used: /srv/ticks-1/link is a link that leads out of the release, to "
            "../../bin/sh");
  EXPECT_THAT(with_link(program),
              HasSubstr("is a link that leads out of the release, to /srv/ticks-1/bin/tick"));
  EXPECT_THAT(with_link("link"), HasSubstr("which does not exist"));
  // A neighbour whose name begins alike is outside.
  machine.files.put("/srv/ticks-10/tick", "");
  EXPECT_THAT(with_link("../ticks-10/tick"), HasSubstr("leads out of the release"));
  EXPECT_EQ(with_link("bin/../config.yml"), "(accepted)");
}

TEST_F(ReleasesTest, WithSetuidBitsAreRefused) {
  for (const std::uint32_t mode : {04755U, 02755U}) {
    ASSERT_TRUE(machine.files.set_mode(program, mode));
    EXPECT_EQ(refusal(), "the release cannot be used: /srv/ticks-1/bin/tick has a setuid or setgid bit");
  }
}

TEST_F(ReleasesTest, KeepNoStickyBits) {
  ASSERT_TRUE(machine.files.make_directory(std::string(source) + "/tmp", 0755));
  ASSERT_TRUE(machine.files.set_mode(std::string(source) + "/tmp", 01777));
  imported();
}

TEST_F(ReleasesTest, OfTooManyEntriesAreRefused) {
  for (int i = 0; i <= 100'000; ++i)
    ASSERT_TRUE(machine.files.symlink("bin", std::string(source) + "/" + std::to_string(i)));
  EXPECT_THAT(refusal(), HasSubstr("100000"));
}

TEST_F(ReleasesTest, AreCopiedIntoTheStore) {
  ASSERT_TRUE(machine.files.symlink("tick", std::string(source) + "/bin/tock"));
  const auto info = imported();
  const std::string target = machine.layout.release(info.id);
  EXPECT_EQ(machine.read(target + "/bin/tick"), machine.read(program));
  EXPECT_EQ(machine.files.info(target + "/bin/tick")->mode, 0755U);
  EXPECT_EQ(*machine.files.read_link(target + "/bin/tock"), "tick");
  machine.files.crash();
  const auto verified = releases.verify(info.id);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->version, "ticks-1");
  EXPECT_FALSE(verified->declares_version);
  EXPECT_THAT(*machine.files.list(machine.layout.releases()), ElementsAre(info.id));
}

TEST_F(ReleasesTest, AreCopiedOnce) {
  imported();
  const auto before = machine.files.dump();
  imported();
  EXPECT_EQ(machine.files.dump(), before);
}

TEST_F(ReleasesTest, AreCopiedAgainWhenTheCopyWasDamaged) {
  const auto info = imported();
  const std::string copy = machine.layout.release(info.id) + "/bin/tick";
  machine.files.put(copy, "#!/bin/sh\nrm -rf\n", 0755);
  const auto verified = releases.verify(info.id);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::failed);
  EXPECT_THAT(verified.error().message, HasSubstr("release " + info.id + " was changed on disk"));
  imported();
  EXPECT_TRUE(releases.verify(info.id));
}

TEST_F(ReleasesTest, ThatChangeWhileTheyAreCopiedAreRefused) {
  const auto info = inspected();
  machine.files.put(program, "#!/bin/sh\n# new\n", 0755);
  const auto done = releases.import(info, source);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the copy of /srv/ticks-1 differs from what was checked");
  EXPECT_FALSE(exists(machine.files, machine.layout.release(info.id)));
}

TEST_F(ReleasesTest, AreVerifiedByEveryKindOfChange) {
  const auto info = imported();
  const std::string target = machine.layout.release(info.id);
  const auto snapshot = machine.files.snapshot();
  ASSERT_TRUE(machine.files.set_mode(target + "/bin/tick", 0700));
  EXPECT_FALSE(releases.verify(info.id));
  machine.files.restore(snapshot);
  machine.files.put(target + "/more", "");
  EXPECT_FALSE(releases.verify(info.id));
  machine.files.restore(snapshot);
  ASSERT_TRUE(machine.files.remove_file(target + "/config.yml"));
  EXPECT_FALSE(releases.verify(info.id));
  machine.files.restore(snapshot);
  EXPECT_TRUE(releases.verify(info.id));
  EXPECT_THAT(releases.verify("r-000000000000").error().message, HasSubstr("release r-000000000000: "));
}

TEST_F(ReleasesTest, NeedTheirProgram) {
  EXPECT_EQ(program_refusal(), "(accepted)");
  ASSERT_TRUE(machine.files.set_mode(program, 0644));
  EXPECT_EQ(program_refusal(), "the release cannot be used: " + program + " is not executable");
  ASSERT_TRUE(machine.files.remove_file(program));
  EXPECT_EQ(program_refusal(), "the release cannot be used: " + program +
                                   " is missing, and the manifest's program.exec names it");
  ASSERT_TRUE(machine.files.make_directory(program, 0755));
  EXPECT_EQ(program_refusal(), "the release cannot be used: " + program + " is no file");
}

TEST_F(ReleasesTest, NeedAnInterpreterThatIsThere) {
  machine.files.put(program, "#!/usr/bin/python9 -u\n", 0755);
  EXPECT_EQ(program_refusal(), "the release cannot be used: " + program +
                                   " names an interpreter that is not there: /usr/bin/python9");
  machine.files.put(program, "#! /bin/sh -e\n", 0755);
  EXPECT_EQ(program_refusal(), "(accepted)");
  machine.files.put(program, "#!sh\n", 0755);
  EXPECT_THAT(program_refusal(), HasSubstr("an interpreter that is not there: sh"));
  machine.files.put(program, "#!", 0755);
  EXPECT_THAT(program_refusal(), HasSubstr("an interpreter that is not there"));
  for (const char* text : {"", "echo hello\n", "MZ"}) {
    machine.files.put(program, text, 0755);
    EXPECT_THAT(program_refusal(), HasSubstr("is neither an ELF program nor a script with #!"));
  }
}

#if defined(__x86_64__) || defined(__aarch64__)
TEST_F(ReleasesTest, NeedAProgramOfThisArchitecture) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_machine = EM_S390;
  const auto text = [&] { return std::string(reinterpret_cast<const char*>(&header), sizeof header); };
  machine.files.put(program, text(), 0755);
  EXPECT_THAT(program_refusal(),
              AllOf(HasSubstr(program + " is built for another architecture"), HasSubstr("ELF machine 22")));
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
#else
  header.e_machine = EM_AARCH64;
#endif
  machine.files.put(program, text(), 0755);
  EXPECT_EQ(program_refusal(), "(accepted)");
}
#endif

TEST_F(ReleasesTest, NeedTheConfigThatTheManifestNames) {
  ASSERT_TRUE(machine.files.remove_file(std::string(source) + "/config.yml"));
  EXPECT_EQ(
      program_refusal(),
      "the release cannot be used: /srv/ticks-1/config.yml is missing, and the manifest's config.template "
      "names it");
}

TEST_F(ReleasesTest, NeedNoProgramThatTheMachineHas) {
  auto manifest = machine.manifest();
  manifest.program.exec = {"/usr/bin/env", "${release}/bin/none"};
  manifest.program.version.clear();
  EXPECT_TRUE(releases.check_program(source, manifest));
}

// What only a real disk can hold.
class ReleasesOnDiskTest : public testing::Test {
 protected:
  ReleasesOnDiskTest() { std::filesystem::create_directories(release + "/bin"); }

  std::string refusal() {
    Machine machine;
    Ports ports{*disk,
                machine.ports.systemd,
                machine.ports.clock,
                machine.ports.journal,
                machine.ports.http,
                machine.ports.stores,
                machine.ports.calendar,
                machine.ports.ids,
                "boot",
                {}};
    const auto info = Releases(ports, machine.layout).inspect(release);
    return info ? "(accepted)" : info.error().message;
  }

  testkit::TempDirectory directory;
  std::string release = directory / "ticks-1";
  std::unique_ptr<FileSystem> disk = make_posix_filesystem();
};

TEST_F(ReleasesOnDiskTest, WithPipesAreRefused) {
  ASSERT_EQ(::mkfifo((release + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal(), "the release cannot be used: " + release + "/pipe is a device, socket or pipe");
}

TEST_F(ReleasesOnDiskTest, OfMoreThanAGigabyteAreRefused) {
  const std::string file = release + "/huge";
  ASSERT_TRUE(disk->write(file, "", 0644));
  std::filesystem::resize_file(file, (1ULL << 30) + 1);  // takes no room: a hole
  EXPECT_EQ(refusal(), "the release cannot be used: " + release + " is larger than 1 GiB");
}

}  // namespace
}  // namespace wx
