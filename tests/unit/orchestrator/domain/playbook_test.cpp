#include "orchestrator/domain/playbook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Settings = std::vector<std::pair<std::string, std::string>>;

// Five lines; the first step of a test stands on line 6.
const std::string head = R"(apiVersion: wxctl/v1
kind: Playbook
name: slow
vars: {soak: 24h, percent: 10}
steps:
)";

Playbook parsed(const std::string& text, const Settings& settings = {}) {
  auto playbook = parse_playbook("slow.yaml", text, settings);
  EXPECT_TRUE(playbook) << playbook.error().message;
  return std::move(playbook).value();
}

std::string refusal(const std::string& text, const Settings& settings = {}) {
  const auto playbook = parse_playbook("slow.yaml", text, settings);
  if (playbook) return "(accepted)";
  EXPECT_EQ(playbook.error().code, Code::invalid);
  return playbook.error().message;
}

StepSpec only_step(const std::string& line, const Settings& settings = {}) {
  const auto playbook = parsed(head + "  - " + line + "\n", settings);
  EXPECT_EQ(playbook.steps.size(), 1U);
  return playbook.steps.at(0);
}

std::string step_refusal(const std::string& line) {
  return refusal(head + "  - " + line + "\n");
}

TEST(Playbook, KeepsTheOrderOfItsSteps) {
  const auto playbook = parsed(head + "  - preflight: {}\n  - cutover: {}\n  - backup: {}\n");
  EXPECT_EQ(playbook.name, "slow");
  EXPECT_EQ(playbook.on_failure, "rollback");
  ASSERT_EQ(playbook.steps.size(), 3U);
  EXPECT_EQ(playbook.steps[1].kind, StepKind::cutover);
  EXPECT_EQ(playbook.steps[2].kind, StepKind::backup);
}

TEST(Playbook, HasAWordForEveryKindOfStep) {
  for (const char* word : {"preflight", "backup", "install", "configure", "gate", "route", "soak", "analyze",
                           "pause", "cutover", "reconcile", "confirm", "run", "notify"}) {
    const auto kind = parse_step_kind(word);
    ASSERT_TRUE(kind) << word;
    EXPECT_EQ(to_string(*kind), word);
  }
  EXPECT_FALSE(parse_step_kind("teleport"));
}

TEST(Playbook, TakesTheSettingsOfItsSteps) {
  EXPECT_EQ(only_step("configure: {config: merge}").config, "merge");
  EXPECT_EQ(only_step("configure: {}").config, "keep");
  EXPECT_THAT(only_step("gate: {checks: [dry-run, api], after_runs: 2}").checks,
              ElementsAre("dry-run", "api"));
  EXPECT_EQ(only_step("gate: {checks: all, after_runs: 2}").after_runs, 2);
  EXPECT_THAT(only_step("gate: {checks: all}").checks, ElementsAre("all"));
  const auto route = only_step("route: {percent: 12.5, mode: split, fallback: true}");
  EXPECT_EQ(route.percent, 12.5);
  EXPECT_EQ(route.mode, "split");
  EXPECT_EQ(only_step("cutover: {confirm_within: 90s}").confirm_within, 90s);
  EXPECT_EQ(only_step("cutover: {}").confirm_within, 5min);
  EXPECT_EQ(only_step("pause: {unless: auto, limit: 72h}").limit, 72h);
  const auto soak = only_step("soak: {for: 10m, min_runs: 3, limit: 2h, checks: [api]}");
  EXPECT_EQ(soak.duration, 10min);
  EXPECT_EQ(soak.min_runs, 3);
  EXPECT_EQ(soak.limit, 2h);
}

TEST(Playbook, TakesTheSettingsOfAnAnalysis) {
  const auto plain = only_step("analyze: {for: 1h}");
  EXPECT_EQ(plain.require, "no-harm");
  EXPECT_EQ(plain.on_inconclusive, "hold");
  EXPECT_EQ(plain.needed_runs(), 2);
  const auto strict =
      only_step("analyze: {for: 1h, min_runs: 4, limit: 7d, require: safe, on_inconclusive: fail, metrics: [points]}");
  EXPECT_EQ(strict.require, "safe");
  EXPECT_EQ(strict.on_inconclusive, "fail");
  EXPECT_THAT(strict.metrics, ElementsAre("points"));
  EXPECT_EQ(strict.needed_runs(), 4);
  EXPECT_EQ(step_refusal("analyze: {for: 1h, require: sure}"),
            "slow.yaml:6:33: analyze.require: cannot be \"sure\" (known: no-harm, safe)");
}

TEST(Playbook, TellsWhatAProgramGetsThatMayNotRunTwice) {
  EXPECT_EQ(only_step("route: {percent: 100, mode: mirror, or_split: 10}").or_split, 10);
  EXPECT_EQ(only_step("route: {percent: 10, mode: split, fallback: false}").fallback, false);
  EXPECT_EQ(step_refusal("route: {percent: 10, mode: split, or_split: 5}"),
            "slow.yaml:6:49: route.or_split: is for mode mirror: what a program that is not repeatable gets instead");
}

TEST(Playbook, SplitsAtMostInHalf) {
  EXPECT_EQ(only_step("route: {percent: 50, mode: split}").percent, 50);
  EXPECT_EQ(step_refusal("route: {percent: 51, mode: split}"),
            "slow.yaml:6:22: route.percent: a split gives the candidate at most 50 %: above that use mode mirror, or cut over");
}

TEST(Playbook, RoutesAShareThatIsTold) {
  EXPECT_EQ(step_refusal("route: {mode: split}"),
            "slow.yaml:6:12: route.percent: is missing: the candidate's share of the runs");
}

TEST(Playbook, TakesTheWordsOfACommand) {
  EXPECT_THAT(only_step("run: {exec: [make, test], timeout: 5s}").exec, ElementsAre("make", "test"));
  EXPECT_EQ(step_refusal("run: {exec: make}"),
            "slow.yaml:6:17: run.exec: must be a list: the program and its arguments");
}

TEST(Playbook, ReplacesItsVariables) {
  EXPECT_EQ(only_step("soak: {for: \"${soak}\"}").duration, 24h);
  EXPECT_EQ(only_step("soak: {for: \"${soak}\"}", {{"soak", "10m"}}).duration, 10min);
  EXPECT_EQ(only_step("route: {percent: \"${percent}\"}").percent, 10);
  const auto vars = parsed(head + "  - soak: {for: \"${soak}\"}\n", {{"soak", "1s"}}).vars;
  ASSERT_EQ(vars.size(), 2U);
  EXPECT_EQ(vars[0].name, "soak");
  EXPECT_EQ(vars[0].value, "1s");
  EXPECT_EQ(vars[0].place.text(), "slow.yaml:4:8");
  EXPECT_TRUE(vars[0].used);
  EXPECT_EQ(vars[1].value, "10");
  EXPECT_FALSE(vars[1].used);
}

TEST(Playbook, RefusesASettingOfAVariableThatItDoesNotHave) {
  EXPECT_EQ(refusal(head + "  - backup: {}\n", {{"soack", "1h"}}),
            "--set soack=1h: playbook slow has no variable \"soack\" (did you mean \"soak\"?)");
}

TEST(Playbook, RefusesASettingOfTheWrongKindAtThePlaceWhereItIsUsed) {
  EXPECT_EQ(refusal(head + "  - soak: {for: \"${soak}\"}\n", {{"soak", "soon"}}),
            "slow.yaml:6:17: soak.for: must be a duration such as 30s, 10m or 24h, not \"soon\"");
}

TEST(Playbook, TellsUnknownStepsKeysAndVariablesWithTheirPlace) {
  EXPECT_EQ(step_refusal("cutovr: {}"), "slow.yaml:6:5: unknown step \"cutovr\" (did you mean \"cutover\"?)");
  EXPECT_EQ(step_refusal("soak: {for: 1h, min_run: 2}"),
            "slow.yaml:6:21: unknown key \"min_run\" in soak (did you mean \"min_runs\"?)");
  EXPECT_EQ(step_refusal("preflight: {fast: true}"), "slow.yaml:6:17: unknown key \"fast\" in preflight");
  EXPECT_EQ(step_refusal("soak: {for: \"${sok}\"}"),
            "slow.yaml:6:17: soak.for: unknown variable ${sok} (did you mean \"soak\"?)");
  EXPECT_THAT(refusal(head + "  - backup: {}\nstep: x\n"),
              HasSubstr("slow.yaml:7:1: unknown key \"step\" in the playbook (did you mean \"steps\"?)"));
}

TEST(Playbook, TellsWrongValuesWithTheirPlace) {
  EXPECT_EQ(step_refusal("soak: {for: 1 week}"),
            "slow.yaml:6:17: soak.for: must be a duration such as 30s, 10m or 24h, not \"1 week\"");
  for (const std::string percent : {"101", "-1", "most", "nan", "1e3", "10%"})
    EXPECT_EQ(step_refusal("route: {percent: " + percent + "}"),
              "slow.yaml:6:22: route.percent: must be a number from 0 to 100, not \"" + percent + "\"");
  EXPECT_EQ(step_refusal("route: {percent: 5, mode: mirrow}"),
            "slow.yaml:6:31: route.mode: cannot be \"mirrow\" (did you mean \"mirror\"?)");
  EXPECT_EQ(step_refusal("configure: {config: merg}"),
            "slow.yaml:6:25: configure.config: cannot be \"merg\" (did you mean \"merge\"?)");
  EXPECT_EQ(step_refusal("gate: {checks: all, after_runs: 1.5}"),
            "slow.yaml:6:37: gate.after_runs: must be a whole number");
  EXPECT_EQ(step_refusal("gate: {checks: some}"),
            "slow.yaml:6:20: gate.checks: must be a list of check ids or the word all");
  EXPECT_EQ(step_refusal("gate: {checks: {a: b}}"),
            "slow.yaml:6:20: gate.checks: must be a list of check ids or the word all");
  EXPECT_EQ(step_refusal("gate: {checks: [[a]]}"), "slow.yaml:6:21: gate.checks must hold check ids only");
  EXPECT_EQ(step_refusal("cutover: {confirm_within: 10ms}"),
            "slow.yaml:6:31: cutover.confirm_within: must be at least 1s: it is the lease of the way back");
  EXPECT_THAT(step_refusal("install: {slot: blue}"), HasSubstr("slow.yaml:6:21: install.slot: cannot be"));
}

TEST(Playbook, RefusesAGateThatChecksNothing) {
  const std::string why = "gate.checks: must name at least one check, or be the word all";
  EXPECT_EQ(step_refusal("gate: {}"), "slow.yaml:6:11: " + why);
  EXPECT_EQ(step_refusal("gate: {checks: []}"), "slow.yaml:6:20: " + why);
  EXPECT_EQ(step_refusal("gate: {checks: }"), "slow.yaml:6:12: " + why);
  EXPECT_THAT(only_step("soak: {for: 1h, checks: []}").checks, IsEmpty());
}

TEST(Playbook, TakesOneWordWithItsSettingsAsAStep) {
  const std::string why = "a step is one word with its settings, such as - gate: {checks: [dry-run]}";
  EXPECT_EQ(step_refusal("backup"), "slow.yaml:6:5: " + why);
  EXPECT_EQ(step_refusal("{backup: {}, install: {}}"), "slow.yaml:6:5: " + why);
  EXPECT_EQ(refusal(head + "  {}\n"), "slow.yaml:6:3: steps must be a list of steps");
  EXPECT_EQ(step_refusal("backup:"), "slow.yaml:6:5: expected backup to be a map, not an empty value");
}

TEST(Playbook, NeedsItsHead) {
  EXPECT_EQ(refusal("steps: [{backup: {}}]\n"),
            "slow.yaml:1:1: key \"apiVersion\" is missing in the playbook\n"
            "slow.yaml:1:1: key \"kind\" is missing in the playbook\n"
            "slow.yaml:1:1: key \"name\" is missing in the playbook");
  EXPECT_EQ(refusal("apiVersion: wxctl/v9\nkind: App\nname: a\nsteps: [{backup: {}}]\n"),
            "slow.yaml:1:13: apiVersion must be wxctl/v1, not \"wxctl/v9\"\n"
            "slow.yaml:2:7: kind must be Playbook, not \"App\"");
  EXPECT_EQ(refusal("apiVersion: wxctl/v1\nkind: Playbook\nname: a\nvars: [a]\nsteps: [{backup: {}}]\n"),
            "slow.yaml:4:7: vars must be a map of names to values");
  EXPECT_EQ(refusal("apiVersion: wxctl/v1\nkind: Playbook\nname: a\nvars: {a: [b]}\nsteps: [{backup: {}}]\n"),
            "slow.yaml:4:11: vars.a must be a single value");
  EXPECT_THAT(refusal(head + "  - backup: {}\non_failure: panic\n"), HasSubstr("slow.yaml:7:13: on_failure"));
}

TEST(Playbook, DescribesEachStepInOneSentence) {
  EXPECT_EQ(describe(only_step("preflight: {}")), "check the machine");
  EXPECT_EQ(describe(only_step("backup: {}")), "back up program, config, units and state");
  EXPECT_EQ(describe(only_step("install: {slot: candidate}")), "install the release into the free slot");
  EXPECT_EQ(describe(only_step("configure: {config: merge}")),
            "add the release's new settings to the config");
  EXPECT_EQ(describe(only_step("configure: {}")), "keep the config");
  EXPECT_EQ(describe(only_step("gate: {checks: [dry-run, api]}")), "gate: dry-run, api");
  EXPECT_EQ(describe(only_step("gate: {checks: all, after_runs: 2}")), "gate: all after 2 runs");
  EXPECT_EQ(describe(only_step("route: {percent: 12.5, mode: split}")),
            "route 12.5 % of the runs to the candidate, split");
  EXPECT_EQ(describe(only_step("soak: {for: 90m}")), "soak for 1h30m, at least 1 run");
  EXPECT_EQ(describe(only_step("soak: {for: 0s}")), "soak for 0s, at least 0 runs");
  EXPECT_EQ(describe(only_step("cutover: {}")), "cut over to the new version (dead-man's lease 5m)");
  EXPECT_EQ(describe(only_step("confirm: {}")), "confirm: the new version stays");
  for (const char* line : {"analyze: {for: 1h}", "pause: {}", "reconcile: {}", "run: {exec: [make]}", "notify: {}"})
    EXPECT_FALSE(describe(only_step(line)).empty()) << line;
}

TEST(Playbook, SaysHowAStepIsUndoneOnlyWhereThereIsSomethingToUndo) {
  for (const char* line : {"install: {}", "configure: {}", "route: {percent: 1}", "cutover: {}"})
    EXPECT_THAT(describe_undo(only_step(line)), testing::Not(IsEmpty())) << line;
  for (const char* line :
       {"preflight: {}", "backup: {}", "gate: {checks: all}", "soak: {for: 1h}", "confirm: {}"})
    EXPECT_THAT(describe_undo(only_step(line)), IsEmpty()) << line;
}

TEST(Playbook, WaitsSevenTimesAsLongButAtLeastOneRun) {
  EXPECT_EQ(only_step("soak: {for: 1h}").longest(20s), 7h);
  EXPECT_EQ(only_step("soak: {for: 1s}").longest(20s), 20s);
  EXPECT_EQ(only_step("soak: {for: 1h, limit: 5m}").longest(20s), 5min);
}

TEST(Playbook, LooksAtTwoRunsWhenItAnalyzesHoweverShort) {
  EXPECT_EQ(only_step("analyze: {for: 0s}").needed_runs(), 2);
  EXPECT_EQ(only_step("analyze: {require: safe}").needed_runs(), 2);
}

TEST(Playbook, WaitsForOneRunUnlessTheSoakLastsNoTime) {
  EXPECT_EQ(only_step("soak: {for: 1h}").needed_runs(), 1);
  EXPECT_EQ(only_step("soak: {for: 0s}").needed_runs(), 0);
  EXPECT_EQ(only_step("soak: {for: 0s, min_runs: 2}").needed_runs(), 2);
  EXPECT_EQ(only_step("soak: {for: 1h, min_runs: 0}").needed_runs(), 0);
}

TEST(ShippedPlaybooks, AreReadAndNamedLikeTheirFiles) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WX_SOURCE_DIR "/playbooks")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto playbook = parse_playbook(entry.path().filename(), text.str(), {});
    ASSERT_TRUE(playbook) << playbook.error().message;
    EXPECT_EQ(playbook->name, entry.path().stem());
    EXPECT_FALSE(playbook->steps.empty());
    ++count;
  }
  EXPECT_GT(count, 0U);
}

TEST(ShippedPlaybooks, ShortenEverySoakOfGradualWithOneSetting) {
  std::ostringstream text;
  text << std::ifstream(WX_SOURCE_DIR "/playbooks/gradual.yaml").rdbuf();
  const auto soaks = [&](const Settings& settings) {
    std::vector<Micros> out;
    for (const auto& step : parsed(text.str(), settings).steps)
      if (step.kind == StepKind::soak) out.push_back(step.duration);
    return out;
  };
  EXPECT_THAT(soaks({}), ElementsAre(24h, 24h, 24h));
  EXPECT_THAT(soaks({{"soak", "10m"}}), ElementsAre(10min, 10min, 10min));
}

}  // namespace
}  // namespace wx
