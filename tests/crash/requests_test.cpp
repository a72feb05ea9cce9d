// A person's word in every state of a rollout: what is answered, and what it does. One row a state and verb.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/commands.hpp"

namespace wx::crash {
namespace {

using testing::HasSubstr;
using testkit::Behaviour;
using testkit::EffectLog;

constexpr const char* head = "apiVersion: wxctl/v1\nkind: Playbook\nname: table\nvars: {soak: 5m}\n";
constexpr const char* tail =
    "  - cutover: {confirm_within: 5m}\n  - soak: {for: \"${soak}\", checks: [service]}\n  - confirm: {}\n";

// Steps from the beginning to the one that the state is about.
struct State {
  const char* name;
  const char* steps;
  const char* on_failure;
  bool passes_dry_run;
  const char* phase;  // Paused: the request is left when the rollout waits; else a while after its begin
};

const State soaking{"Soaking", "  - soak: {for: 5m}\n", "rollback", true, "Progressing"};
const State undecided{"Undecided", "  - soak: {for: 1s, min_runs: 900, limit: 5s}\n", "rollback", true, "Paused"};
const State awaiting{"AwaitingApproval", "  - pause: {unless: auto}\n", "rollback", true, "Paused"};
const State failed{"Failed", "  - gate: {checks: [dry-run]}\n", "pause", false, "Paused"};
const State promoting{"Promoting", "", "rollback", true, "Promoting"};

struct Row {
  const State& state;
  const char* verb;
  bool full = false;
  bool accepted;
  const char* says;
  const char* phase;  // afterwards
};

class Words : public testing::TestWithParam<Row> {
 protected:
  Words() {
    const State& state = GetParam().state;
    world_.calendar.unreachable = true;  // else a window that stays undecided is refused at once
    world_.files.put(FakeWorld::playbook("table"),
                     head + ("on_failure: " + std::string(state.on_failure)) +
                         "\nsteps:\n  - backup: {}\n  - install: {slot: candidate}\n"
                         "  - route: {percent: 100, mode: mirror}\n" +
                         state.steps + tail);
    const std::string first = world_.add_release("ticks-1", {"one"}, config);
    EXPECT_TRUE(deploy(world_, log_, {"o-1", first}));
    world_.settle();
  }

  void leave() {
    testkit::FakeProcess process(world_, log_);
    Requests requests(process.ports, world_.layout);
    Request request;
    request.verb = GetParam().verb;
    request.full = GetParam().full;
    if (request.verb == "route") request.percent = 25;
    auto left = requests.leave(request);
    ASSERT_TRUE(left) << left.error().message;
    id_ = *left;
  }

  std::optional<Answer> answer() {
    testkit::FakeProcess process(world_, log_);
    Requests requests(process.ports, world_.layout);
    auto got = requests.answer_to(id_);
    return got ? *got : std::nullopt;
  }

  static constexpr const char* config = "interval: 2\nbucket: none\n";
  FakeWorld world_;
  EffectLog log_;
  std::string id_;
};

TEST_P(Words, AreAnsweredAndObeyed) {
  const Row& row = GetParam();
  Behaviour behaviour{"two"};
  behaviour.passes_dry_run = row.state.passes_dry_run;
  const std::string second = world_.add_release("ticks-2", behaviour, config);
  const bool waits = std::string(row.state.phase) == "Paused";
  constexpr Micros a_while{60'000'000};
  if (!waits) world_.clock.at(world_.clock.monotonic() + a_while, [this] { leave(); });
  testkit::FakeProcess process(world_, log_);
  DeployRequest request;
  request.id = "o-2";
  request.manifest_file = FakeWorld::manifest_file;
  request.release = second;
  request.playbook_file = FakeWorld::playbook("table");
  request.settings = {{"soak", "5m"}};
  request.engine_dir = world_.units.engine_dir;
  const auto prepared = prepare_deploy(process.ports, world_.layout, request);
  ASSERT_TRUE(prepared) << prepared.error().message;
  ASSERT_TRUE(create_rollout(process.ports, world_.layout, *prepared));
  auto rollout = open_rollout(process.ports, world_.layout, request.id, world_.units);
  ASSERT_TRUE(rollout) << rollout.error().message;
  auto view = drive(**rollout, {false});
  ASSERT_TRUE(view) << view.error().message;
  if (waits) {
    ASSERT_EQ(view->phase, "Paused") << view->message;
    leave();
    view = drive(**rollout, {false});
    ASSERT_TRUE(view) << view.error().message;
  }
  const auto said = answer();
  ASSERT_TRUE(said) << "nobody answered";
  EXPECT_EQ(said->accepted, row.accepted) << said->message;
  EXPECT_THAT(said->message, HasSubstr(row.says));
  if (!said->accepted) {
    EXPECT_EQ(exit_status(said->code), ExitStatus::failed);
    EXPECT_FALSE(said->remedy.empty());
  }
  EXPECT_EQ(view->phase, row.phase) << view->message;
}

INSTANTIATE_TEST_SUITE_P(
    InEveryState, Words,
    testing::Values(
        Row{soaking, "promote", false, true, "passed by a person", "Healthy"},
        Row{soaking, "promote", true, true, "promoted in full", "Healthy"},
        Row{soaking, "pause", false, true, "is paused", "Paused"},
        Row{soaking, "resume", false, true, "is not paused", "Healthy"},
        Row{soaking, "retry", false, false, "nothing to try again", "Healthy"},
        Row{soaking, "route", false, true, "25 %", "Healthy"},
        Row{undecided, "promote", false, true, "passed by a person", "Healthy"},
        Row{undecided, "pause", false, true, "paused already", "Paused"},
        Row{undecided, "resume", false, true, "goes on", "Paused"},
        Row{undecided, "retry", false, true, "begins again", "Paused"},
        Row{awaiting, "promote", false, true, "passed by a person", "Healthy"},
        Row{awaiting, "promote", true, true, "promoted in full", "Healthy"},
        Row{awaiting, "pause", false, true, "paused already", "Paused"},
        Row{awaiting, "resume", false, false, "waits for approval", "Paused"},
        Row{awaiting, "retry", false, false, "waits for approval", "Paused"},
        Row{failed, "promote", false, true, "passed by a person", "Healthy"},
        Row{failed, "resume", false, false, "failed", "Paused"},
        Row{failed, "retry", false, true, "begins again", "Paused"},
        Row{promoting, "promote", false, true, "passed by a person", "Healthy"},
        Row{promoting, "pause", false, true, "is paused", "Paused"},
        Row{promoting, "route", false, false, "gives no share", "Healthy"}),
    [](const testing::TestParamInfo<Row>& row) {
      return std::string(row.param.state.name) + "_" + row.param.verb + (row.param.full ? "_full" : "");
    });

}  // namespace
}  // namespace wx::crash
