// A routed app for each test, and ways to hold its run in progress.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "tests/system/routed_app.hpp"

namespace wx::test {

class Router : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("WXCTL_SANDBOX") && !std::getenv("WX_SANDBOX"))
      GTEST_SKIP() << "needs a private user manager: run it in wxctl sandbox";
    app_.emplace();
  }

  RoutedApp& app() { return *app_; }
  void prepare() {
    app().write_generation();
    app().write_units();
  }
  std::string result(const std::string& property) { return app().property(app().entry(), property); }
  wx::Run only_run() {
    const auto ledger = app().ledger();
    EXPECT_EQ(ledger.runs.size(), 1U) << app().ledger_text();
    return ledger.runs.empty() ? wx::Run{} : ledger.runs.front();
  }
  // A script that tells that it began and then waits for a file.
  std::string wait_for_go() const {
    return "echo $WX_GENERATION > " + app_->file("begun") + "; while [ ! -e " + app_->file("go") +
           " ]; do sleep 0.02; done";
  }
  bool begun() const {
    return eventually([this] { return !file_content(app_->file("begun")).empty(); });
  }
  void go() const { write(app_->file("go"), "now"); }
  int pid_of(const std::string& unit) { return std::atoi(app().property(unit, "MainPID").c_str()); }
  bool ended(const std::string& unit) {
    return eventually([&] {
      const auto state = app().property(unit, "ActiveState");
      return state == "inactive" || state == "failed";
    });
  }

 private:
  std::optional<RoutedApp> app_;
};

}  // namespace wx::test
