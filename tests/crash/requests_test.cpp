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
constexpr Micros patience{10'000'000};
constexpr const char* tail =
    "  - cutover: {confirm_within: 5m}\n  - soak: {for: \"${soak}\", checks: [service]}\n  - reconcile: {}\n  - confirm: {}\n";

// Steps from the beginning to the one that the state is about.
struct State {
  const char* name;
  const char* steps;
  const char* on_failure;
  bool passes_dry_run;
  const char* phase;  // Pending: the request is left at once; Paused, RollingBack: as soon as it is so; else a while after the begin
  const char* word_before = "";  // said a while after its begin
  bool edited = false;           // somebody else changes a unit file a while after its begin
  Micros first_lasts{30'000};    // a run of the version that is active before
};

constexpr const char* soak = "  - soak: {for: 5m}\n";
constexpr const char* gate = "  - gate: {checks: [dry-run], after_runs: 60}\n";
const State soaking{"Soaking", soak, "rollback", true, "Progressing"};
const State undecided{"Undecided", "  - soak: {for: 1s, min_runs: 900, limit: 5s}\n", "rollback", true, "Paused"};
const State awaiting{"AwaitingApproval", "  - pause: {unless: auto}\n", "rollback", true, "Paused"};
const State failed{"Failed", "  - gate: {checks: [dry-run]}\n", "pause", false, "Paused"};
const State paused{"PausedByAPerson", soak, "rollback", true, "Paused", "pause"};
const State drifted{"PausedByDrift", soak, "rollback", true, "Paused", "", true};
const State judging{"InAGate", gate, "rollback", true, "Progressing"};
const State held{"InAGateThatAPersonPaused", gate, "rollback", true, "Paused", "pause"};
const State held_bad{"InAGateThatAPersonPausedAndThatWillFail", gate, "rollback", false, "Paused", "pause"};
const State promoting{"Promoting", "", "rollback", true, "Promoting"};
// The run that the backup waits for lasts longer than anybody waits for an answer.
const State backing_up{"BackingUp", "", "rollback", true, "Pending", "", false, Micros{18'000'000}};
const State rolling_back{"RollingBack", "  - gate: {checks: [dry-run]}\n", "rollback", false, "RollingBack"};

struct Row {
  const State& state;
  const char* verb;
  bool full = false;
  bool accepted;
  const char* says;
  const char* phase;  // afterwards
  const char* remedy = "";
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
    const std::string first = world_.add_release("ticks-1", {"one", true, true, true, state.first_lasts}, config);
    EXPECT_TRUE(deploy(world_, log_, {"o-1", first}));
    world_.settle();
  }

  // Who asks waits 10 s for the answer.
  void leave() {
    testkit::FakeProcess process(world_, log_);
    Request request;
    request.verb = GetParam().verb;
    request.full = GetParam().full;
    if (request.verb == "route") request.percent = 25;
    const auto left = Requests(process.ports, world_.layout).leave(request);
    ASSERT_TRUE(left) << left.error().message;
    id_ = *left;
    world_.clock.at(world_.clock.monotonic() + patience, [this] {
      fetch();
      gave_up_ = true;
    });
  }

  void fetch() {
    if (said_ || gave_up_) return;
    testkit::FakeProcess process(world_, log_);
    if (const auto got = Requests(process.ports, world_.layout).answer_to(id_)) said_ = *got;
  }

  // What happens meanwhile.
  void before() {
    const State& state = GetParam().state;
    if (state.edited) {
      const std::string entry = world_.layout.unit_dir + "/ticks.service";
      world_.files.put(entry, *world_.files.read(entry, 1 << 20) + "Nice=19\n");
    }
    Request word;
    word.verb = state.word_before;
    if (!word.verb.empty()) ask(world_, word);
  }

  FakeWorld world_;
  EffectLog log_;
  std::string id_;
  std::optional<Answer> said_;
  bool gave_up_ = false;
};

TEST_P(Words, AreAnsweredAndObeyed) {
  const Row& row = GetParam();
  Behaviour behaviour{"two"};
  behaviour.passes_dry_run = row.state.passes_dry_run;
  const std::string second = world_.add_release("ticks-2", behaviour, config);
  const bool waits = std::string(row.state.phase) == "Paused";
  const bool undoing = std::string(row.state.phase) == "RollingBack";
  const Micros in_a_while = world_.clock.monotonic() + Micros{60'000'000};
  world_.clock.at(in_a_while, [this] { before(); });
  if (std::string(row.state.phase) == "Pending") {
    while (world_.systemd.running().empty()) world_.clock.advance(Micros{10'000});
    leave();
  } else if (!waits && !undoing) {
    world_.clock.at(in_a_while, [this] { leave(); });
  }
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
  (*rollout)->journal.watch([&](const JournalRecord& record) {
    if (undoing && record.kind == "undo") leave();
  });
  auto view = drive(**rollout, {false});
  ASSERT_TRUE(view) << view.error().message;
  if (waits) {
    ASSERT_EQ(view->phase, "Paused") << view->message;
    leave();
    view = drive(**rollout, {false});
    ASSERT_TRUE(view) << view.error().message;
  }
  fetch();
  ASSERT_TRUE(said_) << "nobody answered";
  EXPECT_EQ(said_->accepted, row.accepted) << said_->message;
  EXPECT_THAT(said_->message, HasSubstr(row.says));
  EXPECT_THAT(said_->remedy, HasSubstr(row.remedy));
  if (!said_->accepted) {
    EXPECT_EQ(exit_status(said_->code), ExitStatus::failed);
    EXPECT_FALSE(said_->remedy.empty());
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
        Row{failed, "promote", true, true, "promoted in full", "Paused"},
        Row{paused, "promote", false, true, "passed by a person", "Healthy"},
        Row{paused, "promote", true, true, "promoted in full", "Healthy"},
        Row{paused, "pause", false, true, "paused already", "Paused"},
        Row{paused, "resume", false, true, "goes on", "Healthy"},
        Row{paused, "retry", false, false, "paused by a person", "Paused", "wxctl resume"},
        Row{drifted, "promote", false, false, "decides by itself", "Paused", "--take-ours"},
        Row{drifted, "promote", true, false, "decides by itself", "Paused", "--take-ours"},
        Row{drifted, "resume", false, true, "goes on", "Paused"},
        Row{drifted, "retry", false, true, "begins again", "Paused"},
        Row{judging, "promote", false, false, "decides by itself", "Healthy", "wxctl status"},
        Row{judging, "promote", true, true, "promoted in full", "Healthy"},
        Row{judging, "pause", false, true, "is paused", "Paused"},
        Row{held, "promote", false, false, "decides by itself", "Paused", "wxctl resume"},
        Row{held, "promote", true, true, "promoted in full", "Healthy"},
        Row{held, "resume", false, true, "goes on", "Healthy"},
        Row{held_bad, "promote", true, true, "promoted in full", "RolledBack"},
        Row{promoting, "promote", true, true, "promoted in full", "Healthy"},
        Row{promoting, "resume", false, true, "is not paused", "Healthy"},
        Row{promoting, "retry", false, false, "nothing to try again", "Healthy"},
        Row{promoting, "route", false, false, "gives no share", "Healthy"},
        Row{backing_up, "pause", false, true, "is paused", "Paused"},
        Row{backing_up, "promote", false, false, "decides by itself", "Healthy"},
        Row{rolling_back, "promote", true, false, "being rolled back", "RolledBack"},
        Row{rolling_back, "pause", false, false, "being rolled back", "RolledBack"},
        Row{rolling_back, "retry", false, false, "being rolled back", "RolledBack"}),
    [](const testing::TestParamInfo<Row>& row) {
      return std::string(row.param.state.name) + "_" + row.param.verb + (row.param.full ? "_full" : "");
    });

}  // namespace
}  // namespace wx::crash
