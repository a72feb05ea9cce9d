#include "orchestrator/domain/log_pattern.hpp"

#include <gtest/gtest.h>

namespace wx {
namespace {

TEST(LogPattern, FoldsWhatDiffersEachTime) {
  EXPECT_EQ("wrote <n> points in <n>ms", pattern_of("wrote 12 points in 3.5ms"));
  EXPECT_EQ("<time> started", pattern_of("2026-11-24T15:04:05.123Z started"));
  EXPECT_EQ("<time> started", pattern_of("2026-11-24 15:04:05,123 started"));
  EXPECT_EQ("at <time>: gone", pattern_of("at 15:04:05: gone"));
  EXPECT_EQ("connect to <address> refused", pattern_of("connect to 127.0.0.1:8086 refused"));
  EXPECT_EQ("run-<id> ended", pattern_of("run-9b50c62006824d1e ended"));
  EXPECT_EQ("request <id>", pattern_of("request 1b4e28ba-2fa1-11d2-883f-0016d3cca427"));
  EXPECT_EQ("at <id>", pattern_of("at 0x7fff"));
}

TEST(LogPattern, KeepsWordsThatOnlyLookLikeSo) {
  EXPECT_EQ("added feed decade", pattern_of("added feed decade"));
  EXPECT_EQ("utf8 and r2d2", pattern_of("utf8 and r2d2"));
  EXPECT_EQ("version <n>.<n>", pattern_of("version 1.2.3").substr(0, 15));
}

TEST(LogPattern, MakesOneLineOfWhiteSpaceAndCutsLongOnes) {
  EXPECT_EQ("a b", pattern_of("  a \t\n b  "));
  const std::string cut = pattern_of(std::string(1000, 'x'));
  EXPECT_EQ(200 + std::string("…").size(), cut.size());
  EXPECT_EQ("", pattern_of(""));
}

TEST(LogSeverity, IsThePriorityWhereItSaysSomething) {
  EXPECT_EQ(LogSeverity::error, severity_of(3, "all is well"));
  EXPECT_EQ(LogSeverity::warning, severity_of(4, "ERROR"));
  EXPECT_EQ(LogSeverity::debug, severity_of(7, "error"));
  EXPECT_EQ(LogSeverity::info, severity_of(5, "error"));
}

TEST(LogSeverity, IsTheWordOfProgramsThatOnlyPrint) {
  EXPECT_EQ(LogSeverity::error, severity_of(6, "2026-11-24 15:04:05,123 root ERROR no key"));
  EXPECT_EQ(LogSeverity::error, severity_of(6, "Traceback (most recent call last):"));
  EXPECT_EQ(LogSeverity::warning, severity_of(6, "[warn] slow"));
  EXPECT_EQ(LogSeverity::info, severity_of(6, "INFO no error"));
  EXPECT_EQ(LogSeverity::info, severity_of(6, "errors: 0"));
  EXPECT_EQ(LogSeverity::info, severity_of(6, std::string(100, '-') + " error"));
}

}  // namespace
}  // namespace wx
