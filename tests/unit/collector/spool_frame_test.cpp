#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/spool/frame.hpp"

namespace wx::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using Payloads = std::vector<std::string>;

struct Read {
  Payloads payloads;
  int damaged = 0;
  int torn = 0;
};

Read read(std::string_view file) {
  Read result;
  std::size_t at = 0;
  for (auto frame = next_frame(file, at); frame; frame = next_frame(file, at)) {
    EXPECT_EQ(frame->begin, at);
    EXPECT_GT(frame->end, at) << "no progress";
    EXPECT_LE(frame->end, file.size());
    at = frame->end;
    if (!frame->flaw) {
      result.payloads.emplace_back(frame->payload);
    } else {
      ++(frame->flaw == Flaw::torn ? result.torn : result.damaged);
    }
  }
  EXPECT_EQ(at, file.size());
  return result;
}

// One payload holds what looks like a whole record.
Payloads payloads() {
  return {"first", "second with " + framed("a record inside"), std::string("\0\x1eWXS1\0", 7), "", "last"};
}

std::string file_of(const Payloads& list) {
  std::string file;
  for (const auto& payload : list) file += framed(payload);
  return file;
}

TEST(SpoolFrame, ReadsBackWhatWasWritten) {
  const auto result = read(file_of(payloads()));
  EXPECT_EQ(result.payloads, payloads());
  EXPECT_EQ(result.damaged + result.torn, 0);
}

TEST(SpoolFrame, DamageAtAnyByteCostsOnlyItsRecord) {
  const auto all = payloads();
  const auto file = file_of(all);
  std::size_t owner = 0, end = framed(all[0]).size();
  for (std::size_t at = 0; at < file.size(); ++at) {
    if (at == end) end += framed(all[++owner]).size();
    for (const int bits : {0x01, 0x20, 0x80, 0xff}) {
      auto damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ bits);
      auto expected = all;
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(owner));
      const auto result = read(damaged);
      ASSERT_THAT(result.payloads, IsSupersetOf(expected)) << "byte " << at;
      ASSERT_EQ(result.damaged + result.torn, 1) << "byte " << at << " bits " << bits;
    }
  }
}

TEST(SpoolFrame, AFileCutAnywhereKeepsWhatWasWholeAndWhatFollowsIsRead) {
  const Payloads all{"first", "second", "third"};
  const auto file = file_of(all);
  for (std::size_t cut = 0; cut < file.size(); ++cut) {
    const auto before = read(file.substr(0, cut));
    EXPECT_EQ(before.damaged, 0) << cut;
    EXPECT_LE(before.torn, 1);
    auto expected = before.payloads;
    expected.emplace_back("after");
    const auto after = read(file.substr(0, cut) + framed("after"));
    ASSERT_EQ(after.payloads, expected) << "cut at " << cut;
    ASSERT_EQ(after.damaged, 0) << "cut at " << cut;
  }
}

TEST(SpoolFrame, AnEndThatAPowerCutLeftBlankIsTorn) {
  const auto result = read(framed("first") + std::string(100, '\0'));
  EXPECT_THAT(result.payloads, ElementsAre("first"));
  EXPECT_EQ(result.torn, 1);
  EXPECT_EQ(result.damaged, 0);
}

}  // namespace
}  // namespace wx::collector
