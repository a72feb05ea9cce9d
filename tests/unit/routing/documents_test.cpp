#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "orchestrator/routing/route.hpp"
#include "orchestrator/routing/ticket.hpp"

namespace wx {
namespace {

using ::testing::HasSubstr;

Route full_route() {
  Route route;
  route.generation = 7;
  route.app = "ticks";
  route.entry = "ticks.service";
  route.timer = "ticks.timer";
  route.active = Slot::blue;
  route.candidate = Slot::green;
  route.mode = RouteMode::mirror;
  route.percent = 2.5;
  route.fallback = true;
  route.repeatable = true;
  route.seed = "9f3a";
  route.rollout = "o-1";
  route.predecessor = Predecessor{Slot::green, "r-0123456789ab"};
  return route;
}

SlotRun full_run() {
  SlotRun run;
  run.slot = Slot::green;
  run.role = "candidate";
  run.generation = 7;
  run.release = "r-0123456789ab";
  run.version = "ticks-1";
  run.release_dir = "/releases/1";
  run.argv = {"/releases/1/tick", "--name", "a \"b\"\n\xC3\xA9"};
  run.cwd = "/state";
  run.bucket = "ticks";
  run.timeout_s = 1.5;
  run.stop_s = 10;
  run.secrets = {"API_KEY"};
  run.secrets_file = "/app.secrets";
  return run;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RouteDocument, ReadsBackWhatWasWritten) {
  const auto route = full_route();
  const auto back = parse_route(render_route(route)).value();
  EXPECT_EQ(render_route(back), render_route(route));
  EXPECT_EQ(back.generation, 7U);
  EXPECT_EQ(back.percent, 2.5);
  EXPECT_EQ(back.candidate, Slot::green);
  ASSERT_TRUE(back.predecessor);
  EXPECT_EQ(back.predecessor->slot, Slot::green);
  EXPECT_EQ(back.predecessor->release, "r-0123456789ab");
}

TEST(RouteDocument, AllowsNullWhereNothingIsOnTrial) {
  Route route;
  route.entry = "ticks.service";
  const auto back = parse_route(render_route(route)).value();
  EXPECT_FALSE(back.active);
  EXPECT_FALSE(back.timer);
  EXPECT_FALSE(back.predecessor);
}

TEST(RouteDocument, IgnoresKeysItDoesNotKnow) {
  EXPECT_TRUE(parse_route(replaced(render_route(full_route()), "{", "{\"later\":[1],")));
}

TEST(RouteDocument, NamesWhatIsDamaged) {
  const auto text = render_route(full_route());
  const auto complaint = [](const std::string& damaged) {
    const auto route = parse_route(damaged);
    EXPECT_FALSE(route) << damaged;
    return route ? std::string() : route.error().message;
  };
  EXPECT_THAT(complaint(""), HasSubstr("not a JSON object"));
  EXPECT_THAT(complaint(text.substr(0, text.size() / 2)), HasSubstr("not a JSON object"));
  EXPECT_THAT(complaint("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(complaint("{}"), HasSubstr("\"format\" is missing"));
  EXPECT_THAT(complaint(replaced(text, "\"active\":\"blue\"", "\"active\":\"red\"")),
              HasSubstr("\"active\""));
  EXPECT_THAT(complaint(replaced(text, "\"active\":\"blue\"", "\"active\":\"green\"")),
              HasSubstr("\"candidate\""));
  EXPECT_THAT(complaint(replaced(text, "2.5", "101")), HasSubstr("\"percent\""));
  EXPECT_THAT(complaint(replaced(text, "2.5", "\"2.5\"")), HasSubstr("\"percent\" is not a number"));
  EXPECT_THAT(complaint(replaced(text, "mirror", "mirrors")), HasSubstr("\"mode\""));
  EXPECT_THAT(complaint(replaced(text, "\"generation\":7", "\"generation\":-7")),
              HasSubstr("\"generation\""));
  EXPECT_THAT(complaint(replaced(text, "ticks.service", "ticks.timer")), HasSubstr("\"entry\""));
  EXPECT_THAT(complaint(replaced(text, "\"seed\"", "\"sad\"")), HasSubstr("\"seed\" is missing"));
  EXPECT_THAT(complaint(text + std::string(300'000, ' ')), HasSubstr("larger"));
}

TEST(RouteDocument, RefusesANewerFormatAndSaysWhatToDo) {
  const auto route = parse_route(replaced(render_route(full_route()), "\"format\":1", "\"format\":2"));
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::invalid);
  EXPECT_THAT(route.error().message, HasSubstr("format 2"));
  EXPECT_NE(route.error().remedy, "");
}

TEST(SlotRunDocument, ReadsBackWhatWasWritten) {
  const auto run = full_run();
  const auto back = parse_slot_run(render_slot_run(run)).value();
  EXPECT_EQ(render_slot_run(back), render_slot_run(run));
  EXPECT_EQ(back.argv, run.argv);
  EXPECT_EQ(back.timeout_s, 1.5);
  EXPECT_EQ(back.secrets, run.secrets);
}

TEST(SlotRunDocument, RefusesWhatCannotBeRun) {
  const auto text = render_slot_run(full_run());
  EXPECT_FALSE(parse_slot_run(replaced(text, "\"/state\"", "\"state\"")));
  EXPECT_FALSE(parse_slot_run(replaced(text, "\"timeout_s\":1.5", "\"timeout_s\":-1")));
  EXPECT_FALSE(parse_slot_run(replaced(text, "\"timeout_s\":1.5", "\"timeout_s\":1e300")));
  auto nothing = full_run();
  nothing.argv.clear();
  EXPECT_FALSE(parse_slot_run(render_slot_run(nothing)));
}

TEST(InstanceName, StandsBetweenNameAndSuffix) {
  EXPECT_EQ(instance_name("ticks.service", "blue"), "ticks@blue.service");
  EXPECT_EQ(instance_name("a.b.service", "green.check"), "a.b@green.check.service");
  EXPECT_EQ(instance_name("ticks.timer", "blue"), "");
  EXPECT_EQ(instance_name(".service", "blue"), "");
}

TEST(TicketDocument, ReadsBackWhatWasWrittenWithAndWithoutAnOrder) {
  Ticket ticket{"run-0011223344556677", 7, "green", 4711, 123456, 99, std::nullopt};
  EXPECT_EQ(render_ticket(parse_ticket(render_ticket(ticket)).value()), render_ticket(ticket));
  EXPECT_FALSE(parse_ticket(render_ticket(ticket)).value().check);
  ticket.check = CheckOrder{"dry-run", {"/bin/x", "--dry"},         "/", {{"A", "1"}, {"B", "x=y"}},
                            60'000,    "/state/checks/dry-run.json"};
  const auto back = parse_ticket(render_ticket(ticket)).value();
  ASSERT_TRUE(back.check);
  EXPECT_EQ(back.check->argv, ticket.check->argv);
  EXPECT_EQ(back.check->env, ticket.check->env);
  EXPECT_EQ(back.check->output, ticket.check->output);
}

TEST(TicketDocument, RefusesDamage) {
  const Ticket ticket{
      "run-1", 7, "green", 4711, 123456, 99, CheckOrder{"id", {"/bin/x"}, "/", {}, 1, "/out"}};
  const auto text = render_ticket(ticket);
  EXPECT_FALSE(parse_ticket(text.substr(0, text.size() - 3)));
  EXPECT_FALSE(parse_ticket(replaced(text, "\"green\"", "\"grey\"")));
  EXPECT_FALSE(parse_ticket(replaced(text, "[\"/bin/x\"]", "[]")));
  EXPECT_FALSE(parse_ticket(replaced(text, "\"/out\"", "\"out\"")));
  EXPECT_FALSE(parse_ticket(replaced(text, "\"env\":{}", "\"env\":{\"A\":1}")));
}

TEST(CheckOutcomeDocument, KeepsOutputThatIsNotText) {
  CheckOutcome outcome{3, 0, false, 12, 4096, 5, "", "line\n\xFF\x01 end"};
  const auto back = parse_check_outcome(render_check_outcome(outcome)).value();
  EXPECT_EQ(back.exit_status, 3);
  EXPECT_EQ(back.error, "");
  EXPECT_THAT(back.tail, HasSubstr("line\n"));
  EXPECT_THAT(back.tail, HasSubstr("\x01 end"));
  outcome.error = "cannot run /x";
  EXPECT_EQ(parse_check_outcome(render_check_outcome(outcome)).value().error, "cannot run /x");
}

}  // namespace
}  // namespace wx
