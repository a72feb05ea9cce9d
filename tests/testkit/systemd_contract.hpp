// What every implementation of Systemd must do, the real user manager and the fake one alike. A test program
// includes this once and instantiates SystemdContract with a function that makes a world of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "common/ports/systemd.hpp"

namespace wx::testkit {

// A service manager and the folder where its unit files lie. Services run /bin/true, /bin/false and
// /bin/sleep SECONDS.
class SystemdWorld {
 public:
  virtual ~SystemdWorld() = default;
  virtual Systemd& systemd() = 0;
  // Creates or replaces a file below the unit folder, with the directories that it needs.
  virtual void write_unit(const std::string& name, const std::string& text) = 0;
  virtual void remove_unit(const std::string& name) = 0;
  virtual void pass(Micros time) = 0;
};

using MakeSystemdWorld = std::unique_ptr<SystemdWorld> (*)();

class SystemdContract : public testing::TestWithParam<MakeSystemdWorld> {
 protected:
  void SetUp() override { world = GetParam()(); }

  Systemd& systemd() { return world->systemd(); }
  // A oneshot service under a name that no other test uses.
  std::string service(const std::string& command, const std::string& rest = {}) {
    return unit("service", "[Service]\nType=oneshot\nExecStart=" + command + "\n" + rest);
  }
  std::string unit(const std::string& kind, const std::string& text) {
    static int number = 0;
    const std::string name = "wxtest-" + std::to_string(++number) + "." + kind;
    world->write_unit(name, text);
    return name;
  }
  JobResult start(const std::string& name, Micros wait = long_wait) {
    auto result = systemd().start(name, wait);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : JobResult::lost;
  }
  UnitState state(const std::string& name) {
    auto result = systemd().unit(name);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : UnitState{};
  }
  void succeeds(const Status& status) { EXPECT_TRUE(status) << status.error().message; }
  // Whether `condition` comes true while up to two seconds pass.
  bool becomes(const std::function<bool()>& condition) {
    for (int tries = 0; tries < 40; ++tries) {
      if (condition()) return true;
      world->pass(Micros{50'000});
    }
    return condition();
  }

  static constexpr Micros long_wait{10'000'000};
  std::unique_ptr<SystemdWorld> world;
};

TEST_P(SystemdContract, AnUnknownUnitIsAStateAndNoError) {
  const UnitState unknown = state("wxtest-nowhere.service");
  EXPECT_EQ(unknown.load_state, "not-found");
  EXPECT_EQ(unknown.active_state, "inactive");
  EXPECT_EQ(unknown.fragment_path, "");
  EXPECT_EQ(unknown.file_state, "");
}

TEST_P(SystemdContract, AnUnknownUnitCannotBeStarted) {
  auto result = systemd().start("wxtest-nowhere.service", long_wait);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::not_found);
  EXPECT_THAT(result.error().message, testing::HasSubstr("wxtest-nowhere.service"));
  EXPECT_FALSE(result.error().remedy.empty());
}

TEST_P(SystemdContract, AnUnknownUnitCannotBeStartedLater) {
  EXPECT_EQ(systemd().start_later("wxtest-nowhere.service").error().code, Code::not_found);
}

TEST_P(SystemdContract, AServiceThatSucceedsEndsItsJobDoneAndStaysReadable) {
  const std::string name = service("/bin/true");
  EXPECT_EQ(start(name), JobResult::done);
  const UnitState ended = state(name);
  EXPECT_EQ(ended.name, name);
  EXPECT_EQ(ended.load_state, "loaded");
  EXPECT_EQ(ended.active_state, "inactive");
  EXPECT_EQ(ended.sub_state, "dead");
  EXPECT_EQ(ended.type, "oneshot");
  EXPECT_EQ(ended.result, "success");
  EXPECT_EQ(ended.exec_main_code, 1);
  EXPECT_EQ(ended.exec_main_status, 0);
  EXPECT_EQ(ended.main_pid, 0u);
  EXPECT_EQ(ended.invocation.size(), 32u);
  EXPECT_GT(ended.inactive_enter_us, 0u);
  EXPECT_THAT(ended.fragment_path, testing::EndsWith("/" + name));
}

TEST_P(SystemdContract, AServiceThatFailsFailsItsJobUntilItIsReset) {
  const std::string name = service("/bin/false");
  EXPECT_EQ(start(name), JobResult::failed);
  const UnitState ended = state(name);
  EXPECT_EQ(ended.active_state, "failed");
  EXPECT_EQ(ended.result, "exit-code");
  EXPECT_EQ(ended.exec_main_status, 1);
  succeeds(systemd().reset_failed(name));
  EXPECT_EQ(state(name).active_state, "inactive");
}

TEST_P(SystemdContract, ResettingAnUnknownUnitIsFine) {
  succeeds(systemd().reset_failed("wxtest-nowhere.service"));
}

TEST_P(SystemdContract, EachStartIsAnInvocationOfItsOwn) {
  const std::string name = service("/bin/true");
  start(name);
  const std::string first = state(name).invocation;
  start(name);
  const std::string second = state(name).invocation;
  auto restarted = systemd().restart(name, long_wait);
  ASSERT_TRUE(restarted) << restarted.error().message;
  EXPECT_EQ(*restarted, JobResult::done);
  EXPECT_NE(first, second);
  EXPECT_NE(second, state(name).invocation);
}

TEST_P(SystemdContract, TheJobGoesOnWhenTheWaitIsOver) {
  const std::string name = service("/bin/sleep 1");
  EXPECT_EQ(start(name, Micros{100'000}), JobResult::limit);
  const UnitState running = state(name);
  EXPECT_EQ(running.active_state, "activating");
  EXPECT_GT(running.main_pid, 0u);
  EXPECT_TRUE(becomes([&] { return state(name).active_state == "inactive"; }));
  EXPECT_EQ(state(name).invocation, running.invocation);
  EXPECT_EQ(state(name).result, "success");
}

TEST_P(SystemdContract, AStartInMidRunMergesWithIt) {
  const std::string name = service("/bin/sleep 0.5");
  succeeds(systemd().start_later(name));
  EXPECT_TRUE(becomes([&] { return state(name).active_state == "activating"; }));
  const std::string invocation = state(name).invocation;
  EXPECT_EQ(start(name), JobResult::done);
  EXPECT_EQ(state(name).invocation, invocation);
}

TEST_P(SystemdContract, AStopEndsARunAndIsFineWithoutOne) {
  const std::string name = service("/bin/sleep 30");
  EXPECT_EQ(start(name, Micros{100'000}), JobResult::limit);
  for (int time = 0; time < 2; ++time) {
    auto result = systemd().stop(name, long_wait);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, JobResult::done);
    EXPECT_EQ(state(name).active_state, "failed");
    EXPECT_EQ(state(name).result, "signal");
    EXPECT_EQ(state(name).exec_main_code, 2);
    EXPECT_EQ(state(name).exec_main_status, 15);
    EXPECT_EQ(state(name).main_pid, 0u);
  }
}

TEST_P(SystemdContract, AChangedUnitFileWaitsForTheReload) {
  const std::string name = service("/bin/true");
  EXPECT_EQ(start(name), JobResult::done);
  EXPECT_FALSE(state(name).need_daemon_reload);
  world->pass(Micros{20'000});
  world->write_unit(name, "[Service]\nType=oneshot\nExecStart=/bin/false\n");
  EXPECT_TRUE(state(name).need_daemon_reload);
  EXPECT_EQ(start(name), JobResult::done);
  succeeds(systemd().reload());
  EXPECT_FALSE(state(name).need_daemon_reload);
  EXPECT_EQ(start(name), JobResult::failed);
}

TEST_P(SystemdContract, AUnitWhoseFileIsGoneStaysLoadedUntilTheReload) {
  const std::string name = service("/bin/true");
  EXPECT_EQ(start(name), JobResult::done);
  world->remove_unit(name);
  EXPECT_EQ(state(name).load_state, "loaded");
  EXPECT_EQ(state(name).file_state, "");
  EXPECT_EQ(start(name), JobResult::done);
  succeeds(systemd().reload());
  EXPECT_EQ(state(name).load_state, "not-found");
  EXPECT_EQ(systemd().start(name, long_wait).error().code, Code::not_found);
}

TEST_P(SystemdContract, AUnitFileThatComesLaterIsFoundWithoutAReload) {
  EXPECT_EQ(state("wxtest-later.service").load_state, "not-found");
  world->pass(Micros{20'000});
  world->write_unit("wxtest-later.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
  EXPECT_EQ(start("wxtest-later.service"), JobResult::done);
}

TEST_P(SystemdContract, ADropInReplacesACommandAfterTheReload) {
  const std::string name = service("/bin/true");
  EXPECT_EQ(start(name), JobResult::done);
  world->write_unit(name + ".d/10-test.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n");
  EXPECT_EQ(start(name), JobResult::done);
  succeeds(systemd().reload());
  EXPECT_EQ(start(name), JobResult::failed);
  EXPECT_THAT(state(name).drop_in_paths, testing::ElementsAre(testing::EndsWith(name + ".d/10-test.conf")));
}

TEST_P(SystemdContract, AnInstanceComesFromItsTemplateWithDropInsOfItsOwn) {
  world->write_unit("wxtest-many@.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
  world->write_unit("wxtest-many@green.service.d/10-test.conf",
                    "[Service]\nExecStart=\nExecStart=/bin/false\n");
  succeeds(systemd().reload());
  EXPECT_EQ(start("wxtest-many@blue.service"), JobResult::done);
  EXPECT_EQ(start("wxtest-many@green.service"), JobResult::failed);
  EXPECT_THAT(state("wxtest-many@blue.service").fragment_path, testing::EndsWith("/wxtest-many@.service"));
}

TEST_P(SystemdContract, EnablingAndDisablingAreSeenAtOnceAndCanBeRepeated) {
  const std::string name = service("/bin/true", "[Install]\nWantedBy=default.target\n");
  EXPECT_EQ(state(name).file_state, "disabled");
  for (int time = 0; time < 2; ++time) succeeds(systemd().enable(name));
  EXPECT_EQ(state(name).file_state, "enabled");
  for (int time = 0; time < 2; ++time) succeeds(systemd().disable(name));
  EXPECT_EQ(state(name).file_state, "disabled");
}

TEST_P(SystemdContract, AUnitWithoutAnInstallSectionIsStatic) {
  const std::string name = service("/bin/true");
  EXPECT_EQ(state(name).file_state, "static");
  EXPECT_EQ(systemd().enable(name).error().code, Code::invalid);
}

TEST_P(SystemdContract, AnUnknownUnitCannotBeEnabledButDisabled) {
  EXPECT_EQ(systemd().enable("wxtest-nowhere.service").error().code, Code::not_found);
  succeeds(systemd().disable("wxtest-nowhere.service"));
}

TEST_P(SystemdContract, ATransientServiceRunsOnceUnderItsNameAndIsGoneAfterwards) {
  TransientService sleeper;
  sleeper.name = "wxtest-transient.service";
  sleeper.description = "A test";
  sleeper.argv = {"/bin/sleep", "0.5"};
  succeeds(systemd().start_transient(sleeper));
  EXPECT_EQ(state(sleeper.name).active_state, "active");
  EXPECT_EQ(systemd().start_transient(sleeper).error().code, Code::busy);
  EXPECT_TRUE(becomes([&] { return state(sleeper.name).load_state == "not-found"; }));
}

TEST_P(SystemdContract, ATransientServiceNeedsAnAbsolutePath) {
  TransientService nothing;
  nothing.name = "wxtest-relative.service";
  EXPECT_EQ(systemd().start_transient(nothing).error().code, Code::invalid);
  nothing.argv = {"sleep", "1"};
  EXPECT_EQ(systemd().start_transient(nothing).error().code, Code::invalid);
}

TEST_P(SystemdContract, ATimerStartsItsServiceAsTheCalendarSays) {
  const std::string name = service("/bin/true", "StartLimitIntervalSec=0\n");
  const std::string timer =
      unit("timer", "[Timer]\nOnCalendar=*:*:0/1\nAccuracySec=1ms\nUnit=" + name + "\n");
  EXPECT_EQ(start(timer), JobResult::done);
  auto waiting = systemd().timer(timer);
  ASSERT_TRUE(waiting) << waiting.error().message;
  EXPECT_EQ(waiting->active_state, "active");
  EXPECT_EQ(waiting->unit, name);
  EXPECT_EQ(waiting->accuracy_us, 1000u);
  EXPECT_GT(waiting->active_enter_us, 0u);
  EXPECT_GT(waiting->next_realtime_us, 0u);
  EXPECT_TRUE(becomes([&] { return systemd().timer(timer)->last_trigger_us >= waiting->active_enter_us; }));
  EXPECT_TRUE(becomes([&] { return state(name).inactive_enter_us > waiting->active_enter_us; }));
  ASSERT_TRUE(systemd().stop(timer, long_wait));
  EXPECT_EQ(systemd().timer(timer)->active_state, "inactive");
}

TEST_P(SystemdContract, AMonotonicTimerRunsAfterItsDelayAndAgainAfterEachRun) {
  const std::string name = service("/bin/true", "StartLimitIntervalSec=0\n");
  const std::string timer = unit(
      "timer", "[Timer]\nOnActiveSec=100ms\nOnUnitInactiveSec=200ms\nAccuracySec=1ms\nUnit=" + name + "\n");
  EXPECT_EQ(start(timer), JobResult::done);
  EXPECT_TRUE(becomes([&] { return !state(name).invocation.empty(); }));
  const std::string first = state(name).invocation;
  EXPECT_TRUE(becomes([&] { return state(name).invocation != first && !state(name).invocation.empty(); }));
  EXPECT_TRUE(systemd().stop(timer, long_wait));
}

TEST_P(SystemdContract, AUnitComesUpWithWhatItNeedsGoesDownWithItAndIsNamedByIt) {
  const std::string name = service("/bin/true");
  const std::string needed = unit("timer", "[Timer]\nOnActiveSec=1h\nUnit=" + name + "\n");
  for (const char* relation : {"Requires", "BindsTo"}) {
    const std::string dependent =
        unit("timer", "[Unit]\n" + std::string(relation) + "=" + needed + "\nAfter=" + needed +
                          "\n[Timer]\nOnActiveSec=1h\nUnit=" + name + "\n");
    EXPECT_EQ(start(dependent), JobResult::done);
    EXPECT_EQ(state(needed).active_state, "active") << relation;
    EXPECT_THAT(state(needed).needed_by, testing::Contains(dependent));
    ASSERT_TRUE(systemd().stop(needed, long_wait));
    EXPECT_TRUE(becomes([&] { return state(dependent).active_state == "inactive"; })) << relation;
  }
}

TEST_P(SystemdContract, AnUnknownTimerIsNotFound) {
  EXPECT_EQ(systemd().timer("wxtest-nowhere.timer").error().code, Code::not_found);
}

TEST_P(SystemdContract, UnitsAreReadFromAtLeastOneAbsolutePath) {
  auto paths = systemd().unit_path();
  ASSERT_TRUE(paths) << paths.error().message;
  EXPECT_THAT(*paths, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(*paths, testing::Each(testing::StartsWith("/")));
  EXPECT_FALSE(systemd().version()->empty());
}

}  // namespace wx::testkit
