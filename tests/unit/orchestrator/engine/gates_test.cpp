#include "orchestrator/engine/gates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {
namespace {

using testing::HasSubstr;

class GatesTest : public testing::Test {
 protected:
  GatesTest() : generation(Machine::with_active(machine.stored("ticks-1"))) { machine.commit(generation); }

  std::vector<CheckResult> run(const std::vector<std::string>& ids) {
    RunLog runs(machine.ports, machine.layout, "ticks.service", Micros{20'000'000});
    const BuiltinScope scope{
        {machine.ports, machine.layout, manifest, generation, 1, Slot::blue}, runs, {}, false};
    seen.clear();
    return run_checks(scope, ids, [this](const CheckResult& check) { seen.push_back(check.id); });
  }
  static std::vector<std::string> ids(const std::vector<CheckResult>& checks) {
    std::vector<std::string> out;
    for (const auto& check : checks) out.push_back(check.id);
    return out;
  }

  Machine machine;
  Manifest manifest = machine.manifest();
  Generation generation;
  std::vector<std::string> seen;
};

TEST_F(GatesTest, RunTheChecksThatAreNamedInTheirOrder) {
  const auto results = run({"release", "timer"});
  EXPECT_THAT(ids(results), testing::ElementsAre("release", "timer"));
  EXPECT_EQ(seen, ids(results));
  EXPECT_EQ(results[0].status, CheckStatus::pass);
  EXPECT_EQ(results[1].status, CheckStatus::fail);
}

TEST_F(GatesTest, RunEveryCheckForTheWordAll) {
  std::vector<std::string> expected;
  for (const auto& check : builtin_checks()) expected.push_back(check.id);
  expected.emplace_back("dry-run");
  EXPECT_EQ(ids(run({"all"})), expected);
  EXPECT_EQ(seen, expected);
}

TEST_F(GatesTest, TakeAnOptionalCheckThatNobodyDefinesForNotApplicable) {
  const auto results = run({"self-test"});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].status, CheckStatus::na);
  EXPECT_EQ(results[0].message, "the manifest does not define it");
}

TEST_F(GatesTest, PreferTheManifestsCheckToABuiltinOne) {
  CheckSpec own;
  own.id = "timer";
  own.http = "https://example.org/";
  manifest.checks.push_back(own);
  EXPECT_THAT(run({"timer"})[0].message, HasSubstr("https://example.org/"));
}

TEST_F(GatesTest, SkipACheckWhoseUnitCannotBeRun) {
  const auto results = run({"dry-run"});
  EXPECT_EQ(results[0].status, CheckStatus::skip);
  EXPECT_NE(results[0].cause, std::nullopt);
  EXPECT_FALSE(results[0].message.empty());
}

TEST_F(GatesTest, KnowTheChecksThatMayBeNamed) {
  EXPECT_TRUE(check_ids_known(manifest, {"all"}));
  EXPECT_TRUE(check_ids_known(manifest, {"dry-run", "timer", "self-test", "test-mode", "test-validation"}));
  EXPECT_TRUE(check_ids_known(manifest, {}));
  const auto unknown = check_ids_known(manifest, {"timer", "timr"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::invalid);
  EXPECT_EQ(unknown.error().message, "there is no check \"timr\" (did you mean \"timer\"?)");
}

}  // namespace
}  // namespace wx
