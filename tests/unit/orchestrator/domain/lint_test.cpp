#include "orchestrator/domain/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace wx {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Settings = std::vector<std::pair<std::string, std::string>>;

// Four lines; the first step of a test stands on line 5.
const std::string head = "apiVersion: wxctl/v1\nkind: Playbook\nname: own\nsteps:\n";
const std::string begin = "  - backup: {}\n  - install: {}\n  - gate: {checks: [dry-run]}\n";
const std::string end = "  - cutover: {}\n  - gate: {checks: all}\n  - reconcile: {}\n  - confirm: {}\n";

Playbook parsed(const std::string& text, const Settings& settings = {}) {
  auto playbook = parse_playbook("own.yaml", text, settings);
  EXPECT_TRUE(playbook) << playbook.error().message;
  return playbook ? *playbook : Playbook{};
}

Playbook shipped(const std::string& name, const Settings& settings = {}) {
  std::ostringstream text;
  text << std::ifstream(WX_SOURCE_DIR "/playbooks/" + name + ".yaml").rdbuf();
  auto playbook = parse_playbook(name + ".yaml", text.str(), settings);
  EXPECT_TRUE(playbook) << playbook.error().message;
  return playbook ? *playbook : Playbook{};
}

Manifest manifest(bool repeatable) {
  Manifest out;
  out.name = "tides";
  out.program.repeatable = repeatable;
  out.program.timeout = std::chrono::seconds(20);
  return out;
}

// "LINE severity: message" for each.
std::vector<std::string> told(const std::vector<Complaint>& complaints) {
  std::vector<std::string> out;
  for (const auto& complaint : complaints)
    out.push_back(std::to_string(complaint.place.line) + " " + std::string(to_string(complaint.severity)) +
                  ": " + complaint.message);
  return out;
}

std::vector<std::string> about(const std::string& steps, const LintScope& scope = {}) {
  return told(lint(parsed(head + steps), scope));
}

Cadence each(std::chrono::seconds interval) {
  return {1 / static_cast<double>(interval.count())};
}

TEST(Lint, HasNothingToSayAboutWhatIsShipped) {
  const Manifest repeatable = manifest(true);
  for (const char* name : {"gradual", "canary", "blue-green"}) {
    EXPECT_THAT(told(lint(shipped(name), {})), IsEmpty()) << name;
    EXPECT_THAT(told(lint(shipped(name), {&repeatable, {}, each(std::chrono::minutes(5)), false})), IsEmpty())
        << name;
  }
  EXPECT_THAT(told(lint(shipped("rollback"), {})),
              ElementsAre(HasSubstr("warning: rollback is for reading")));
}

TEST(Lint, MissesWhatBringsARolloutToItsEnd) {
  EXPECT_THAT(about("  - preflight: {}\n"),
              ElementsAre("3 error: playbook own has no step install: nothing is brought to the host",
                          "3 error: playbook own has no step cutover: the new version never takes over",
                          "3 error: playbook own has no step confirm: the rollout never ends: the dead-man's "
                          "switch would take it back"));
}

TEST(Lint, WantsAWayBackBeforeTheCutover) {
  EXPECT_THAT(about("  - install: {}\n  - gate: {checks: [dry-run]}\n" + end),
              ElementsAre("7 error: cutover: there is no backup before it, and without one no way back"));
  EXPECT_THAT(about("  - install: {}\n  - gate: {checks: [dry-run]}\n  - cutover: {}\n  - backup: {}\n  - "
                    "gate: {checks: all}\n"
                    "  - confirm: {}\n"),
              Contains("7 error: cutover: there is no backup before it, and without one no way back"));
  EXPECT_THAT(about(begin + end), IsEmpty());
}

TEST(Lint, WantsTheCandidatesPointsBroughtHome) {
  const std::string trial = begin + "  - route: {percent: 10, mode: split}\n  - soak: {for: 1h}\n";
  const std::string forgetful = "  - cutover: {}\n  - gate: {checks: all}\n  - confirm: {}\n";
  const char* lost = "8 error: route: no reconcile follows: points that only the candidate wrote would stay in its bucket";
  EXPECT_THAT(about(trial + end), IsEmpty());
  EXPECT_THAT(about(trial + forgetful), ElementsAre(lost));
  Manifest tides = manifest(true);
  EXPECT_THAT(about(trial + forgetful, {&tides, {}, {}, false}), IsEmpty()) << "it writes no points";
  tides.store.emplace();
  EXPECT_THAT(about(trial + forgetful, {&tides, {}, {}, false}), ElementsAre(lost));
}

TEST(Lint, TellsALeaseThatIsNone) {
  const auto none = parse_playbook("own.yaml", head + begin + "  - cutover: {confirm_within: 0s}\n", {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message,
            "own.yaml:8:31: cutover.confirm_within: must be at least 1s: it is the lease of the way back");
  EXPECT_THAT(
      about(begin + "  - cutover: {confirm_within: 3d}\n  - gate: {checks: all}\n  - confirm: {}\n"),
      ElementsAre("8 warning: cutover: a rollout that nobody drives any more is taken back only after 3d"));
}

TEST(Lint, TellsWhatStandsAtTheWrongPlace) {
  EXPECT_THAT(about("  - route: {percent: 10, mode: split}\n" + begin + "  - analyze: {for: 1h}\n" + end),
              ElementsAre("5 error: route: it stands before install: there is no candidate yet"));
  EXPECT_THAT(about(begin + "  - reconcile: {}\n" + end),
              ElementsAre("8 error: reconcile: it stands before cutover: a candidate's points are copied "
                          "when it has taken over"));
  EXPECT_THAT(about(begin + "  - cutover: {}\n  - analyze: {for: 1h}\n  - confirm: {}\n"),
              ElementsAre("9 error: analyze: it stands behind cutover: nobody is left to compare with; a "
                          "soak looks at the runs of what is "
                          "active"));
  EXPECT_THAT(
      about(begin + "  - cutover: {}\n  - gate: {checks: all}\n  - route: {percent: 10}\n  - reconcile: {}\n  - confirm: {}\n"),
      ElementsAre("10 error: route: it stands behind cutover: nobody is left beside the new version"));
  EXPECT_THAT(
      about(begin + end + "  - reconcile: {}\n"),
      ElementsAre(
          "12 error: reconcile: it stands behind confirm: nothing is taken back any more when it fails"));
  EXPECT_THAT(about(begin + end + "  - notify: {message: done}\n"), IsEmpty());
  EXPECT_THAT(about(begin + "  - confirm: {}\n  - cutover: {}\n"),
              Contains("8 error: confirm: it stands before cutover: there is nothing to confirm yet"));
  EXPECT_THAT(about(begin + "  - cutover: {}\n" + end),
              ElementsAre("9 error: cutover: it stands here for the second time"));
}

TEST(Lint, TellsWhoIsJudgedWithoutRuns) {
  EXPECT_THAT(
      about(begin + "  - analyze: {for: 1h}\n" + end),
      ElementsAre(
          "8 error: analyze: no route before it gives the candidate runs, so there is nothing to look at"));
  EXPECT_THAT(
      about(begin + "  - soak: {for: 1h}\n" + end),
      ElementsAre(
          "8 error: soak: no route before it gives the candidate runs, so there is nothing to look at"));
  EXPECT_THAT(
      about("  - backup: {}\n  - install: {}\n  - gate: {checks: [dry-run], after_runs: 1}\n" + end),
      ElementsAre(
          "7 error: gate: no route before it gives the candidate runs, so there is nothing to look at"));
}

// flagger: with stepWeight 0 the canary's weight never grew, and the rollout never ended.
TEST(KnownFailures, FlaggerCanaryThatNeverAdvances) {
  const std::string step = "  - route: {percent: \"${weight}\", mode: split}\n  - analyze: {for: 1h}\n";
  const std::string text =
      "apiVersion: wxctl/v1\nkind: Playbook\nname: own\nvars: {weight: 0}\nsteps:\n" + begin + step;
  EXPECT_THAT(
      told(lint(parsed(text + end), {})),
      ElementsAre("9 error: route: 0 % give the candidate no run",
                  "10 error: analyze: the candidate has 0 % of the runs, so there is nothing to look at"));
  // A weight that does not grow is told, and ends: each analysis has a limit of its own.
  const auto stuck = parsed(text + step + end, {{"weight", "10"}});
  EXPECT_THAT(
      told(lint(stuck, {})),
      ElementsAre("11 warning: route: the candidate has 10 % already: the rollout does not advance here"));
  for (const auto& spec : stuck.steps)
    if (spec.kind == StepKind::analyze) {
      EXPECT_EQ(spec.longest(Micros{1}), std::chrono::hours(7));
    }
  // Weights so small that the timer never brings the candidate a run.
  const Manifest app = manifest(true);
  EXPECT_THAT(
      told(lint(parsed(text + end, {{"weight", "0.1"}}), {&app, {}, each(std::chrono::hours(1)), false})),
      ElementsAre("10 error: analyze: 0 runs of the candidate are to be expected within its limit of 7h, "
                  "and 2 are needed; complete blocks of 1000 activations count"));
}

TEST(Lint, TellsSharesThatDoNotGrow) {
  const auto route = [](const std::string& percent, const std::string& mode) {
    return "  - route: {percent: " + percent + ", mode: " + mode + "}\n  - analyze: {for: 1h}\n";
  };
  EXPECT_THAT(about(begin + route("30", "split") + route("25", "split") + route("50", "split") + end),
              ElementsAre("10 warning: route: 25 % are less than the 30 % that the candidate has: it is left "
                          "out, and an analyze right behind "
                          "it too"));
  EXPECT_THAT(about(begin + route("100", "mirror") + route("10", "split") + end), IsEmpty());
}

TEST(Lint, KnowsAShareThatIsTakenAway) {
  const std::string off = "  - route: {percent: 0}\n";
  EXPECT_THAT(about(begin + "  - route: {percent: 10, mode: split}\n  - analyze: {for: 1h}\n" + off + end),
              IsEmpty());
  EXPECT_THAT(about(begin + off + end), Contains("8 error: route: 0 % give the candidate no run"));
}

TEST(Lint, TellsWhatNobodyLooksAt) {
  EXPECT_THAT(about(begin + "  - route: {percent: 10, mode: split}\n" + end),
              ElementsAre("8 warning: route: nobody looks at what comes of it"));
  EXPECT_THAT(about(begin + "  - route: {percent: 10, mode: split}\n  - pause: {}\n" + end), IsEmpty());
  EXPECT_THAT(about("  - backup: {}\n  - install: {}\n  - cutover: {}\n  - confirm: {}\n"),
              ElementsAre("7 warning: cutover: the new version takes over untried",
                          "7 warning: cutover: nothing looks at the new version between it and confirm"));
}

TEST(Lint, TellsChecksThatMeanNothing) {
  EXPECT_THAT(about("  - backup: {}\n  - install: {}\n  - gate: {checks: [dry-rnu]}\n" + end,
                    {nullptr, {"all", "dry-run"}, {}, false}),
              ElementsAre("7 error: gate: there is no check \"dry-rnu\" (did you mean \"dry-run\"?)"));
  EXPECT_THAT(
      about("  - backup: {}\n  - install: {}\n  - gate: {checks: all}\n" + end),
      ElementsAre("7 error: gate: all holds checks that only an active version can pass, such as last-run"));
  EXPECT_THAT(about(begin + "  - cutover: {}\n  - gate: {checks: [all, api, api]}\n  - confirm: {}\n"),
              ElementsAre("9 error: gate: all stands for every check and goes alone",
                          "9 warning: gate: the check api is named twice"));
}

TEST(Lint, TellsAMirrorOfWhatMayNotRunTwice) {
  const Manifest once = manifest(false);
  const auto with = [&](const std::string& route) {
    return about(begin + "  - route: " + route + "\n  - soak: {for: 1h}\n" + end, {&once, {}, {}, false});
  };
  EXPECT_THAT(
      with("{percent: 100, mode: mirror}"),
      ElementsAre(
          "8 error: route: mode mirror runs the program twice for one tick, and tides is not repeatable"));
  EXPECT_THAT(with("{percent: 100, mode: mirror, or_split: 10}"), IsEmpty());
  EXPECT_THAT(with("{percent: 10, mode: split, fallback: true}"),
              ElementsAre("8 warning: route: fallback runs the program again for the same tick, and tides is "
                          "not repeatable"));
}

TEST(Lint, TellsWindowsThatAreOverTooSoon) {
  EXPECT_THAT(about(begin +
                    "  - route: {percent: 10, mode: split}\n  - analyze: {for: 2h, limit: 1h}\n  - pause: "
                    "{limit: 0s}\n" +
                    end),
              ElementsAre("9 error: analyze: its limit of 1h is over before the 2h that it lasts",
                          "10 error: pause: limit: 0s leaves nobody the time to answer"));
}

TEST(Lint, TellsJudgementsThatJudgeNothing) {
  const Manifest app = manifest(true);
  EXPECT_THAT(
      about(begin +
                "  - route: {percent: 10, mode: split}\n"
                "  - analyze: {for: 2h, require: safe, on_inconclusive: pass, metrics: [durtion]}\n" +
                end,
            {&app, {}, {}, false}),
      ElementsAre(
          "9 warning: analyze: require: safe means nothing when on_inconclusive lets everything pass",
          HasSubstr("9 error: analyze: there is no metric \"durtion\" (did you mean \"duration\"?)")));
}

TEST(Lint, TellsAnAnalysisThatLooksAtNoRun) {
  const auto judged = [](const std::string& settings) {
    return about(begin + "  - route: {percent: 50, mode: split}\n  - analyze: {" + settings + "}\n" + end);
  };
  EXPECT_THAT(judged("for: 24h, min_runs: 0, require: safe"),
              ElementsAre("9 error: analyze: it looks at no run, so it always passes"));
  EXPECT_THAT(judged("for: 0s, min_runs: 0"),
              ElementsAre("9 error: analyze: it looks at no run, so it always passes"));
  EXPECT_THAT(judged("require: safe"), IsEmpty());
}

TEST(Lint, KnowsTheManifestsMetrics) {
  Manifest app = manifest(true);
  app.checks.resize(2);
  app.checks[0].id = "cache-hits";
  app.checks[0].metric = "hits";
  app.checks[1].id = "dry-run";
  const auto judged_by = [&](const std::string& metric) {
    return about(begin + "  - route: {percent: 10, mode: split}\n  - analyze: {for: 2h, metrics: [" + metric +
                     "]}\n" + end,
                 {&app, {}, {}, false});
  };
  EXPECT_THAT(judged_by("cache-hits"), IsEmpty());
  EXPECT_THAT(judged_by("dry-run"),
              ElementsAre(HasSubstr("9 error: analyze: there is no metric \"dry-run\"")));
}

TEST(Lint, TellsVariablesThatNobodyUsesAndThatNobodyKnows) {
  const std::string text =
      "apiVersion: wxctl/v1\nkind: Playbook\nname: own\nvars: {soak: 1h}\nsteps:\n" + begin;
  EXPECT_THAT(told(lint(parsed(text + end), {})),
              ElementsAre("4 warning: the variable soak is used by no step"));
  EXPECT_THAT(
      about(begin + "  - run: {exec: [\"${relaese}/bin/smoke\"]}\n" + end),
      ElementsAre(HasSubstr("8 error: run: unknown variable ${relaese} (did you mean \"release\"?)")));
}

TEST(Lint, WarnsOfAPauseThatLeavesAFailedVersionActive) {
  EXPECT_THAT(told(lint(parsed(head + begin + end + "on_failure: pause\n"), {})),
              ElementsAre(HasSubstr(
                  "12 warning: on_failure: pause leaves a version that failed after the cutover active")));
}

TEST(Lint, CountsTheRunsThatTheTimerGivesWithinALimit) {
  const Manifest app = manifest(true);
  const auto problems = [&](const Settings& settings, std::chrono::seconds interval) {
    return lint(shipped("canary", settings), {&app, {}, each(interval), false});
  };
  EXPECT_THAT(problems({{"soak", "120s"}}, std::chrono::seconds(2)), IsEmpty());
  const auto hourly = problems({{"soak", "2h"}}, std::chrono::hours(1));
  ASSERT_EQ(hourly.size(), 1U);
  EXPECT_EQ(
      hourly[0].message,
      "analyze: 1 run of the candidate is to be expected within its limit of 14h, and 4 are needed; complete blocks of 10 "
            "activations count");
  EXPECT_EQ(hourly[0].remedy, "for: 6h would do (--set soak=6h)");
  EXPECT_THAT(problems({{"soak", "6h"}}, std::chrono::hours(1)), IsEmpty());
  // The percent is 10 as well, and no duration.
  const auto short_of = problems({{"soak", "10s"}}, std::chrono::seconds(2));
  ASSERT_FALSE(short_of.empty());
  EXPECT_EQ(short_of[0].remedy, "for: 12s would do (--set soak=12s)");
}

TEST(Lint, NeedsNoRunsForWhatIsLeftOut) {
  const Manifest app = manifest(true);
  const auto mirrored = shipped("canary", {{"percent", "100"}, {"mode", "mirror"}, {"soak", "45s"}});
  const auto found = lint(mirrored, {&app, {}, each(std::chrono::minutes(1)), false});
  EXPECT_TRUE(refusal_of(found)) << refusal_of(found).error().message;
  EXPECT_THAT(told(found), Contains(HasSubstr("it is left out, and an analyze right behind it too")));
}

TEST(Lint, CountsTheRunsOfWhatIsActiveAfterTheCutover) {
  const Manifest app = manifest(true);
  const std::string steps =
      begin + "  - cutover: {}\n  - soak: {for: 1m, min_runs: 3, limit: 10m}\n  - confirm: {}\n";
  const auto found = lint(parsed(head + steps), {&app, {}, each(std::chrono::minutes(5)), false});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "soak: 2 runs are to be expected within its limit of 10m, and 3 are needed");
  EXPECT_EQ(found[0].remedy, "limit: 15m would do");
}

TEST(Lint, KnowsATimerThatNeverElapsesAgain) {
  const Manifest app = manifest(true);
  const LintScope never{&app, {}, Cadence{0}, false};
  EXPECT_THAT(told(lint(shipped("gradual", {{"soak", "0s"}}), never)), IsEmpty());
  EXPECT_THAT(
      told(lint(shipped("gradual", {{"soak", "1h"}}), never)),
      Contains(HasSubstr(
          "soak: 0 runs of the candidate are to be expected within its limit of 7h, and 1 is needed")));
  EXPECT_THAT(
      about(begin + "  - cutover: {}\n  - gate: {checks: all, after_runs: 2}\n  - confirm: {}\n", never),
      ElementsAre("9 error: gate: it waits for 2 runs, and the timer never elapses again"));
}

TEST(Lint, LeavesOutOfAFirstDeploymentWhatNeedsAPeer) {
  const Manifest app = manifest(true);
  const Playbook canary = shipped("canary", {{"soak", "2h"}});
  EXPECT_THAT(told(lint(canary, {&app, {}, each(std::chrono::hours(1)), true})), IsEmpty());
}

TEST(Lint, RefusesByErrorsAlone) {
  const auto complaints = lint(parsed(head + "  - backup: {}\n  - install: {}\n  - cutover: {}\n"), {});
  const auto refused = refusal_of(complaints);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_EQ(refused.error().message,
            "own.yaml:3:7: playbook own has no step confirm: the rollout never ends: the dead-man's switch "
            "would take it back");
  EXPECT_EQ(refused.error().remedy, "add - confirm: {}");
  EXPECT_TRUE(refusal_of(lint(parsed(head + begin + end + "on_failure: pause\n"), {})));
}

}  // namespace
}  // namespace wx
