#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "orchestrator/engine/hook_delivery.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* id = "o-1";

Plan a_plan() {
  Plan plan;
  plan.id = id;
  plan.app = "ticks";
  plan.strategy = "gradual";
  plan.from = ReleaseRef{"r-old", "ticks-1"};
  plan.to = {"r-new", "ticks-2"};
  StepSpec step;
  step.kind = StepKind::notify;
  step.message = "half of it is done";
  plan.steps = {step};
  return plan;
}

// Begun, told, paused, ended.
std::vector<JournalRecord> a_story() {
  return {{"header", WallTime{Micros{1'000'000}}, {}, {}},
          {"intent", WallTime{Micros{2'000'000}}, 0, {{"message", "notify"}}},
          {"result", WallTime{Micros{3'000'000}}, 0, {{"message", "half of it is done"}}},
          {"phase",
           WallTime{Micros{4'000'000}},
           0,
           {{"phase", "Paused"}, {"message", "waits"}, {"remedy", "wxctl promote"}}},
          {"end",
           WallTime{Micros{5'000'000}},
           {},
           {{"phase", "Healthy"}, {"outcome", "Promoted"}, {"message", "done"}}}};
}

TEST(HookEvents, AreTheChangesOfPhaseAndWhatThePlaybookSays) {
  const auto events = hook_events(a_plan(), a_story());
  std::vector<std::string> told;
  for (const auto& event : events)
    told.push_back(event.event + " " + event.previous + " " + event.view.phase);
  EXPECT_THAT(told, ElementsAre("phase Pending Progressing", "notify Progressing Progressing",
                                "phase Progressing Paused", "phase Paused Healthy"));
  EXPECT_EQ(events[1].view.message, "half of it is done");
  Manifest manifest;
  manifest.contacts = {"555 0100"};
  const json document = json::parse(render_event(events[2], manifest));
  EXPECT_EQ(document["phase"], "Paused");
  EXPECT_EQ(document["previous_phase"], "Progressing");
  EXPECT_EQ(document["remedy"], "wxctl promote");
  EXPECT_EQ(document["to"]["version"], "ticks-2");
  EXPECT_EQ(document["contacts"], json::array({"555 0100"}));
  EXPECT_EQ(document["outcome"], nullptr);
}

// Answers in turn; the last one again and again.
class ScriptedHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    requests.push_back(request);
    HttpResponse response;
    response.status = answers.empty() ? 200 : answers.front();
    if (answers.size() > 1) answers.erase(answers.begin());
    if (response.status == 0) return Error{Code::unavailable, request.url + " cannot be reached"};
    return response;
  }
  std::vector<long> answers;
  std::vector<HttpRequest> requests;
};

class Hooks : public testing::Test {
 protected:
  static constexpr const char* address = "https://chat.example.org/secret-path";

  // A rollout whose manifest has these hooks, with that story in its journal.
  void rollout(const std::string& hooks) {
    const std::string directory = machine.layout.rollout(id);
    std::string journal;
    for (const auto& record : a_story()) journal += render_record(record);
    machine.files.put(directory + "/plan.json", render_plan(a_plan()));
    machine.files.put(directory + "/manifest.yaml",
                      machine.manifest_text() + "hooks: {on_phase: [" + hooks + "]}\n");
    machine.files.put(directory + "/journal", journal);
  }

  void deliver() {
    const auto done = deliver_events(tools(), id);
    ASSERT_TRUE(done) << done.error().message;
  }

  HookTools tools() {
    return {ports,
            machine.layout,
            [this](const ProcessRequest& request) -> Result<ProcessOutcome> {
              runs.push_back(request);
              return outcome;
            },
            {{"PATH", "/usr/bin"}}};
  }

  std::vector<Delivery> told() {
    auto read = read_deliveries(machine.files, machine.layout, id);
    EXPECT_TRUE(read) << read.error().message;
    return *read;
  }

  Machine machine;
  ScriptedHttp http;
  Ports ports{machine.ports.files,
              machine.ports.systemd,
              machine.ports.clock,
              machine.ports.journal,
              http,
              machine.ports.stores,
              machine.ports.calendar,
              machine.ports.ids,
              "boot-1",
              {}};
  ProcessOutcome outcome;
  std::vector<ProcessRequest> runs;
};

TEST_F(Hooks, CommandsReadTheEventAndAreToldOnce) {
  rollout(R"({exec: [tell, "${app} is ${phase}"], phases: [Paused, Healthy]})");
  deliver();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_THAT(runs[0].argv, ElementsAre("tell", "ticks is Paused"));
  EXPECT_EQ(json::parse(runs[0].input)["message"], "waits");
  EXPECT_EQ(json::parse(runs[1].input)["outcome"], "Promoted");
  deliver();
  EXPECT_EQ(runs.size(), 2U) << "told again";
}

TEST_F(Hooks, ThatFailAreTriedThriceThenLeftAndKeptOnRecord) {
  rollout("{exec: [tell], phases: [Healthy]}");
  outcome.exit_status = 7;
  outcome.output = "no display\n";
  deliver();
  EXPECT_EQ(runs.size(), 3U);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_FALSE(told()[0].delivered);
  EXPECT_EQ(told()[0].attempts, 3);
  EXPECT_EQ(told()[0].message, "ended with status 7: no display");
}

TEST_F(Hooks, OneThatFailsKeepsNothingFromTheOthers) {
  rollout("{exec: [tell], phases: [Healthy]}, {webhook_file: /hook.url, phases: [Healthy]}");
  machine.files.put("/hook.url", std::string(address) + "\n", 0600);
  outcome.signal = 9;
  deliver();
  ASSERT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(http.requests[0].url, address);
  EXPECT_EQ(http.requests[0].method, "POST");
  EXPECT_EQ(json::parse(http.requests[0].body)["phase"], "Healthy");
  ASSERT_EQ(told().size(), 2U);
  EXPECT_FALSE(told()[0].delivered);
  EXPECT_TRUE(told()[1].delivered);
}

TEST_F(Hooks, AServerInTroubleIsAskedAgainAndOneThatRefusesIsNot) {
  rollout("{webhook_file: /hook.url, phases: [Healthy]}");
  machine.files.put("/hook.url", address, 0600);
  http.answers = {503, 0, 200};
  deliver();
  EXPECT_EQ(http.requests.size(), 3U);
  EXPECT_TRUE(told().at(0).delivered);

  ASSERT_TRUE(machine.files.remove_file(machine.layout.rollout(id) + "/hooks.log"));
  http.answers = {404};
  deliver();
  EXPECT_EQ(http.requests.size(), 4U);
  EXPECT_EQ(told().at(0).message, "the server answered with status 404");
}

TEST_F(Hooks, TheAddressOfAWebhookIsASecret) {
  rollout("{webhook_file: /hook.url, phases: [Healthy]}");
  machine.files.put("/hook.url", address, 0644);
  deliver();
  EXPECT_TRUE(http.requests.empty()) << "used although others can read it";
  EXPECT_THAT(told().at(0).message, HasSubstr("can be read by others"));

  ASSERT_TRUE(machine.files.remove_file(machine.layout.rollout(id) + "/hooks.log"));
  machine.files.put("/hook.url", address, 0600);
  http.answers = {0};
  deliver();
  EXPECT_THAT(told().at(0).message, Not(HasSubstr("secret-path")));
}

}  // namespace
}  // namespace wx
