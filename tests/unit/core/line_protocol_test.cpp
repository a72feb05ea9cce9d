#include "common/core/line_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace wx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string line(const Point& point) {
  std::string out;
  const Status appended = append_line(out, point);
  return appended ? out : "(" + std::to_string(static_cast<int>(appended.error().code)) + ") " + out;
}

TEST(LineProtocol, WritesEachTypeAsServersReadIt) {
  EXPECT_EQ(line({"tick",
                  "host=a,zone=b",
                  7,
                  {{"f", 65.0}, {"i", std::int64_t{-3}}, {"on", true}, {"s", std::string("a \"b\" \\")}}}),
            "tick,host=a,zone=b f=65,i=-3i,on=true,s=\"a \\\"b\\\" \\\\\" 7\n");
  EXPECT_EQ(line({"tick", "", -1, {{"f", 0.1}, {"g", 5e-324}}}), "tick f=0.1,g=5e-324 -1\n");
}

TEST(LineProtocol, EscapesNamesOnceEach) {
  EXPECT_EQ(line({"a,b c=d", "", 1, {{"x y,z=", 1.0}}}), "a\\,b\\ c=d x\\ y\\,z\\==1 1\n");
}

TEST(LineProtocol, RefusesWhatNoServerTakes) {
  const std::string refused = "(" + std::to_string(static_cast<int>(Code::invalid)) + ") ";
  for (const Point& bad : {Point{"", "", 1, {{"f", 1.0}}}, Point{"t", "", 1, {}},
                           Point{"t", "", 1, {{"f", std::nan("")}}}, Point{"t", "", 1, {{"f", HUGE_VAL}}},
                           Point{"t\n", "", 1, {{"f", 1.0}}}, Point{"t", "a=b\nx f=1", 1, {{"f", 1.0}}},
                           Point{"t", "", 1, {{"", 1.0}}}, Point{"t", "", 1, {{"f\n", 1.0}}}})
    EXPECT_EQ(line(bad), refused);
}

TEST(LineProtocol, TagsAreJoinedAndSplit) {
  const Tags tags{{"k e", "v,="}, {"a", "\"\\x"}, {"empty", ""}};
  EXPECT_EQ(join_tags(tags), "a=\"\\x,k\\ e=v\\,\\=");
  EXPECT_THAT(split_tags(join_tags(tags)), ElementsAre(Pair("a", "\"\\x"), Pair("k e", "v,=")));
  EXPECT_EQ(join_tags({}), "");
  EXPECT_THAT(split_tags(""), IsEmpty());
}

TEST(LineProtocol, SeriesAreSplitAtTheFirstPlainComma) {
  const auto name = split_series("a\\,b\\ c,host=x\\,y,zone=z");
  EXPECT_EQ(name.measurement, "a,b c");
  EXPECT_EQ(name.tags, "host=x\\,y,zone=z");
  EXPECT_EQ(split_series("plain").measurement, "plain");
  EXPECT_EQ(split_series("plain").tags, "");
}

}  // namespace
}  // namespace wx
