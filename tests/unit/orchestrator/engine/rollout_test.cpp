#include "orchestrator/engine/rollout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Fields = std::map<std::string, std::string>;

// Records a second apart.
class Story {
 public:
  Story& then(const std::string& kind, Fields fields = {}, std::optional<int> step = std::nullopt) {
    records.push_back({kind, WallTime{std::chrono::seconds(records.size())}, step, std::move(fields)});
    return *this;
  }
  Story& intent(int step) { return then("intent", {{"message", "step " + std::to_string(step)}}, step); }
  Story& result(int step) { return then("result", {{"message", "done"}}, step); }
  Story& end(const std::string& phase, const std::string& outcome, int exit) {
    return then(
        "end", {{"phase", phase}, {"outcome", outcome}, {"message", "over"}, {"exit", std::to_string(exit)}});
  }

  std::vector<JournalRecord> records;
};

Story begun() {
  return Story().then("header");
}
Story paused() {
  return begun().intent(0).then(
      "phase", {{"phase", "Paused"}, {"message", "insufficient"}, {"verdict", "insufficient"}, {"exit", "3"}},
      0);
}
Story undoing() {
  return begun().intent(3).then("undo", {{"message", "it failed"}, {"verdict", "fail"}});
}

struct Row {
  const char* name;
  Story story;
  const char* phase;
  const char* outcome;
  const char* verdict;
  std::optional<int> exit;
  std::optional<int> step;
  bool ended;
};

TEST(RolloutView, FollowsFromTheRecords) {
  const Row table[] = {
      {"nothing", Story(), "Pending", "", "", {}, {}, false},
      {"header only", begun(), "Progressing", "", "", {}, {}, false},
      {"a step", begun().intent(0), "Progressing", "", "", {}, 0, false},
      {"between steps", begun().intent(0).result(0), "Progressing", "", "", {}, 0, false},
      {"two steps", begun().intent(0).result(0).intent(1), "Progressing", "", "", {}, 1, false},
      {"promoting",
       begun().intent(7).then("phase", {{"phase", "Promoting"}}),
       "Promoting",
       "",
       "",
       {},
       7,
       false},
      {"paused", paused(), "Paused", "", "insufficient", 3, 0, false},
      {"resumed", paused().intent(1), "Progressing", "", "insufficient", {}, 1, false},
      {"undoing", undoing(), "RollingBack", "", "fail", {}, 3, false},
      {"promoted", begun().intent(9).result(9).end("Healthy", "Promoted", 0), "Healthy", "Promoted", "", 0, 9,
       true},
      {"rolled back", undoing().then("undone").end("RolledBack", "RolledBack", 1), "RolledBack", "RolledBack",
       "fail", 1, 3, true},
      {"aborted", undoing().end("RolledBack", "Aborted", 0), "RolledBack", "Aborted", "fail", 0, 3, true},
      {"person needed", undoing().end("Failed", "Failed", 6), "Failed", "Failed", "fail", 6, 3, true},
      {"unknown kinds", begun().then("weather", {{"phase", "Sunny"}}), "Progressing", "", "", {}, {}, false},
  };
  for (const auto& row : table) {
    const auto view = view_of(Plan{}, row.story.records);
    EXPECT_EQ(view.phase, row.phase) << row.name;
    EXPECT_EQ(view.outcome, row.outcome) << row.name;
    EXPECT_EQ(view.verdict, row.verdict) << row.name;
    EXPECT_EQ(view.exit, row.exit) << row.name;
    EXPECT_EQ(view.step, row.step) << row.name;
    EXPECT_EQ(view.ended(), row.ended) << row.name;
  }
}

TEST(RolloutView, IsPromotingFromTheCutoverOnWhateverAPersonSays) {
  Plan plan;
  plan.steps.resize(2);
  plan.steps[0].kind = StepKind::cutover;
  plan.steps[1].kind = StepKind::gate;
  const auto in_full = begun().intent(0).result(0).intent(1).then("request", {{"verb", "promote"}, {"full", "yes"}});
  EXPECT_EQ(view_of(plan, in_full.records).phase, "Promoting");
}

TEST(RolloutView, SpansFromTheHeaderToTheEnd) {
  const auto view = view_of(Plan{}, begun().intent(0).end("Healthy", "Promoted", 0).records);
  EXPECT_EQ(view.started, WallTime{0s});
  EXPECT_EQ(view.finished, WallTime{2s});
  EXPECT_EQ(view.message, "over");
}

TEST(RolloutView, HoldsWhatWasMeasured) {
  const auto measured =
      begun().then("measure", {{"switched_ms", "12"}, {"verified_ms", "340"}, {"version", "ticks-9"}});
  const auto view = view_of(Plan{}, measured.records);
  EXPECT_EQ(view.switched_ms, 12);
  EXPECT_EQ(view.verified_ms, 340);
  EXPECT_EQ(view.plan.to.version, "ticks-9");
}

TEST(RolloutView, ForgetsTheMeasuresOfTheCutoverWhenItIsTakenBack) {
  const auto view = view_of(Plan{}, begun()
                                        .then("measure", {{"switched_ms", "12"}, {"verified_ms", "34"}})
                                        .then("undo", {{"message", "x"}})
                                        .then("measure", {{"switched_ms", "5"}})
                                        .records);
  EXPECT_EQ(view.switched_ms, 5);
  EXPECT_EQ(view.verified_ms, std::nullopt);
}

class RolloutsTest : public testing::Test {
 protected:
  void store(const std::string& id, std::int64_t second, bool ended) {
    Plan plan;
    plan.id = id;
    plan.created = WallTime{std::chrono::seconds(second)};
    const std::string directory = machine.layout.rollout(id);
    machine.files.put(directory + "/plan.json", render_plan(plan));
    std::string journal;
    auto story = begun();
    if (ended) story.end("Healthy", "Promoted", 0);
    for (const auto& record : story.records) journal += render_record(record);
    machine.files.put(directory + "/journal", journal);
  }
  std::vector<std::string> listed() {
    std::vector<std::string> ids;
    const auto list = list_rollouts(machine.files, machine.layout);
    EXPECT_TRUE(list);
    for (const auto& view : *list) ids.push_back(view.plan.id);
    return ids;
  }

  Machine machine;
};

TEST_F(RolloutsTest, AreNoneBeforeTheFirst) {
  EXPECT_TRUE(listed().empty());
  EXPECT_FALSE(rollout_in_progress(machine.files, machine.layout)->has_value());
}

TEST_F(RolloutsTest, AreListedByWhenTheyBeganNewestFirst) {
  store("o-b", 1, true);
  store("o-c", 3, true);
  store("o-a", 2, true);
  EXPECT_THAT(listed(), ElementsAre("o-c", "o-a", "o-b"));
}

TEST_F(RolloutsTest, ThatAreDamagedOrNeverBeganAreLeftOut) {
  store("o-a", 1, true);
  store("o-b", 2, true);
  machine.files.put(machine.layout.rollout("o-b") + "/plan.json", "{");
  store("o-c", 3, true);
  machine.files.put(machine.layout.rollout("o-c") + "/journal", "");
  store("o-d", 4, true);
  EXPECT_TRUE(machine.files.remove_file(machine.layout.rollout("o-d") + "/journal"));
  EXPECT_THAT(listed(), ElementsAre("o-a"));
}

TEST_F(RolloutsTest, OfANewerFormatAreNotOverlooked) {
  store("o-a", 1, true);
  store("o-b", 2, false);
  const std::string path = machine.layout.rollout("o-b") + "/plan.json";
  std::string text = machine.read(path);
  machine.files.put(path, text.replace(text.find("\"format\": 1"), 11, "\"format\": 2"));
  for (const auto& error : {list_rollouts(machine.files, machine.layout).error(),
                            rollout_in_progress(machine.files, machine.layout).error(),
                            find_rollout(machine.files, machine.layout, "o-a").error()}) {
    EXPECT_EQ(error.code, Code::invalid);
    EXPECT_EQ(error.message, "rollout o-b: the plan was written by a newer wxctl");
  }
}

TEST_F(RolloutsTest, AreFoundByTheirIdOrTheNearestIsNamed) {
  store("o-20261124T080000Z-1a2b", 1, true);
  EXPECT_EQ(find_rollout(machine.files, machine.layout, "o-20261124T080000Z-1a2b")->plan.id,
            "o-20261124T080000Z-1a2b");
  const auto missing = find_rollout(machine.files, machine.layout, "o-20261124T080000Z-1a2c");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_EQ(missing.error().message,
            "there is no rollout \"o-20261124T080000Z-1a2c\" (did you mean \"o-20261124T080000Z-1a2b\"?)");
}

TEST_F(RolloutsTest, AreInProgressUntilTheyHaveEnded) {
  store("o-a", 1, false);
  store("o-b", 2, true);
  const auto running = rollout_in_progress(machine.files, machine.layout);
  ASSERT_TRUE(running && *running);
  EXPECT_EQ((*running)->plan.id, "o-a");
  store("o-a", 1, true);
  EXPECT_FALSE(rollout_in_progress(machine.files, machine.layout)->has_value());
}

}  // namespace
}  // namespace wx
