#include "orchestrator/routing/ledger.hpp"

#include <gtest/gtest.h>

#include <string>

#include "orchestrator/routing/ledger_lines.hpp"

namespace wx {
namespace {

constexpr std::int64_t timeout_ms = 20'000;

Run begin(const std::string& id) {
  Run run;
  run.id = id;
  run.at = WallTime(Micros(1'000'000));
  run.slot = "blue";
  run.role = "active";
  run.release = "r-1";
  run.generation = 3;
  run.trigger = "timer";
  run.counted = true;
  return run;
}

RanLine ran(const std::string& id, int exit_status = 0, int signal = 0, bool timed_out = false) {
  return {id, WallTime(Micros(2'000'000)), exit_status, signal, timed_out, 812, 4096, 7, "abc"};
}

Ledger read(const std::string& text, bool in_progress = false) {
  return read_ledger(
      text, [=](const Run&) { return in_progress; }, [](const Run&) { return timeout_ms; });
}

Ledger so_far(const LedgerReader& reader) {
  return reader.ledger([](const Run&) { return true; }, [](const Run&) { return timeout_ms; });
}

std::string result(const std::string& text, bool in_progress = false) {
  const auto ledger = read(text, in_progress);
  return ledger.runs.at(0).result.value_or("null");
}

TEST(Ledger, ReadInPiecesTellsTheSameAsReadAtOnce) {
  const std::string text = render_begin(begin("run-1")) + render_ran(ran("run-1", 3)) + "torn {\n" +
                           render_begin(begin("run-2")) +
                           render_end({"run-1", WallTime(Micros(3'000'000)), "failure", 3, "abc", 900});
  for (std::size_t size = 1; size < text.size(); ++size) {
    LedgerReader reader;
    for (std::size_t at = 0; at < text.size(); at += size) reader.read(text.substr(at, size));
    const auto ledger = so_far(reader);
    ASSERT_EQ(ledger.runs.size(), 2U) << "in pieces of " << size;
    EXPECT_EQ(ledger.runs[0].result, "failure");
    EXPECT_EQ(ledger.runs[1].result, std::nullopt);
  }
}

TEST(Ledger, ALineWithoutItsNewlineWaits) {
  LedgerReader reader;
  const std::string line = render_begin(begin("run-1"));
  const auto known = [&] { return so_far(reader).runs.size(); };
  reader.read(line.substr(0, line.size() - 1));
  EXPECT_EQ(known(), 0U);
  reader.read("\n");
  EXPECT_EQ(known(), 1U);
}

TEST(Ledger, MergesTheLinesOfARun) {
  auto first = begin("run-1");
  first.rollout = "o-1";
  first.degraded = true;
  const auto ledger = read(render_begin(first) + render_ran(ran("run-1", 3)) +
                           render_end({"run-1", WallTime(Micros(3'000'000)), "failure", 3, "abc", 900}));
  ASSERT_EQ(ledger.runs.size(), 1U);
  const auto& run = ledger.runs[0];
  EXPECT_EQ(run.result, "failure");
  EXPECT_EQ(run.exit_status, 3);
  EXPECT_EQ(run.duration_ms, 812) << "the program's own, not systemd's";
  EXPECT_EQ(run.memory_peak_bytes, 4096);
  EXPECT_EQ(run.cpu_ms, 7);
  EXPECT_EQ(run.invocation, "abc");
  EXPECT_EQ(run.rollout, "o-1");
  EXPECT_TRUE(run.degraded);
  EXPECT_TRUE(run.counted);
  EXPECT_EQ(run.at, first.at);
}

TEST(Ledger, KeepsTheOrderOfBeginLinesAndDoesNotCareForThatOfTheOthers) {
  const auto ledger = read(render_begin(begin("run-2")) + render_begin(begin("run-1")) +
                           render_ran(ran("run-1")) + render_ran(ran("run-2", 1)));
  ASSERT_EQ(ledger.runs.size(), 2U);
  EXPECT_EQ(ledger.runs[0].id, "run-2");
  EXPECT_EQ(ledger.runs[0].result, "failure");
  EXPECT_EQ(ledger.runs[1].result, "success");
}

TEST(Ledger, BelievesTheEndBeforeTheProgram) {
  EXPECT_EQ(result(render_begin(begin("r")) + render_ran(ran("r", 75)) +
                   render_end({"r", {}, "degraded", 75, "", 1})),
            "degraded");
}

TEST(Ledger, ConcludesFromTheProgramWithoutAnEnd) {
  const auto first = render_begin(begin("r"));
  EXPECT_EQ(result(first + render_ran(ran("r", 0))), "success");
  EXPECT_EQ(result(first + render_ran(ran("r", 2))), "failure");
  EXPECT_EQ(result(first + render_ran(ran("r", 0, 9))), "signal");
  EXPECT_EQ(result(first + render_ran(ran("r", 0, 15, true))), "timeout");
}

TEST(Ledger, ConcludesFromTheRequestToStopWhenNothingElseIsThere) {
  const auto first = render_begin(begin("r"));
  EXPECT_EQ(result(first + render_term("r", {}, 500)), "signal");
  EXPECT_EQ(result(first + render_term("r", {}, timeout_ms)), "timeout");
  EXPECT_EQ(result(first + render_term("r", {}, timeout_ms - 50)), "timeout")
      << "the unit's clock began a little earlier";
  EXPECT_EQ(result(first + render_term("r", {}, timeout_ms), true), "null") << "it may still end by itself";
}

TEST(Ledger, TakesARunThatWasAskedToStopForEndedWhenTheNextOfItsSlotBegins) {
  const auto stopped = render_begin(begin("first")) + render_term("first", {}, timeout_ms);
  const auto ledger = read(stopped + render_begin(begin("second")), true);
  ASSERT_EQ(ledger.runs.size(), 2u);
  EXPECT_EQ(ledger.runs[0].result, "timeout");
  EXPECT_FALSE(ledger.runs[1].result);
}

TEST(Ledger, CallsARunLostOnlyWhenItIsNotInProgress) {
  const auto first = render_begin(begin("r"));
  EXPECT_EQ(result(first, true), "null");
  EXPECT_EQ(result(first, false), "lost");
}

TEST(Ledger, PassesOverTornForeignAndImpossibleLines) {
  const auto line = render_begin(begin("run-1"));
  const std::string text = line.substr(0, 40) + "\n" + "not json\n[1]\n{\"t\":1}\n\n" + line + line +
                           "{\"t\":\"ran\",\"run\":\"run-1\",\"exit_status\":\"0\"}\n" +
                           render_ran(ran("unknown")) + "{\"t\":\"later\",\"run\":\"run-1\"}\n" +
                           render_ran(ran("run-1")).substr(0, 30);
  const auto ledger = read(text, true);
  ASSERT_EQ(ledger.runs.size(), 1U);
  EXPECT_FALSE(ledger.runs[0].result);
}

TEST(Ledger, ReadsALastLineWithoutItsNewline) {
  auto text = render_begin(begin("run-1")) + render_ran(ran("run-1"));
  text.pop_back();
  EXPECT_EQ(result(text), "success");
}

TEST(Ledger, ListsThePairsThatWereLeftOut) {
  const auto ledger = read(render_skip({WallTime(Micros(5)), "green", "run-1", "still running"}));
  ASSERT_EQ(ledger.skipped.size(), 1U);
  EXPECT_EQ(ledger.skipped[0].mirror_of, "run-1");
  EXPECT_EQ(ledger.skipped[0].reason, "still running");
}

TEST(Ledger, FindsWhatARunRecorded) {
  const auto text = render_begin(begin("run-1")) + render_ran(ran("run-2", 1)) + render_ran(ran("run-1", 4));
  EXPECT_EQ(find_ran(text, "run-1").value().exit_status, 4);
  EXPECT_FALSE(find_ran(text, "run-3"));
  EXPECT_FALSE(find_ran(text.substr(0, text.size() - 5), "run-1"));
}

TEST(Run, SucceededWhenItsProgramDidItsWork) {
  wx::Run run;
  for (const auto& [text, expected] : {std::pair{"success", true},
                                       {"degraded", true},
                                       {"failure", false},
                                       {"timeout", false},
                                       {"signal", false},
                                       {"lost", false}}) {
    run.result = text;
    EXPECT_EQ(succeeded(run), expected) << text;
  }
  run.result = std::nullopt;
  EXPECT_FALSE(succeeded(run));
}

TEST(LedgerLines, TellWhetherTheyAreThere) {
  const auto text = render_begin(begin("run-1")) + render_ran(ran("run-2"));
  EXPECT_TRUE(has_line(text, "begin", "run-1"));
  EXPECT_FALSE(has_line(text, "end", "run-1"));
  EXPECT_FALSE(has_line(text, "begin", "run-2"));
  EXPECT_FALSE(has_line(text, "begin", "run-"));
}

TEST(LedgerLines, TellThePlaceThatIsNext) {
  auto placed = begin("run-1");
  placed.block = 4;
  placed.position = 2;
  auto fallback = placed;
  fallback.id = "run-2";
  fallback.fallback = true;
  const auto cursor = find_cursor("torn\n" + render_begin(placed) + render_begin(fallback) + render_begin(begin("run-3")));
  EXPECT_EQ(cursor.generation, 3U);
  EXPECT_EQ(cursor.block, 4U);
  EXPECT_EQ(cursor.position, 3U);
  EXPECT_EQ(cursor.run, "run-1");
  EXPECT_EQ(find_cursor(render_begin(begin("run-3"))).position, 0U);
}

}  // namespace
}  // namespace wx
