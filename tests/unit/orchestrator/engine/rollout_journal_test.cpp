#include "orchestrator/engine/rollout_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testkit/failing_filesystem.hpp"
#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/memory_filesystem.hpp"

namespace wx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* path = "/state/journal";

class RolloutJournalTest : public testing::Test {
 protected:
  RolloutJournalTest() { files.put("/state/other", ""); }

  RolloutJournal open() {
    auto journal = RolloutJournal::open(files, clock, path);
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(journal).value();
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    const auto journal = open();
    for (const auto& record : journal.records()) out.push_back(record.kind);
    return out;
  }
  std::string text() { return *files.read(path, 1 << 20); }

  testkit::FakeClock clock;
  testkit::MemoryFileSystem files{&clock};
};

JournalRecord record(const std::string& kind) {
  return {kind, WallTime{Micros{1'000'000}}, std::nullopt, {{"message", "m"}}};
}

TEST_F(RolloutJournalTest, IsEmptyBeforeTheFirstRecord) {
  EXPECT_THAT(open().records(), IsEmpty());
}

TEST_F(RolloutJournalTest, KeepsWhatWasAppended) {
  auto journal = open();
  ASSERT_TRUE(journal.append("intent", 2, {{"message", "a \"quoted\"\nline"}, {"empty", ""}}));
  clock.advance(Micros{5});
  ASSERT_TRUE(journal.append("end", std::nullopt, {}));
  const auto again = open();
  ASSERT_EQ(again.records().size(), 2U);
  EXPECT_EQ(again.records()[0].kind, "intent");
  EXPECT_EQ(again.records()[0].step, 2);
  EXPECT_EQ(again.records()[0].field("message"), "a \"quoted\"\nline");
  EXPECT_EQ(again.records()[0].field("nothing"), "");
  EXPECT_EQ(again.records()[1].step, std::nullopt);
  EXPECT_EQ(again.records()[1].at - again.records()[0].at, Micros{5});
}

TEST_F(RolloutJournalTest, SurvivesPowerLossOnceAppended) {
  ASSERT_TRUE(open().append("header", std::nullopt, {}));
  files.crash();
  EXPECT_THAT(kinds(), ElementsAre("header"));
}

TEST_F(RolloutJournalTest, TellsAWatcherOfNewRecordsOnly) {
  ASSERT_TRUE(open().append("header", std::nullopt, {}));
  auto journal = open();
  std::vector<std::string> seen;
  journal.watch([&](const JournalRecord& one) { seen.push_back(one.kind); });
  ASSERT_TRUE(journal.append("intent", 0, {}));
  EXPECT_THAT(seen, ElementsAre("intent"));
}

TEST_F(RolloutJournalTest, FindsTheFirstAndTheLastRecordOfAKind) {
  auto journal = open();
  for (const int step : {0, 1, 0}) ASSERT_TRUE(journal.append("intent", step, {{"n", std::to_string(step)}}));
  EXPECT_EQ(journal.first("intent"), &journal.records()[0]);
  EXPECT_EQ(journal.first("intent", 1), &journal.records()[1]);
  EXPECT_EQ(journal.last("intent"), &journal.records()[2]);
  EXPECT_EQ(journal.last("intent", 1), &journal.records()[1]);
  EXPECT_EQ(journal.last("intent", 7), nullptr);
  EXPECT_EQ(journal.last("end"), nullptr);
}

TEST_F(RolloutJournalTest, ForgivesATornTailWhereverItWasTorn) {
  const std::string first = render_record(record("header"));
  const std::string second = render_record(record("intent"));
  for (std::size_t kept = 0; kept + 1 < second.size(); ++kept) {
    files.put(path, first + second.substr(0, kept));
    ASSERT_THAT(kinds(), ElementsAre("header")) << kept;
    ASSERT_TRUE(open().append("result", std::nullopt, {})) << kept;
    ASSERT_TRUE(open().append("end", std::nullopt, {})) << kept;
    ASSERT_THAT(kinds(), ElementsAre("header", "result", "end")) << kept;
  }
}

TEST_F(RolloutJournalTest, ReadsARecordThatLacksItsNewlineAloneNowAsLater) {
  std::string text = render_record(record("header")) + render_record(record("intent"));
  text.pop_back();
  files.put(path, text);
  ASSERT_THAT(kinds(), ElementsAre("header", "intent"));
  ASSERT_TRUE(open().append("end", std::nullopt, {}));
  EXPECT_THAT(kinds(), ElementsAre("header", "intent", "end"));
}

TEST_F(RolloutJournalTest, KeepsWhatStandsBeforeATornTail) {
  const std::string torn = render_record(record("header")) + "57 0bad";
  files.put(path, torn);
  ASSERT_TRUE(open().append("end", std::nullopt, {}));
  EXPECT_TRUE(text().starts_with(torn));
}

TEST_F(RolloutJournalTest, NamesADamagedLineBeforeTheLast) {
  const std::string good = render_record(record("header"));
  std::string flipped = render_record(record("intent"));
  flipped[flipped.size() - 4] ^= 1;
  std::string wrong_length = render_record(record("intent"));
  wrong_length.front() = wrong_length.front() == '9' ? '8' : '9';
  for (const std::string& bad :
       {flipped, wrong_length, std::string("rubbish\n"), std::string("4 00000000 null\n")}) {
    files.put(path, good + bad + good);
    const auto journal = RolloutJournal::open(files, clock, path);
    ASSERT_FALSE(journal) << bad;
    EXPECT_EQ(journal.error().message, "the journal is damaged at line 2") << bad;
  }
}

TEST_F(RolloutJournalTest, CountsWholeBytesUpToTheLastWholeLine) {
  const std::string good = render_record(record("header"));
  EXPECT_EQ(parse_journal(good)->whole_bytes, good.size());
  EXPECT_EQ(parse_journal(good + "12 ab")->whole_bytes, good.size());
  EXPECT_EQ(parse_journal("")->whole_bytes, 0U);
}

TEST_F(RolloutJournalTest, ChecksTheContentWithTheChecksumThatTheFormatNames) {
  // CRC-32C of the JSON, by an independent implementation.
  EXPECT_EQ(render_record({"end", WallTime{Micros{7}}, std::nullopt, {}}),
            "31 8992d2ec {\"at\":7,\"f\":{},\"t\":\"end\",\"v\":1}\n");
}

TEST_F(RolloutJournalTest, GoesOnAfterAnAppendThatFailed) {
  testkit::FailingFileSystem failing(files);
  auto journal = *RolloutJournal::open(failing, clock, path);
  ASSERT_TRUE(journal.append("header", std::nullopt, {}));
  failing.fail_at(failing.effects().size());
  EXPECT_FALSE(journal.append("intent", 0, {}));
  EXPECT_EQ(journal.records().size(), 1U);
  ASSERT_TRUE(journal.append("end", std::nullopt, {}));
  EXPECT_THAT(kinds(), ElementsAre("header", "end"));
}

TEST_F(RolloutJournalTest, IsWrittenForBytesThatAreNoUtf8Too) {
  ASSERT_TRUE(open().append("note", std::nullopt,
                            {{"message",
                              "a\xff"
                              "b"}}));
  EXPECT_EQ(open().records().at(0).field("message"),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace wx
