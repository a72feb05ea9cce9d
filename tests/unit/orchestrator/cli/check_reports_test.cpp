#include "orchestrator/cli/check_reports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/cli/xml_elements.hpp"

namespace wx {
namespace {

using testing::HasSubstr;
using testkit::XmlElement;
using testkit::XmlReader;

CheckResult check(const std::string& id, CheckStatus status, const std::string& message,
                  const std::string& remedy = "") {
  CheckResult out;
  out.id = id;
  out.status = status;
  out.message = message;
  out.remedy = remedy;
  return out;
}

XmlElement parsed(const std::vector<CheckResult>& checks, const std::string& suite = "ticks") {
  const std::string report = junit_report(suite, checks);
  auto root = XmlReader::read(report);
  EXPECT_TRUE(root) << report;
  return root.value_or(XmlElement{});
}

TEST(JUnitReport, HoldsACaseForEachCheckAndCountsThem) {
  const auto suite =
      parsed({check("a", CheckStatus::pass, "fine"), check("b", CheckStatus::fail, "broken", "mend it"),
              check("c", CheckStatus::skip, "could not"), check("d", CheckStatus::na, "no timer"),
              check("e", CheckStatus::warn, "hm")});
  EXPECT_EQ(suite.name, "testsuite");
  EXPECT_EQ(suite.attributes.at("name"), "ticks");
  EXPECT_EQ(suite.attributes.at("tests"), "5");
  EXPECT_EQ(suite.attributes.at("failures"), "1");
  EXPECT_EQ(suite.attributes.at("skipped"), "2");
  ASSERT_EQ(suite.children.size(), 5U);
  EXPECT_EQ(suite.children[0].attributes.at("name"), "a");
  EXPECT_EQ(suite.children[0].attributes.at("classname"), "ticks");
  EXPECT_TRUE(suite.children[0].children.empty());
  EXPECT_TRUE(suite.children[4].children.empty());
  const auto& failure = suite.children[1].children.at(0);
  EXPECT_EQ(failure.name, "failure");
  EXPECT_EQ(failure.attributes.at("message"), "broken");
  EXPECT_EQ(failure.text, "broken\nremedy: mend it");
  EXPECT_EQ(suite.children[2].children.at(0).name, "skipped");
  EXPECT_EQ(suite.children[3].children.at(0).attributes.at("message"), "no timer");
}

TEST(JUnitReport, TellsTheFiguresOfAFailure) {
  auto disk = check("disk", CheckStatus::fail, "too little");
  disk.observed = "5";
  disk.threshold = "100";
  disk.unit = "bytes";
  EXPECT_EQ(parsed({disk}).children.at(0).children.at(0).text,
            "too little\nobserved: 5 bytes\nthreshold: 100 bytes");
}

TEST(JUnitReport, IsWellFormedWhateverAMessageHolds) {
  const std::string hostile = "a < b && \"c\" > 'd' ]]> <!-- -->";
  const auto suite = parsed({check(hostile, CheckStatus::fail, hostile)}, hostile);
  EXPECT_EQ(suite.attributes.at("name"), hostile);
  EXPECT_EQ(suite.children.at(0).attributes.at("name"), hostile);
  EXPECT_EQ(suite.children.at(0).children.at(0).text, hostile);
}

TEST(JUnitReport, HoldsNoBytesThatXmlForbids) {
  const auto suite = parsed({check("a", CheckStatus::fail, "bell \x07, \xff, \xc3(, Grüße\r")});
  EXPECT_EQ(suite.children.at(0).children.at(0).text, "bell  , ?, ?(, Grüße ");
}

TEST(JUnitReport, OfNoChecksIsASuiteWithoutCases) {
  const auto suite = parsed({});
  EXPECT_EQ(suite.attributes.at("tests"), "0");
  EXPECT_TRUE(suite.children.empty());
}

TEST(GitHubAnnotations, AreMadeForWhatIsNotFine) {
  EXPECT_EQ(github_annotations(
                {check("a", CheckStatus::pass, "fine"), check("b", CheckStatus::fail, "broken", "mend it"),
                 check("c", CheckStatus::skip, "could not"), check("d", CheckStatus::na, "no timer"),
                 check("e", CheckStatus::warn, "hm")}),
            "::error title=b::broken -> mend it\n"
            "::warning title=c::could not\n"
            "::warning title=e::hm\n");
  EXPECT_EQ(github_annotations({}), "");
}

TEST(GitHubAnnotations, KeepEachMessageToItsOwnCommand) {
  EXPECT_EQ(github_annotations({check("a:b,c", CheckStatus::fail, "100% gone: a, b\r\n::error::forged")}),
            "::error title=a%3Ab%2Cc::100%25 gone: a, b%0D%0A::error::forged\n");
}

}  // namespace
}  // namespace wx
