#include "orchestrator/cli/complete.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace wx {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Complete : public testing::Test {
 protected:
  Complete() {
    app_.add_option("--app", text_, "the app")->option_text("NAME");
    app_.add_flag("-q,--quiet", flag_, "say less");
    auto* deploy = app_.add_subcommand("deploy", "bring a release");
    deploy->add_option("--release", text_)->option_text("DIR");
    deploy->add_option("--config", text_)->option_text("FILE");
    deploy->add_option("--mode", text_)->option_text("MODE")->check(CLI::IsMember({"split", "mirror"}));
    deploy->add_flag("--detach", flag_);
    auto* backup = app_.add_subcommand("backup", "backups");
    backup->add_subcommand("list", "list them");
    backup->add_subcommand("verify", "check one")->add_option("backup", text_)->required()->option_text("ID");
    app_.add_subcommand("engine", "")->group("");
    auto* sandbox = app_.add_subcommand("sandbox", "a private manager");
    sandbox->add_option("command", text_);
  }
  Completion of(const std::vector<std::string>& words) {
    return complete(app_, words, [](const std::string& name) { return std::vector<Candidate>{{"<" + name + ">", ""}}; });
  }
  std::vector<std::string> words_of(const std::vector<std::string>& words) {
    std::vector<std::string> out;
    const Completion found = of(words);
    EXPECT_EQ(Completion::Kind::words, found.kind);
    for (const auto& candidate : found.candidates) out.push_back(candidate.word);
    return out;
  }

  CLI::App app_{"", "wxctl"};
  std::string text_;
  bool flag_ = false;
};

TEST_F(Complete, NamesTheVerbsAndNoneThatHelpHides) {
  EXPECT_THAT(words_of({""}), ElementsAre("deploy", "backup", "sandbox"));
  EXPECT_THAT(words_of({"b"}), ElementsAre("backup"));
  EXPECT_THAT(words_of({"backup", ""}), ElementsAre("list", "verify"));
}

TEST_F(Complete, NamesTheOptionsOfTheVerbAndOfAllVerbs) {
  EXPECT_THAT(words_of({"deploy", "--de"}), ElementsAre("--detach"));
  EXPECT_THAT(words_of({"deploy", "-"}), Contains("--app"));
  EXPECT_THAT(words_of({"backup", "list", "-"}), Not(Contains("--detach")));
}

TEST_F(Complete, LeavesFilesAndDirectoriesToTheShell) {
  EXPECT_EQ(Completion::Kind::directories, of({"deploy", "--release", ""}).kind);
  EXPECT_EQ(Completion::Kind::files, of({"deploy", "--config", "app"}).kind);
  EXPECT_EQ(Completion::Kind::files, of({"sandbox", "--", "ls", ""}).kind);
}

TEST_F(Complete, NamesTheWordsThatAValueMayBe) {
  EXPECT_THAT(words_of({"deploy", "--mode", ""}), testing::UnorderedElementsAre("split", "mirror"));
  EXPECT_THAT(words_of({"--app", ""}), ElementsAre("<app>"));
  EXPECT_THAT(words_of({"backup", "verify", ""}), ElementsAre("<backup>"));
  EXPECT_THAT(words_of({"backup", "verify", "b-1", ""}), Not(Contains("<backup>")));
}

TEST_F(Complete, TakesNoValueForAVerb) {
  EXPECT_THAT(words_of({"--app", "deploy", ""}), Contains("backup"));
  EXPECT_THAT(words_of({"-q", "backup", "l"}), ElementsAre("list"));
}

TEST_F(Complete, KnowsNothingOfAnUnknownVerb) { EXPECT_THAT(words_of({"depoly", "--release", "x"}), IsEmpty()); }

TEST_F(Complete, HasAScriptForEachShell) {
  for (const auto* shell : {"bash", "zsh", "fish"})
    EXPECT_THAT(completion_script(shell), testing::HasSubstr("wxctl complete --")) << shell;
  EXPECT_EQ("", completion_script("csh"));
}

}  // namespace
}  // namespace wx
