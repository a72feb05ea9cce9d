#include "orchestrator/cli/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "common/core/exit.hpp"
#include "common/core/text.hpp"
#include "tests/unit/orchestrator/cli/terminal.hpp"

namespace wx {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Arguments = std::vector<std::string>;

struct Said {
  int exit = 0;
  std::string out;
  std::string err;
};

class ProgramTest : public testing::Test {
 protected:
  Said run(const Arguments& arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.exit = run_wxctl(terminal.world, arguments);
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }

  Terminal terminal;
};

TEST_F(ProgramTest, ShowsTheExitTableInItsHelp) {
  const auto said = run({"--help"});
  EXPECT_EQ(said.exit, 0);
  const auto lines = split(said.out, '\n');
  for (const auto& row : exit_table) {
    const std::string expected = std::to_string(to_int(row.status)) + "  " + std::string(row.meaning);
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
      return trim(line) == expected;
    })) << expected;
  }
}

// The rows below the heading "## Exit status of wxctl".
std::vector<std::string> table_of_readme() {
  std::ifstream file(WX_SOURCE_DIR "/README.md");
  std::vector<std::string> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## Exit status of wxctl";
    if (inside && line.starts_with("| ")) rows.push_back(line);
  }
  return rows;
}

TEST(Readme, HasTheExitTableRowByRow) {
  std::vector<std::string> expected{"| exit | meaning |"};
  for (const auto& row : exit_table)
    expected.push_back("| " + std::to_string(to_int(row.status)) + " | " + std::string(row.meaning) + " |");
  EXPECT_EQ(table_of_readme(), expected);
}

// "deploy", "backup create" …: what a help names below "Subcommands:".
std::vector<std::string> verbs_in(const std::string& help) {
  std::vector<std::string> verbs;
  const auto lines = split(help, '\n');
  auto line = std::find(lines.begin(), lines.end(), "Subcommands:");
  for (; line != lines.end() && !line->empty(); ++line)
    if (line->starts_with("  ") && (*line)[2] != ' ')
      verbs.push_back(line->substr(2, line->find(' ', 2) - 2));
  return verbs;
}

TEST_F(ProgramTest, EndsTheHelpOfEachVerbWithItsExitStatusesAndAnExampleThatIsUnderstood) {
  std::vector<Arguments> verbs;
  for (const auto& verb : verbs_in(run({"--help"}).out)) verbs.push_back({verb});
  ASSERT_GT(verbs.size(), 20U);
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    Arguments words = verbs[i];
    words.emplace_back("--help");
    const std::string help = run(words).out;
    const auto parts = verbs_in(help);
    for (const auto& part : parts) verbs.push_back({verbs[i].front(), part});
    EXPECT_EQ(parts.empty(), help.find("\nExit status:\n") != std::string::npos) << join(words, " ");
    const std::string begin = "\nExample: wxctl ";
    const std::size_t at = help.find(begin);
    if (at == std::string::npos || words.front() == "sandbox") {
      EXPECT_TRUE(words.size() > 2 || words.front() == "sandbox") << "no example of " << words.front();
      continue;
    }
    std::string example = help.substr(at + begin.size(), help.find('\n', at + 1) - at - begin.size());
    example.resize(std::min(example.size(), example.find(" >")));
    // On this machine nothing is installed: each is refused for that, or does its work.
    EXPECT_THAT(run(split(example, ' ')).err, Not(HasSubstr("--help"))) << example;
  }
}

TEST_F(ProgramTest, MakesAManualPageOfTheSameWords) {
  const auto said = run({"manual"});
  EXPECT_EQ(said.exit, 0);
  EXPECT_THAT(said.out, StartsWith(".TH WXCTL 1 "));
  for (const auto& verb : verbs_in(run({"--help"}).out))
    EXPECT_NE(said.out.find("\n.SS wxctl " + verb + "\n"), std::string::npos) << verb;
  EXPECT_THAT(said.out, HasSubstr("\n.B \\-\\-percent N\n"));
  EXPECT_THAT(said.out, Not(HasSubstr(".SS wxctl engine")));
  EXPECT_THAT(said.out, HasSubstr(".B 130\n"));
}

TEST_F(ProgramTest, TellsItsVersion) {
  const auto said = run({"--version"});
  EXPECT_EQ(said.exit, 0);
  EXPECT_THAT(said.out, StartsWith("wxctl "));
}

TEST_F(ProgramTest, OffersTheNearestVerb) {
  const auto said = run({"--app", "ticks", "rolback"});
  EXPECT_EQ(said.exit, 2);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, StartsWith("wxctl: there is no verb \"rolback\" (did you mean \"rollback\"?)\n"));
}

TEST_F(ProgramTest, OffersTheNearestPartOfAVerb) {
  const auto said = run({"config", "sett", "a=1"});
  EXPECT_EQ(said.exit, 2);
  EXPECT_THAT(said.err, StartsWith("wxctl: there is no verb \"config sett\" (did you mean \"set\"?)\n"));
}

TEST_F(ProgramTest, SaysOfVerbsToComeThatTheyAreNotThereYet) {
  for (const char* verb : {"monitor", "eject"}) {
    const auto said = run({verb});
    EXPECT_EQ(said.exit, 2) << verb;
    EXPECT_THAT(said.err, StartsWith(std::string("wxctl: ") + verb + " is not there yet\n"));
  }
}

TEST_F(ProgramTest, TakesDryRunsAndWaitsWhereverSomethingWouldChange) {
  for (const Arguments& arguments :
       {Arguments{"abort", "--dry-run"}, Arguments{"promote", "--full", "--dry-run", "--wait", "1s"},
        Arguments{"pause", "--dry-run"}, Arguments{"resume", "--dry-run", "--wait", "1s"},
        Arguments{"retry", "--dry-run", "--wait", "1s"}, Arguments{"run", "--dry-run"},
        Arguments{"backup", "create", "--dry-run"}, Arguments{"backup", "prune", "--keep", "1", "--dry-run"}})
    EXPECT_THAT(run(arguments).err, StartsWith("wxctl: no app is installed")) << join(arguments, " ");
}

TEST_F(ProgramTest, ListsChecksWithTheirThresholds) {
  const auto document = nlohmann::json::parse(run({"validate", "--list", "-o", "json"}).out);
  std::map<std::string, nlohmann::json> checks;
  for (const auto& check : document.at("checks")) checks[check.at("id")] = check;
  EXPECT_EQ(checks.at("timer").at("threshold"), "active, enabled");
  EXPECT_EQ(checks.at("timer").at("unit"), nullptr);
  EXPECT_EQ(checks.at("disk").at("threshold"), "100000000");
  EXPECT_EQ(checks.at("disk").at("unit"), "bytes");
  EXPECT_EQ(checks.at("config").at("threshold"), nullptr);
}

TEST_F(ProgramTest, OffersTheNearestOptionForARequiredOneThatWasMistyped) {
  EXPECT_THAT(run({"canary", "--percnt", "25"}).err,
              StartsWith("wxctl: there is no option --percnt (did you mean --percent?)\n"));
  EXPECT_THAT(run({"canary"}).err, StartsWith("wxctl: --percent is required\n"));
}

TEST_F(ProgramTest, OffersTheNearestOption) {
  const auto said = run({"deploy", "--strateggy", "gradual"});
  EXPECT_EQ(said.exit, 2);
  EXPECT_THAT(said.err, StartsWith("wxctl: there is no option --strateggy (did you mean --strategy?)\n"));
}

TEST_F(ProgramTest, RefusesWhatItDoesNotUnderstand) {
  for (const Arguments& arguments :
       {Arguments{"show"}, Arguments{"backup"}, Arguments{"backup", "eat"}, Arguments{"status", "now"},
        Arguments{"--color", "red", "status"}, Arguments{"-o", "xml", "status"},
        Arguments{"-o", "junit", "status"}, Arguments{"--system", "status"}, Arguments{"status", "--app"}}) {
    const auto said = run(arguments);
    EXPECT_EQ(said.exit, 2) << join(arguments, " ");
    EXPECT_EQ(said.out, "") << join(arguments, " ");
    EXPECT_THAT(said.err, StartsWith("wxctl: ")) << join(arguments, " ");
  }
}

TEST_F(ProgramTest, TakesGlobalOptionsBeforeAndAfterTheVerb) {
  run({"status", "-o", "json", "--app", "ticks"});
  EXPECT_TRUE(terminal.world.options.json);
  EXPECT_EQ(terminal.world.options.app, "ticks");
  run({"-q", "--color", "never", "status"});
  EXPECT_TRUE(terminal.world.options.quiet);
  EXPECT_EQ(terminal.world.options.color, ColorWhen::never);
}

TEST_F(ProgramTest, GivesAnExampleInTheHelpOfEachVerb) {
  for (const char* verb : {"deploy", "plan", "rollback", "abort", "status", "runs", "history", "show",
                           "preflight", "validate", "doctor", "init", "backup", "bucket", "sandbox"}) {
    const auto said = run({verb, "--help"});
    EXPECT_EQ(said.exit, 0) << verb;
    EXPECT_THAT(said.out, HasSubstr(std::string("Example: wxctl "))) << verb;
    EXPECT_THAT(run({"--help"}).out, HasSubstr(std::string("\n  ") + verb + " ")) << verb;
  }
}

TEST_F(ProgramTest, AloneTellsHowToBegin) {
  const auto said = run({});
  EXPECT_EQ(said.exit, 0);
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(said.out, HasSubstr("wxctl "));
}

TEST_F(ProgramTest, NamesTheVerbsOfTheReadme) {
  std::ifstream file(WX_SOURCE_DIR "/README.md");
  const std::string help = run({"--help"}).out;
  std::size_t verbs = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string start = "| `wxctl ";
    if (!line.starts_with(start)) continue;
    const std::string verb = line.substr(start.size(), line.find_first_of("` ", start.size()) - start.size());
    EXPECT_THAT(help, HasSubstr("\n  " + verb + " ")) << line;
    ++verbs;
  }
  EXPECT_GT(verbs, 5U);
}

}  // namespace
}  // namespace wx
