#include "collector/sources/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/sources/error_body.hpp"

namespace wx::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Records, KeepScalarsAndMarkWhatIsNested) {
  const auto records =
      parse_records(R"([{"a":1,"b":-2.5,"c":"x","d":null,"e":true,"f":[1,{"g":2}],"h":{"a":9}},{}])");
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2u);
  const auto& first = records->front();
  EXPECT_EQ(std::get<double>(first.at("a")), 1.0);
  EXPECT_EQ(std::get<double>(first.at("b")), -2.5);
  EXPECT_EQ(std::get<std::string>(first.at("c")), "x");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(first.at("d")));
  EXPECT_TRUE(std::get<bool>(first.at("e")));
  EXPECT_TRUE(std::holds_alternative<Unusable>(first.at("f")));
  EXPECT_TRUE(std::holds_alternative<Unusable>(first.at("h")));
  EXPECT_TRUE(records->back().empty());
}

TEST(Records, TakeTheLastOfARepeatedKey) {
  const auto records = parse_records(R"([{"a":1,"a":2}])");
  ASSERT_TRUE(records);
  EXPECT_EQ(std::get<double>(records->front().at("a")), 2.0);
}

TEST(Records, OfAnEmptyListAreNone) {
  const auto records = parse_records(" [ ] ");
  ASSERT_TRUE(records);
  EXPECT_TRUE(records->empty());
}

TEST(Records, AreRefusedWithThePlaceOfTheDamage) {
  EXPECT_EQ(parse_records("[{}").error().message, "no valid JSON at byte 4");
  EXPECT_THAT(parse_records("{}").error().message, HasSubstr("a list was expected"));
}

TEST(ErrorBodies, OfAllKnownShapesAreUnderstood) {
  EXPECT_EQ(
      explanation_in(R"({"httpCode":"401","httpMessage":"Unauthorized","moreInformation":"bad key"})", ""),
      "bad key");
  EXPECT_EQ(explanation_in(R"({"code":"900901","message":"Invalid","description":"expired"})", ""),
            "expired");
  EXPECT_EQ(explanation_in(R"({"fault":{"code":900802,"message":"Message throttled out"}})", ""),
            "Message throttled out");
  EXPECT_EQ(explanation_in(R"({"error":true,"reason":"too many"})", ""), "too many");
  EXPECT_EQ(explanation_in("<html>", ""), "");
  EXPECT_EQ(explanation_in("[1]", ""), "");
}

TEST(ErrorBodies, NeverRepeatTheSecretNorMoreThan200Bytes) {
  const std::string secret(60, 's');
  EXPECT_THAT(explanation_in(R"({"message":"key )" + secret + R"( refused"})", secret),
              Not(HasSubstr("ssss")));
  EXPECT_LE(explanation_in(R"({"message":")" + std::string(5000, 'x') + R"("})", "").size(), 200u);
}

}  // namespace
}  // namespace wx::collector
