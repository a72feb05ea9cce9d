#include "orchestrator/domain/diagnosis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace wx {
namespace {

UnitEvidence well(const std::string& name) {
  return {name, "loaded", "inactive", "static", "success", false, {}};
}

HostEvidence healthy() {
  HostEvidence out;
  out.services = {well("ticks.service"), well("ticks@blue.service")};
  TimerEvidence timer;
  timer.unit = {"ticks.timer", "loaded", "active", "enabled", "", false, {}};
  timer.accuracy = Micros{1'000};
  timer.interval = Micros{60'000'000};
  timer.drop_in_directory = "/units/ticks.timer.d";
  out.timer = timer;
  out.required = {{"ticks.service", "base.target", "loaded", "active"}};
  out.store_unit = StoreUnitEvidence{"db.service", true, false, "active"};
  out.store_clock_ahead = Micros{-900'000};
  out.runs = {0, 12, Micros{2'000'000}};
  return out;
}

struct Case {
  std::string id;
  Weight weight;
  std::string remedy;
  void (*harm)(HostEvidence&);
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {"masked", Weight::failure, "systemctl --user unmask ticks@blue.service",
       [](HostEvidence& e) {
         e.services[1].load_state = "masked";
         e.services[1].need_daemon_reload = true;
       }},
      {"units", Weight::failure, "wxctl validate --check drift",
       [](HostEvidence& e) { e.services[0].load_state = "not-found"; }},
      {"units", Weight::failure, "systemctl --user status ticks.timer",
       [](HostEvidence& e) { e.timer->unit.load_state = "bad-setting"; }},
      {"reload", Weight::failure, "systemctl --user daemon-reload",
       [](HostEvidence& e) { e.timer->unit.need_daemon_reload = true; }},
      {"overrides", Weight::failure, "mv /d/x.conf /d/x.conf.off && systemctl --user daemon-reload",
       [](HostEvidence& e) {
         e.services[0].overrides = {{"/d/x.conf", {"ExecStart"}}};
       }},
      {"overrides", Weight::warning, "mv /d/x.conf /d/x.conf.off && systemctl --user daemon-reload",
       [](HostEvidence& e) {
         e.services[0].overrides = {{"/d/x.conf", {"TimeoutStartSec"}}};
       }},
      {"dependency", Weight::failure, "systemctl --user restart base.target",
       [](HostEvidence& e) { e.required[0].active_state = "failed"; }},
      {"dependency", Weight::failure, "systemctl --user list-dependencies ticks.service",
       [](HostEvidence& e) { e.required[0].load_state = "not-found"; }},
      {"start-limit", Weight::failure, "systemctl --user reset-failed ticks.service",
       [](HostEvidence& e) { e.services[0].result = "start-limit-hit"; }},
      {"timer", Weight::failure, "systemctl --user enable --now ticks.timer",
       [](HostEvidence& e) { e.timer->unit.active_state = "inactive"; }},
      {"timer", Weight::failure, "systemctl --user restart ticks.timer",
       [](HostEvidence& e) { e.timer->unit.active_state = "failed"; }},
      {"timer", Weight::failure, "systemctl --user enable ticks.timer",
       [](HostEvidence& e) { e.timer->unit.file_state = "disabled"; }},
      {"accuracy", Weight::warning,
       "mkdir -p /units/ticks.timer.d && printf '[Timer]\\nAccuracySec=1ms\\n' "
       ">/units/ticks.timer.d/accuracy.conf && "
       "systemctl --user daemon-reload",
       [](HostEvidence& e) { e.timer->accuracy = Micros{61'000'000}; }},
      {"interval", Weight::warning, "wxctl runs --since 24h",
       [](HostEvidence& e) { e.runs.longest = Micros{60'000'001}; }},
      {"lost-runs", Weight::warning, "wxctl runs --since 24h", [](HostEvidence& e) { e.runs.lost = 1; }},
      {"leftover", Weight::failure, "wxctl abort", [](HostEvidence& e) { e.forsaken = "o-1"; }},
      {"lease", Weight::failure, "rm /s/lease.json",
       [](HostEvidence& e) {
         e.lease = LeaseEvidence{"/s/lease.json", ""};
       }},
      {"store-unit", Weight::failure, "systemctl --user restart db.service",
       [](HostEvidence& e) { e.store_unit->active_state = "failed"; }},
      {"store-unit", Weight::failure, "sudo systemctl start db.service",
       [](HostEvidence& e) {
         e.store_unit = StoreUnitEvidence{"db.service", true, true, "inactive"};
       }},
      {"store-clock", Weight::warning, "timedatectl timesync-status",
       [](HostEvidence& e) { e.store_clock_ahead = Micros{-31'000'000}; }},
  };
  return list;
}

TEST(Diagnosis, AHealthyHostHasNone) {
  EXPECT_TRUE(diagnose(healthy()).empty());
}

TEST(Diagnosis, EachHarmIsFoundAloneWithItsCure) {
  for (const auto& harmed : cases()) {
    HostEvidence evidence = healthy();
    harmed.harm(evidence);
    const auto found = diagnose(evidence);
    ASSERT_EQ(found.size(), 1U) << harmed.id;
    EXPECT_EQ(found[0].id, harmed.id);
    EXPECT_EQ(found[0].weight, harmed.weight) << harmed.id;
    EXPECT_EQ(found[0].remedy, harmed.remedy);
    EXPECT_FALSE(found[0].message.empty());
  }
}

TEST(Diagnosis, EveryAilmentCanBeFound) {
  std::set<std::string> found;
  for (const auto& harmed : cases()) found.insert(harmed.id);
  for (const auto& ailment : ailments()) EXPECT_TRUE(found.count(ailment.id) == 1) << ailment.id;
}

TEST(Diagnosis, WhatLiesWithinTheBoundIsWell) {
  HostEvidence evidence = healthy();
  evidence.timer->accuracy = evidence.timer->interval;
  evidence.runs.longest = evidence.timer->interval;
  evidence.store_clock_ahead = Micros{30'000'000};
  EXPECT_TRUE(diagnose(evidence).empty());
}

TEST(Diagnosis, AMaskedTimerIsToldOnce) {
  HostEvidence evidence = healthy();
  evidence.timer->unit.load_state = "masked";
  evidence.timer->unit.active_state = "inactive";
  ASSERT_EQ(diagnose(evidence).size(), 1U);
  EXPECT_EQ(diagnose(evidence)[0].id, "masked");
}

TEST(OverriddenKeys, AreThoseThatBothSet) {
  const std::string ours =
      "# mark\n[Service]\nType=oneshot\nExecStart=/a\nTimeoutStartSec=infinity\nEnvironment=A=1\n";
  EXPECT_EQ(overridden_keys(
                ours, "[Service]\nExecStart=\nExecStart=/b\n;Type=simple\nNice=3\n TimeoutStartSec = 3\n"),
            (std::vector<std::string>{"ExecStart", "TimeoutStartSec"}));
  EXPECT_TRUE(overridden_keys(ours, "[Service]\nEnvironment=B=2\nNice=1\n").empty());
  EXPECT_TRUE(overridden_keys("", "[Service]\nType=simple\n").empty());
}

}  // namespace
}  // namespace wx
