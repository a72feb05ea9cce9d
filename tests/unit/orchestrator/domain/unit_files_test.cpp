#include "orchestrator/domain/unit_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wx {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

UnitContext context() {
  return {"tides",
          "/home/ann/.local/share/wxctl/tides",
          "/home/ann/.local/share/wxctl/tides/engine/0123456789ab",
          {{"HOME", "/home/ann"}}};
}

Manifest manifest() {
  Manifest out;
  out.name = "tides";
  out.service = "tides.service";
  out.timer = TimerSpec{"tides.timer", {{"Timer", "OnCalendar", "*:0/10"}, {"Timer", "Persistent", "true"}}};
  out.program.timeout = 90s;
  out.program.stop = 5s;
  return out;
}

TEST(UnitFiles, RouteTheEntryAndLetItTakeAsLongAsItTakes) {
  const auto file = entry_unit(manifest(), context());
  EXPECT_EQ(file.name, "tides.service");
  EXPECT_EQ(file.content,
            R"(# wxctl: app tides
[Unit]
Description=tides, routed by wxctl
StartLimitIntervalSec=0

[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/home/ann/.local/share/wxctl/tides/engine/0123456789ab/wxctl-router --root /home/ann/.local/share/wxctl/tides
)");
}

TEST(UnitFiles, WriteTheTimerThatTheManifestDescribes) {
  const auto file = timer_unit(manifest(), context());
  EXPECT_EQ(file.name, "tides.timer");
  EXPECT_EQ(file.content, R"(# wxctl: app tides
[Unit]
Description=Timer of tides

[Timer]
Unit=tides.service
OnCalendar=*:0/10
Persistent=true

[Install]
WantedBy=timers.target
)");
}

TEST(UnitFiles, NeverRestartAnInstanceByItself) {
  const auto file = instance_template(manifest(), context());
  EXPECT_EQ(file.name, "tides@.service");
  EXPECT_EQ(file.content,
            R"(# wxctl: app tides
[Unit]
Description=tides, slot %i
StartLimitIntervalSec=0

[Service]
Type=oneshot
Restart=no
KillMode=control-group
SendSIGKILL=yes
ExecStart=/home/ann/.local/share/wxctl/tides/engine/0123456789ab/wxctl-router exec --root /home/ann/.local/share/wxctl/tides --slot %i
TimeoutStartSec=1m30s
TimeoutStopSec=5s
)");
}

TEST(UnitFiles, KeepAllThatMayDifferBetweenSlotsInTheDropIn) {
  auto app = manifest();
  app.unit = {{"Unit", "After", "network-online.target"}, {"Service", "MemoryMax", "200M"}};
  const auto file = slot_drop_in(app, context(), "green.check");
  EXPECT_EQ(file.name, "tides@green.check.service.d/10-wxctl.conf");
  EXPECT_EQ(file.content,
            R"(# wxctl: app tides
[Unit]
After=network-online.target

[Service]
ExecStart=
ExecStart=/home/ann/.local/share/wxctl/tides/engine/0123456789ab/wxctl-router exec --root /home/ann/.local/share/wxctl/tides --slot %i
TimeoutStartSec=1m35s
TimeoutStopSec=5s
MemoryMax=200M
)");
}

TEST(UnitFiles, GiveACheckTheTimeThatItIsPromisedThoughARunHasLess) {
  auto app = manifest();
  CheckSpec check;
  check.id = "self-test";
  check.exec = {"/bin/true"};
  check.timeout = std::chrono::minutes(10);
  app.checks.push_back(check);
  EXPECT_NE(slot_drop_in(app, context(), "green.check").content.find("TimeoutStartSec=10m5s\n"),
            std::string::npos);
  EXPECT_NE(slot_drop_in(app, context(), "green").content.find("TimeoutStartSec=1m30s\n"), std::string::npos);
}

TEST(UnitFiles, BringTheEngineBackAfterACrashOrABoot) {
  const auto file = resume_unit(context(), "wxctl-resume@tides.service");
  EXPECT_EQ(file.name, "wxctl-resume@tides.service");
  EXPECT_EQ(file.content, R"(# wxctl: app tides
[Unit]
Description=Go on with the rollout of tides

[Service]
Type=exec
Restart=on-failure
RestartSec=5s
ExecStart=/home/ann/.local/share/wxctl/tides/engine/0123456789ab/wxctl engine --app tides --resume
Environment=HOME=/home/ann

[Install]
WantedBy=default.target
)");
}

TEST(UnitFiles, ArmTheDeadMansSwitch) {
  EXPECT_EQ(deadman_service(context(), "wxctl-deadman@tides.service", "wxctl-resume@tides.service").content,
            R"(# wxctl: app tides
[Unit]
Description=Dead-man's switch of tides
After=wxctl-resume@tides.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/home/ann/.local/share/wxctl/tides/engine/0123456789ab/wxctl engine --app tides --deadman
Environment=HOME=/home/ann
)");
  EXPECT_EQ(deadman_timer(context(), "wxctl-deadman@tides.timer", 12s).content, R"(# wxctl: app tides
[Unit]
Description=Dead-man's switch of tides

[Timer]
OnActiveSec=12s
OnUnitInactiveSec=12s
AccuracySec=100ms

[Install]
WantedBy=timers.target
)");
}

TEST(UnitFiles, BeginWithTheMarkByWhichTheyAreKnown) {
  EXPECT_EQ(unit_file_mark("tides"), "# wxctl: app tides\n");
  for (const auto& file :
       {entry_unit(manifest(), context()), timer_unit(manifest(), context()),
        instance_template(manifest(), context()), slot_drop_in(manifest(), context(), "blue"),
        resume_unit(context(), "a"), deadman_service(context(), "a", "b"), deadman_timer(context(), "a", 1s)})
    EXPECT_TRUE(file.content.starts_with(unit_file_mark("tides"))) << file.name;
}

struct Ownership {
  const char* section;
  const char* key;
  bool entry;
  bool instance;
};

TEST(UnitFiles, GiveADirectiveToTheUnitWhereItMeansWhatItMeant) {
  const Ownership table[] = {
      {"Service", "MemoryMax", false, true},
      {"Service", "User", false, true},
      {"Service", "ProtectSystem", false, true},
      {"Unit", "After", false, true},
      {"Service", "Restart", true, false},
      {"Service", "RestartSec", true, false},
      {"Unit", "OnFailure", true, false},
      {"Unit", "OnSuccess", true, false},
      {"Unit", "StartLimitBurst", true, false},
      {"Unit", "StartLimitIntervalSec", true, false},
      {"Service", "SuccessExitStatus", true, true},
      {"Service", "RestartPreventExitStatus", true, true},
      {"Service", "RestartForceExitStatus", true, true},
  };
  for (const auto& row : table) {
    auto app = manifest();
    app.unit = {{row.section, row.key, "marked-value"}};
    const std::string line = std::string("\n") + row.key + "=marked-value\n";
    const auto entry = entry_unit(app, context()).content;
    const auto instance = slot_drop_in(app, context(), "blue").content;
    EXPECT_EQ(entry.find(line) != std::string::npos, row.entry) << row.key;
    EXPECT_EQ(instance.find(line) != std::string::npos, row.instance) << row.key;
    // Which slot it is must not matter to the template.
    EXPECT_THAT(instance_template(app, context()).content, Not(HasSubstr("marked-value"))) << row.key;
  }
}

TEST(UnitFiles, LetTheStartLimitOfThePersonPrevail) {
  auto app = manifest();
  app.unit = {{"Unit", "StartLimitIntervalSec", "1h"}};
  const auto content = entry_unit(app, context()).content;
  EXPECT_LT(content.find("StartLimitIntervalSec=0"), content.find("StartLimitIntervalSec=1h"));
}

TEST(UnitFiles, KeepADirectiveInItsSection) {
  auto app = manifest();
  app.unit = {{"Service", "SuccessExitStatus", "4"}, {"Unit", "OnFailure", "alarm.service"}};
  const auto content = entry_unit(app, context()).content;
  EXPECT_LT(content.find("OnFailure="), content.find("[Service]"));
  EXPECT_GT(content.find("SuccessExitStatus="), content.find("[Service]"));
}

TEST(ExecWord, LeavesPlainWordsAlone) {
  for (const char* word : {"/usr/bin/tides", "--config=a,b", "a@b:c+d_e-f"}) EXPECT_EQ(exec_word(word), word);
}

TEST(ExecWord, QuotesWhatSystemdWouldReadOtherwise) {
  EXPECT_EQ(exec_word(""), R"("")");
  EXPECT_EQ(exec_word("two words"), R"("two words")");
  EXPECT_EQ(exec_word("100%"), R"("100%%")");
  EXPECT_EQ(exec_word("$HOME"), R"("$$HOME")");
  EXPECT_EQ(exec_word(R"(say "hi")"), R"("say \"hi\"")");
  EXPECT_EQ(exec_word("it's"), R"("it's")");
  EXPECT_EQ(exec_word(R"(a\b)"), R"("a\\b")");
  EXPECT_EQ(exec_word(";"), R"(";")");
  EXPECT_EQ(exec_word("a\nExecStart=/bin/sh"), R"("a\nExecStart=/bin/sh")");
}

TEST(UnitFiles, QuotePathsOfUnusualHomes) {
  auto odd = context();
  odd.data = "/home/ann b/50%";
  EXPECT_THAT(entry_unit(manifest(), odd).content, HasSubstr(" --root \"/home/ann b/50%%\"\n"));
}

TEST(UnitFiles, PassTheEnvironmentOnUnchanged) {
  auto odd = context();
  // A dollar means nothing in Environment=, unlike in ExecStart=.
  odd.environment = {{"PATH", "/bin:/opt/a b"}, {"HOME", "/home/$ann"}, {"XDG_DATA_HOME", "/srv/50%"}};
  const auto content = resume_unit(odd, "a").content;
  EXPECT_THAT(content, HasSubstr("\nEnvironment=\"PATH=/bin:/opt/a b\"\n"));
  EXPECT_THAT(content, HasSubstr("\nEnvironment=\"HOME=/home/$ann\"\n"));
  EXPECT_THAT(content, HasSubstr("\nEnvironment=\"XDG_DATA_HOME=/srv/50%%\"\n"));
}

}  // namespace
}  // namespace wx
