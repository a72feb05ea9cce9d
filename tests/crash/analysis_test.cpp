// Rollouts whose data are judged, on fake time: how they end, and that neither a crash nor an abort nor time
// that passes unseen makes a verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/evidence.hpp"
#include "orchestrator/engine/replay.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testkit::Behaviour;
using testkit::EffectLog;
using testkit::FakeProcess;

// Dies when a verdict so far or a sample is written for the `number`th time.
class DieAtSample final : public EffectObserver {
 public:
  explicit DieAtSample(std::size_t number) : left_(number) {}
  Status before(const Effect& effect) override {
    if (dead_ || (effect.subject.ends_with("/samples") && left_-- == 0)) {
      dead_ = true;
      throw testkit::Killed{};
    }
    return {};
  }
  void after(const Effect&) override {}

 private:
  std::size_t left_;
  bool dead_ = false;
};

class Judged : public testing::Test {
 protected:
  Judged() {
    EXPECT_TRUE(deploy(world_, log_, {"o-1", world_.add_release("ticks-1", {"one"}, config)}));
    world_.settle();
  }

  // A playbook that routes and analyzes so, and then promotes.
  void play(const std::string& route, const std::string& analyze) {
    world_.files.put(FakeWorld::playbook_file,
                     "apiVersion: wxctl/v1\nkind: Playbook\nname: trial\nvars: {soak: 0s}\nsteps:\n"
                     "  - backup: {}\n  - install: {slot: candidate}\n  - route: " +
                         route + "\n  - analyze: " + analyze +
                         "\n  - cutover: {}\n  - soak: {for: \"${soak}\"}\n  - reconcile: {}\n  - confirm: {}\n");
  }
  RolloutView on_trial(const Behaviour& behaviour) {
    const auto view = deploy(world_, log_, {"o-2", world_.add_release("ticks-2", behaviour, config)});
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }
  void killed_while_judged(const Behaviour& behaviour, std::size_t sample) {
    DieAtSample death(sample);
    EXPECT_THROW(
        static_cast<void>(deploy(world_, death, {"o-2", world_.add_release("ticks-2", behaviour, config)})),
        testkit::Killed);
  }
  Replay replayed() {
    FakeProcess process(world_, log_);
    auto replay = replay_analysis(process.ports, world_.layout, "o-2");
    EXPECT_TRUE(replay) << replay.error().message;
    return replay ? *replay : Replay{};
  }
  std::vector<JournalRecord> journal() {
    const auto text = world_.files.read(world_.layout.rollout("o-2") + "/journal", 1 << 20);
    return parse_journal(*text)->records;
  }
  std::size_t measures() {
    std::size_t out = 0;
    for (const auto& record : journal())
      out += record.kind == "measure" && record.fields.contains("metrics") ? 1 : 0;
    return out;
  }

  FakeWorld world_;
  EffectLog log_;
};

TEST_F(Judged, AGoodReleaseIsPromoted) {
  play("{percent: 50, mode: split}", "{for: 30s, min_runs: 4, require: safe}");
  const auto view = on_trial({"two"});
  EXPECT_EQ(view.phase, "Healthy") << view.message;
  EXPECT_EQ(measures(), 1U);
  const Replay replay = replayed();
  EXPECT_EQ(replay.analysis.verdict, Verdict::pass);
  EXPECT_EQ(replay.recorded, "pass");
  EXPECT_GE(replay.analysis.candidate_runs, 4U);
}

TEST_F(Judged, AReleaseThatFailsIsTakenBackWithTheMetricToBlame) {
  play("{percent: 50, mode: split}", "{for: 1h}");
  Behaviour bad{"two"};
  bad.works_as_candidate = false;
  const auto view = on_trial(bad);
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_EQ(view.verdict, "fail");
  EXPECT_THAT(view.message, HasSubstr("failures: 2 of 2 runs of the candidate failed"));
  EXPECT_EQ(replayed().analysis.verdict, Verdict::fail);
}

TEST_F(Judged, ASlowReleaseIsTakenBack) {
  play("{percent: 100, mode: mirror}", "{for: 1h}");
  Behaviour slow{"two"};
  slow.duration = Micros{400'000};
  const auto view = on_trial(slow);
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_THAT(
      view.message,
      HasSubstr("duration: 400 ms, the active slot 30 ms; worse by more than 10 % in 11 of 11 units"));
}

TEST_F(Judged, EvidenceIsCarriedOnOverAReweight) {
  world_.files.put(FakeWorld::playbook_file,
                   "apiVersion: wxctl/v1\nkind: Playbook\nname: trial\nvars: {soak: 0s}\nsteps:\n"
                   "  - backup: {}\n  - install: {slot: candidate}\n"
                   "  - route: {percent: 25, mode: split}\n  - analyze: {for: 30s}\n"
                   "  - route: {percent: 50, mode: split}\n  - analyze: {for: 20s}\n"
                   "  - cutover: {}\n  - soak: {for: \"${soak}\"}\n  - reconcile: {}\n  - confirm: {}\n");
  EXPECT_EQ(on_trial({"two"}).phase, "Healthy");
  // A tick each 2 s: 15 of them in the first step are 3 whole blocks, 10 in the second are 5.
  EXPECT_GE(replayed().analysis.candidate_runs, 7U);
}

TEST_F(Judged, TooFewRunsPauseIt) {
  world_.calendar.unreachable = true;  // where the timer can be asked, such a window is refused at once
  play("{percent: 50, mode: split}", "{for: 10s, min_runs: 1000, limit: 20s}");
  const auto view = on_trial({"two"});
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_EQ(view.verdict, "insufficient");
  EXPECT_EQ(view.exit, 3);
  EXPECT_THAT(view.message, HasSubstr("of the 1000 runs of the candidate needed came"));
  EXPECT_EQ(replayed().analysis.verdict, Verdict::insufficient);
}

TEST_F(Judged, AStoreThatIsGoneIsAnErrorAndNoPass) {
  play("{percent: 50, mode: split}", "{for: 10s, limit: 20s}");
  world_.clock.at(world_.clock.monotonic() + Micros{3'000'000},
                  [this] { world_.stores.remove(world_.layout.data + "/ticks.db"); });
  const auto view = on_trial({"two"});
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_EQ(view.verdict, "error");
  EXPECT_THAT(view.message, HasSubstr("points could not be measured"));
}

TEST_F(Judged, WhatAPersonLetsThroughWhenItIsInconclusiveIsSaid) {
  Behaviour slow{"two"};
  slow.duration = Micros{400'000};
  play("{percent: 100, mode: mirror}", "{for: 5s, limit: 12s, on_inconclusive: fail}");
  const auto failed = on_trial(slow);
  EXPECT_EQ(failed.phase, "RolledBack");
  EXPECT_EQ(failed.verdict, "inconclusive");
}

TEST_F(Judged, InconclusiveIsLetThroughOnlyWhereThePlaybookSaysSo) {
  Behaviour slow{"two"};
  slow.duration = Micros{400'000};
  play("{percent: 100, mode: mirror}", "{for: 5s, limit: 12s, on_inconclusive: pass}");
  EXPECT_EQ(on_trial(slow).phase, "Healthy");
}

// argo-rollouts#1329: an analysis that was aborted counted as a success.
TEST_F(Judged, AnAbortedAnalysisIsCancelledAndPromotesNothing) {
  play("{percent: 50, mode: split}", "{for: 10s, min_runs: 4}");
  killed_while_judged({"two"}, 6);
  world_.clock.advance(Micros{60'000'000});
  const auto view = take_back(world_, log_, "Aborted");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->outcome, "Aborted");
  EXPECT_EQ(view->verdict, "cancelled");
  EXPECT_EQ(measures(), 0U);
  const Replay replay = replayed();
  EXPECT_EQ(replay.analysis.verdict, Verdict::cancelled);
  EXPECT_EQ(replay.recorded, "");
}

// argo-rollouts#3988: a deadline that did not run while the rollout was paused or analysed.
TEST_F(Judged, TheLimitPassesWhileNobodyDrives) {
  world_.calendar.unreachable = true;
  play("{percent: 50, mode: split}", "{for: 10s, min_runs: 1000, limit: 10m}");
  killed_while_judged({"two"}, 2);
  world_.clock.advance(Micros{600'000'000});
  const auto before = world_.clock.monotonic();
  const auto view = resume(world_, log_);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "Paused");
  EXPECT_EQ(view->verdict, "insufficient");
  EXPECT_LT(world_.clock.monotonic() - before, Micros{60'000'000});
}

TEST_F(Judged, ACrashLosesNoEvidenceAndCountsNoneTwice) {
  play("{percent: 50, mode: split}", "{for: 60s, min_runs: 10}");
  killed_while_judged({"two"}, 5);
  world_.clock.advance(Micros{10'000'000});
  const auto view = resume(world_, log_);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->phase, "Healthy") << view->message;
  const Replay replay = replayed();
  for (const auto& finding : replay.analysis.findings) {
    if (finding.metric != "points") continue;
    // Whoever counted them; the newest run may have ended only just before the verdict.
    EXPECT_GE(finding.n + 1, replay.analysis.candidate_runs);
    EXPECT_LE(finding.n, replay.analysis.candidate_runs);
  }
}

TEST_F(Judged, AReplayOfARolloutWithoutAnAnalysisJudgesItsWholeTrial) {
  world_.files.put(FakeWorld::playbook_file,
                   "apiVersion: wxctl/v1\nkind: Playbook\nname: trial\nvars: {soak: 0s}\nsteps:\n"
                   "  - backup: {}\n  - install: {slot: candidate}\n"
                   "  - route: {percent: 100, mode: mirror}\n  - soak: {for: 20s}\n  - cutover: {}\n  - "
                   "soak: {for: \"${soak}\"}\n"
                   "  - reconcile: {}\n  - confirm: {}\n");
  EXPECT_EQ(on_trial({"two"}).phase, "Healthy");
  const Replay replay = replayed();
  EXPECT_EQ(replay.analysis.verdict, Verdict::pass) << replay.analysis.message;
  EXPECT_GE(replay.analysis.candidate_runs, 9U);
}

}  // namespace
}  // namespace wx::crash
