#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/report/exit_code.hpp"
#include "collector/report/guarded_log.hpp"
#include "collector/report/render.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ExitCode code_of(Stage stage, Code code) {
  return exit_code(Failure{stage, {code, "x"}});
}

TEST(ExitCodes, FollowFromStageAndCause) {
  EXPECT_EQ(exit_code(std::nullopt), ExitCode::done);
  EXPECT_EQ(code_of(Stage::usage, Code::invalid), ExitCode::bad_input);
  EXPECT_EQ(code_of(Stage::config, Code::invalid), ExitCode::bad_input);
  EXPECT_EQ(code_of(Stage::config, Code::not_found), ExitCode::bad_input);
  EXPECT_EQ(code_of(Stage::config, Code::permission), ExitCode::environment);
  EXPECT_EQ(code_of(Stage::source, Code::failed), ExitCode::failed);
  EXPECT_EQ(code_of(Stage::source, Code::invalid), ExitCode::failed);
  EXPECT_EQ(code_of(Stage::source, Code::interrupted), ExitCode::interrupted);
  EXPECT_EQ(code_of(Stage::validation, Code::failed), ExitCode::failed);
  EXPECT_EQ(code_of(Stage::validation, Code::bug), ExitCode::bug);
  EXPECT_EQ(code_of(Stage::store, Code::not_found), ExitCode::failed);
  EXPECT_EQ(code_of(Stage::store, Code::unavailable), ExitCode::failed);
  EXPECT_EQ(code_of(Stage::store, Code::permission), ExitCode::environment);
  EXPECT_EQ(code_of(Stage::store, Code::no_space), ExitCode::environment);
  EXPECT_EQ(code_of(Stage::store, Code::interrupted), ExitCode::interrupted);
}

TEST(JsonReport, IsOneLineWithTheKeysOfTheContract) {
  Summary summary;
  summary.bucket = "weather";
  summary.fetched = 48;
  summary.fresh = 2;
  summary.rejected[Reason::out_of_range] = 3;
  summary.duration = std::chrono::milliseconds(12);
  const auto text = render_json(summary);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(text);
  for (const char* key : {"fetched", "new", "rejected", "written", "spooled", "drained", "duration_ms"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["new"], 2);
  EXPECT_EQ(json["rejected"]["out_of_range"], 3);
  EXPECT_EQ(json["duration_ms"], 12);
  EXPECT_TRUE(json["error"].is_null());
  EXPECT_EQ(json["exit"], 0);
}

TEST(JsonReport, HoldsNullForWhatWasNotLookedAtAndTheError) {
  Summary summary;
  summary.failure = Failure{Stage::source, {Code::failed, "bad \xff bytes", "do"}};
  const auto json = nlohmann::json::parse(render_json(summary));
  EXPECT_TRUE(json["new"].is_null());
  EXPECT_EQ(json["error"]["remedy"], "do");
  EXPECT_EQ(json["exit"], 1);
}

TEST(GuardedLog, BlotsTheSecretOutOfMessagesAndFields) {
  testing::FakeLog inner;
  GuardedLog log(inner, {{"WX_RUN", "abc"}}, {"top-secret", ""});
  log.write(LogLevel::info, "the key top-secret/top-secret", {{"WX_URL", "x?key=top-secret"}});
  EXPECT_THAT(inner.text, Not(HasSubstr("top-secret")));
  EXPECT_THAT(inner.text, HasSubstr("WX_RUN=abc"));
  EXPECT_THAT(inner.text, HasSubstr("the key ***/***"));
}

}  // namespace
}  // namespace wx::collector
