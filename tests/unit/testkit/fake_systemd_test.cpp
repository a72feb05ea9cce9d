#include "tests/testkit/fake_systemd.hpp"

#include "common/core/observed_systemd.hpp"
#include "tests/testkit/effects.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/testkit/systemd_contract.hpp"

namespace wx::testkit {
namespace {

using testing::ElementsAre;

const std::string units = "/home/wx/.config/systemd/user";

class FakeWorld final : public SystemdWorld {
 public:
  FakeWorld() {
    fake.on_exec = [](const std::string&, const std::vector<std::string>& argv) {
      ServiceExit exit;
      if (argv.front() == "/bin/false") exit.status = 1;
      if (argv.front() == "/bin/sleep") exit.duration = *parse_span(argv.at(1));
      return exit;
    };
  }
  Systemd& systemd() override { return fake; }
  void write_unit(const std::string& name, const std::string& text) override {
    files.put(units + "/" + name, text);
  }
  void remove_unit(const std::string& name) override {
    EXPECT_TRUE(files.remove_file(units + "/" + name) && files.sync_directory(units));
  }
  void pass(Micros time) override { clock.advance(time); }

  FakeClock clock;
  MemoryFileSystem files{&clock};
  FakeSystemd fake{files, clock, {units, "/usr/lib/systemd/user"}};
};

std::unique_ptr<SystemdWorld> fake_world() {
  return std::make_unique<FakeWorld>();
}

INSTANTIATE_TEST_SUITE_P(Fake, SystemdContract, testing::Values(&fake_world));

class FakeManager : public testing::Test {
 protected:
  void service(const std::string& name, const std::string& more = {}) {
    world.write_unit(name, "[Service]\nType=oneshot\nExecStart=/bin/work %i\n" + more);
  }
  // Notes each run and lets it take `duration`.
  void note_runs(Micros duration) {
    fake.on_exec = [this, duration](const std::string& unit, const std::vector<std::string>& argv) {
      runs.push_back(unit + ":" + argv.back());
      return ServiceExit{0, 0, duration};
    };
  }

  FakeWorld world;
  FakeSystemd& fake = world.fake;
  std::vector<std::string> runs;
};

TEST_F(FakeManager, RunsWhatTheUnitFileSaysInItsTurn) {
  world.write_unit("a.service", "[Service]\nType=oneshot\nExecStart=-/bin/false\nExecStart=/bin/sleep 2\n");
  const Micros begin = world.clock.monotonic();
  EXPECT_EQ(*fake.start("a.service", Micros{10'000'000}), JobResult::done);
  EXPECT_EQ(world.clock.monotonic() - begin, Micros{2'001'000});
}

TEST_F(FakeManager, ARouterStartsAnInstanceFromWithinItsOwnRun) {
  world.write_unit("a.service", "[Service]\nType=oneshot\nExecStart=/bin/router\n");
  service("a@.service");
  fake.on_exec = [&](const std::string& unit, const std::vector<std::string>& argv) {
    runs.push_back(unit);
    if (argv.front() != "/bin/router") return ServiceExit{3, 0, Micros{500'000}};
    EXPECT_EQ(*fake.start("a@green.service", Micros{9'000'000}), JobResult::failed);
    return ServiceExit{fake.unit("a@green.service")->exec_main_status, 0, Micros{}};
  };
  EXPECT_EQ(*fake.start("a.service", Micros{10'000'000}), JobResult::failed);
  EXPECT_EQ(fake.unit("a.service")->exec_main_status, 3);
  EXPECT_THAT(runs, ElementsAre("a.service", "a@green.service"));
}

TEST_F(FakeManager, ATimerTicksWhileTimePassesAndMissesTicksOfALongRun) {
  service("a.service");
  world.write_unit("a.timer", "[Timer]\nOnCalendar=*:*:0/10\n");
  note_runs(Micros{15'000'000});
  ASSERT_EQ(*fake.start("a.timer", Micros{}), JobResult::done);
  world.clock.advance(Micros{60'000'000});
  EXPECT_EQ(runs.size(), 3u);
  EXPECT_THAT(fake.running(), ElementsAre("a.service"));
}

TEST_F(FakeManager, AServiceThatRestartsOnFailureIsTriedAgainAfterItsJobFailed) {
  service("a.service", "Restart=on-failure\nRestartSec=8\n");
  int tries = 0;
  fake.on_exec = [&](const std::string&, const std::vector<std::string>&) {
    return ServiceExit{tries++ == 0 ? 1 : 0, 0, Micros{}};
  };
  ASSERT_TRUE(fake.start_later("a.service"));
  world.clock.advance(Micros{1'000'000});
  EXPECT_EQ(fake.unit("a.service")->sub_state, "auto-restart");
  world.clock.advance(Micros{8'000'000});
  EXPECT_EQ(fake.unit("a.service")->active_state, "inactive");
  EXPECT_EQ(fake.unit("a.service")->restarts, 1u);
}

TEST_F(FakeManager, ATimeOutEndsARunThatTakesLonger) {
  service("a.service", "TimeoutStartSec=2\n");
  note_runs(Micros{5'000'000});
  EXPECT_EQ(*fake.start("a.service", Micros{10'000'000}), JobResult::failed);
  EXPECT_EQ(fake.unit("a.service")->result, "timeout");
}

TEST_F(FakeManager, WhatIsEnabledStartsAgainAfterAReboot) {
  service("a.service");
  world.write_unit("a.timer", "[Timer]\nOnCalendar=*:*:0/10\n[Install]\nWantedBy=timers.target\n");
  ASSERT_TRUE(fake.start("a.timer", Micros{}));
  fake.reboot();
  EXPECT_EQ(fake.timer("a.timer")->active_state, "inactive");
  ASSERT_TRUE(fake.enable("a.timer"));
  fake.reboot();
  EXPECT_EQ(fake.timer("a.timer")->active_state, "active");
  note_runs(Micros{});
  world.clock.advance(Micros{10'000'000});
  EXPECT_THAT(runs, ElementsAre(testing::StartsWith("a.service")));
}

TEST_F(FakeManager, AMaskedUnitIsNotStarted) {
  world.write_unit("x", "");
  ASSERT_TRUE(world.files.symlink("/dev/null", units + "/m.service"));
  EXPECT_EQ(fake.unit("m.service")->load_state, "masked");
  EXPECT_FALSE(fake.start("m.service", Micros{}));
}

TEST_F(FakeManager, CanBeObserved) {
  service("a.service");
  EffectLog log;
  ObservedSystemd systemd(fake, log);
  ASSERT_TRUE(systemd.unit("a.service") && systemd.version() && systemd.unit_path());
  EXPECT_THAT(log.effects(), testing::IsEmpty());
  ASSERT_TRUE(systemd.reload());
  EXPECT_EQ(*systemd.start("a.service", Micros{9'000'000}), JobResult::done);
  EXPECT_THAT(log.effects(), ElementsAre(Effect{"systemd.reload", ""}, Effect{"systemd.start", "a.service"}));
}

TEST_F(FakeManager, AnUnreachableOneDoesNothing) {
  service("a.service");
  fake.unreachable = true;
  EXPECT_EQ(fake.start("a.service", Micros{}).error().code, Code::unavailable);
  EXPECT_EQ(fake.reload().error().code, Code::unavailable);
}

}  // namespace
}  // namespace wx::testkit
