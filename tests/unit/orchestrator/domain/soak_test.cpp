#include "orchestrator/domain/soak.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wx {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{1'000'000s};
constexpr Micros run_limit = 20s;

// Runs in the order of their begin, a second apart.
class History {
 public:
  History& active(const std::string& result) { return add("blue", "active", result, std::nullopt); }
  // A mirrored pair: the active run and the candidate's beside it.
  History& pair(const std::string& active_result, const std::string& candidate_result) {
    active(active_result);
    return add("green", "candidate", candidate_result, runs.back().id);
  }
  // A run that the candidate was given instead of the active slot.
  History& split(const std::string& result) { return add("green", "candidate", result, std::nullopt); }
  History& promoted(const std::string& result) { return add("green", "active", result, std::nullopt); }

  std::vector<Run> runs;

 private:
  History& add(const std::string& slot, const std::string& role, const std::string& result,
               std::optional<std::string> mirror_of) {
    Run run;
    run.id = "run-" + std::to_string(runs.size());
    run.at = start + std::chrono::seconds(runs.size());
    run.slot = slot;
    run.role = role;
    run.mirror_of = std::move(mirror_of);
    if (!result.empty()) run.result = result;
    if (result == "failure") run.exit_status = 3;
    runs.push_back(run);
    return *this;
  }
};

StepSpec soak(Micros duration, std::optional<int> min_runs = std::nullopt) {
  StepSpec step;
  step.kind = StepKind::soak;
  step.duration = duration;
  step.min_runs = min_runs;
  return step;
}

SoakView before_cutover(const StepSpec& step, const History& history, Micros elapsed) {
  return judge_soak({step, Slot::green, false, start, start, start + elapsed, run_limit}, history.runs);
}

SoakView after_cutover(const StepSpec& step, const History& history, Micros elapsed) {
  return judge_soak({step, Slot::green, true, start, start, start + elapsed, run_limit}, history.runs);
}

TEST(Soak, GoesOnUntilItsTimeHasPassed) {
  const auto history = History().pair("success", "success").pair("success", "success");
  EXPECT_EQ(before_cutover(soak(1h), history, 59min).state, SoakState::going);
  EXPECT_EQ(before_cutover(soak(1h), history, 59min).message, "2 runs of green so far");
  const auto view = before_cutover(soak(1h), history, 1h);
  EXPECT_EQ(view.state, SoakState::passed);
  EXPECT_EQ(view.ended, 2U);
  EXPECT_EQ(view.message, "2 runs of green ended well");
}

TEST(Soak, WaitsForTheRunsItNeeds) {
  const auto one = History().pair("success", "success");
  EXPECT_EQ(before_cutover(soak(1h, 2), one, 2h).state, SoakState::going);
  EXPECT_EQ(before_cutover(soak(1h, 2), History(one).pair("success", "success"), 2h).state,
            SoakState::passed);
}

TEST(Soak, ThatLastsNoTimePassesWithoutARun) {
  EXPECT_EQ(before_cutover(soak(0s), {}, 0s).state, SoakState::passed);
  EXPECT_EQ(before_cutover(soak(0s, 1), {}, 0s).state, SoakState::going);
}

TEST(Soak, IsInsufficientWhenTheRunsDoNotComeWithinItsLimit) {
  const auto view = before_cutover(soak(1h), {}, 7h);
  EXPECT_EQ(view.state, SoakState::insufficient);
  EXPECT_EQ(view.message, "only 0 of the 1 runs needed ended within 7h");
  EXPECT_EQ(before_cutover(soak(1h), {}, 7h - 1s).state, SoakState::going);
  auto step = soak(1h, 3);
  step.limit = 90min;
  EXPECT_EQ(before_cutover(step, History().pair("success", "success"), 90min).state, SoakState::insufficient);
}

TEST(Soak, ForgivesTheCandidateOneFailureBesideSuccesses) {
  const auto history =
      History().pair("success", "success").pair("success", "failure").pair("success", "success");
  const auto view = before_cutover(soak(1h), history, 1h);
  EXPECT_EQ(view.state, SoakState::passed);
  EXPECT_EQ(view.message,
            "1 of 3 runs of green failed, the last with failure (exit 3); it has succeeded since");
}

TEST(Soak, WaitsForTheNextRunWhenTheOnlyOneFailed) {
  const auto once = History().pair("success", "failure");
  EXPECT_EQ(before_cutover(soak(1h), once, 1h).state, SoakState::going);
  EXPECT_EQ(before_cutover(soak(0s), once, 1s).state, SoakState::going) << "though it asks for no run";
  EXPECT_EQ(before_cutover(soak(1h), History(once).pair("success", "success"), 1h).state, SoakState::passed);
  const auto twice = before_cutover(soak(1h), History(once).pair("success", "failure"), 1min);
  EXPECT_EQ(twice.state, SoakState::failed);
  EXPECT_EQ(twice.message, "2 of 2 runs of green failed, the last with failure (exit 3)");
}

TEST(Soak, WaitsForTheNextRunWhenTheNewestFailed) {
  const auto history = History().pair("success", "success").pair("success", "failure");
  EXPECT_EQ(before_cutover(soak(1h), history, 1h).state, SoakState::going);
  const auto late = before_cutover(soak(1h), history, 7h);
  EXPECT_EQ(late.state, SoakState::insufficient);
  EXPECT_EQ(
      late.message,
      "1 of 2 runs of green failed, the last with failure (exit 3), and none succeeded after it within 7h");
}

TEST(Soak, CountsFailuresOnFromTheSoakBeforeIt) {
  const auto history = History()
                           .pair("success", "success")
                           .pair("success", "failure")
                           .pair("success", "success")
                           .pair("success", "failure");
  // The second soak began after the first failure: at the fifth of these runs, which are a second apart.
  const auto view =
      judge_soak({soak(1h), Slot::green, false, start, start + 4s, start + 1min, run_limit}, history.runs);
  EXPECT_EQ(view.state, SoakState::failed);
  EXPECT_EQ(view.message, "2 of 4 runs of green failed, the last with failure (exit 3)");
  EXPECT_EQ(view.ended, 2U) << "within the second soak";
}

TEST(Soak, DoesNotBlameTheCandidateWhenItsPairFailedToo) {
  const auto both =
      History().pair("failure", "failure").pair("timeout", "failure").pair("success", "failure");
  EXPECT_EQ(before_cutover(soak(1h), both, 1h).state, SoakState::going)
      << "nothing shows yet that it can succeed";
  EXPECT_EQ(before_cutover(soak(1h), History(both).pair("success", "success"), 1h).state, SoakState::passed);
}

TEST(Soak, BlamesARunWithoutAPairByTheActiveRunBeforeIt) {
  const auto good_peer = History().active("success").split("failure").split("failure");
  EXPECT_EQ(before_cutover(soak(1h), good_peer, 1min).state, SoakState::failed);
  const auto bad_peer = History().active("success").active("failure").split("failure").split("failure");
  EXPECT_EQ(before_cutover(soak(1h), bad_peer, 1min).state, SoakState::going);
  const auto later_peer = History().split("failure").split("failure").active("success");
  EXPECT_EQ(before_cutover(soak(1h), later_peer, 1min).state, SoakState::going);
}

TEST(Soak, FailsAtTheFirstFailedRunAfterTheCutover) {
  const auto view = after_cutover(soak(1h), History().promoted("success").promoted("signal"), 1min);
  EXPECT_EQ(view.state, SoakState::failed);
  EXPECT_EQ(view.message, "1 of 2 runs of green failed, the last with signal");
}

TEST(Soak, IgnoresMirroredRunsFromBeforeTheCutover) {
  const auto view = after_cutover(soak(1h), History().pair("success", "failure").promoted("success"), 1h);
  EXPECT_EQ(view.state, SoakState::passed);
  EXPECT_EQ(view.ended, 1U);
}

TEST(Soak, CountsNeitherLostRunsNorThoseInProgressNorThoseOfTheOtherSlot) {
  const auto history = History().promoted("lost").promoted("").active("failure");
  const auto view = after_cutover(soak(1h), history, 2h);
  EXPECT_EQ(view.state, SoakState::going);
  EXPECT_EQ(view.ended, 0U);
}

TEST(Soak, TakesADegradedRunForASuccess) {
  EXPECT_EQ(after_cutover(soak(1h), History().promoted("degraded"), 1h).state, SoakState::passed);
}

TEST(Soak, LooksOnlyAtRunsThatBeganWithinIt) {
  auto history = History().promoted("failure").promoted("success");
  history.runs[0].at = start - 1s;
  EXPECT_EQ(after_cutover(soak(1h), history, 1h).ended, 1U);
  EXPECT_EQ(after_cutover(soak(1h), history, 1h).state, SoakState::passed);
}

TEST(Soak, DoesNotEndEarlyWhenTheClockWasSetBack) {
  EXPECT_EQ(before_cutover(soak(1h), History().pair("success", "success"), -2h).state, SoakState::going);
}

}  // namespace
}  // namespace wx
