// Somebody else changes a file of an app while a rollout is under way: the rollout stops, shows it, and does
// what a person decides; whatever is decided, nobody's work is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/core/files.hpp"
#include "orchestrator/engine/requests.hpp"
#include "tests/crash/trial.hpp"

namespace wx::crash {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testkit::EffectLog;

constexpr Micros in_mid_soak{3'000'000};
constexpr const char* config_with_key = "interval: 2\nbucket: none\napi_key: k1\n";

class ForeignChanges : public testing::Test {
 protected:
  ForeignChanges() {
    const std::string first = world_.add_release("ticks-1", {"one"}, config_with_key);
    second_ = world_.add_release("ticks-2", {"two"}, std::string(config_with_key) + "retries: 3\n");
    const auto view = seen(deploy(world_, log_, {"o-1", first}));
    EXPECT_EQ(view.phase, "Healthy") << view.message;
    before_ = observe_host(world_);
  }

  std::string unit(const std::string& name) const { return world_.layout.unit_dir + "/" + name; }
  std::string evidence(const std::string& name) const {
    return world_.layout.evidence("o-2") + "/foreign/" + name;
  }
  std::string read(const std::string& path) { return world_.files.read(path, 1 << 20).value_or("(nothing)"); }

  void edit_in_mid_soak(const std::string& path, const std::string& content) {
    world_.clock.at(world_.clock.monotonic() + in_mid_soak,
                    [this, path, content] { world_.files.put(path, content); });
  }
  RolloutView deployed() { return seen(deploy(world_, log_, {"o-2", second_, "6s"})); }
  RolloutView resumed() { return seen(resume(world_, log_)); }
  RolloutView retried(const std::string& take = {}) {
    Request request;
    request.verb = "retry";
    request.take = take;
    ask(world_, request);
    return resumed();
  }
  RolloutView aborted() { return seen(take_back(world_, log_, "Aborted")); }
  static RolloutView seen(const Result<RolloutView>& view) {
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : RolloutView{};
  }
  std::string edited_entry() {
    return read(unit("ticks.service")) + "Nice=19\nEnvironment=API_TOKEN=tell-nobody\n";
  }
  std::string told() {
    std::string text;
    for (const auto& [path, what] : world_.files.dump())
      if (path.ends_with("o-2/journal")) text += read(path);
    return text;
  }

  FakeWorld world_;
  EffectLog log_;
  std::string second_;
  HostState before_;
};

TEST_F(ForeignChanges, OfAUnitFileStopTheRolloutAndAreShownWithoutSecrets) {
  const std::string theirs = edited_entry();
  edit_in_mid_soak(unit("ticks.service"), theirs);
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_EQ(view.verdict, "inconclusive");
  EXPECT_EQ(view.exit, 3);
  EXPECT_THAT(view.message,
              AllOf(HasSubstr(unit("ticks.service")), HasSubstr("+Nice=19"), Not(HasSubstr("tell-nobody"))));
  EXPECT_THAT(view.remedy,
              AllOf(HasSubstr("--take-ours"), HasSubstr("--take-theirs"), HasSubstr("wxctl abort")));
  EXPECT_EQ(read(unit("ticks.service")), theirs);
  EXPECT_THAT(told(), AllOf(HasSubstr("+Environment=API_TOKEN=***"), Not(HasSubstr("tell-nobody"))));
}

TEST_F(ForeignChanges, AreLookedAtAgainByAPlainRetry) {
  const std::string ours = read(unit("ticks.service"));
  edit_in_mid_soak(unit("ticks.service"), edited_entry());
  EXPECT_EQ(deployed().phase, "Paused");
  EXPECT_EQ(retried().phase, "Paused");
  world_.files.put(unit("ticks.service"), ours);
  EXPECT_EQ(retried().phase, "Healthy");
}

TEST_F(ForeignChanges, GiveWayToOursAndAreKept) {
  const std::string ours = read(unit("ticks.service"));
  const std::string theirs = edited_entry();
  edit_in_mid_soak(unit("ticks.service"), theirs);
  EXPECT_EQ(deployed().phase, "Paused");
  EXPECT_EQ(retried("ours").phase, "Healthy");
  EXPECT_EQ(read(unit("ticks.service")), ours);
  EXPECT_EQ(read(evidence("units/ticks.service")), theirs);
  EXPECT_EQ(world_.files.info(evidence("units/ticks.service"))->mode, 0600U);
  EXPECT_FALSE(world_.systemd.unit("ticks.service")->need_daemon_reload);
}

TEST_F(ForeignChanges, ThatAreLeftToTheirAuthorOutliveTheRollout) {
  const std::string theirs = edited_entry();
  edit_in_mid_soak(unit("ticks.service"), theirs);
  EXPECT_EQ(deployed().phase, "Paused");
  EXPECT_EQ(retried("theirs").phase, "Healthy");
  EXPECT_EQ(read(unit("ticks.service")), theirs);
  EXPECT_EQ(seen(roll_back(world_, log_, "o-3")).phase, "RolledBack");
  EXPECT_EQ(read(unit("ticks.service")), theirs) << "not even a rollback replaces it";
}

TEST_F(ForeignChanges, AreKeptBeforeAnAbortPutsOursBack) {
  const std::string theirs = edited_entry();
  edit_in_mid_soak(unit("ticks.service"), theirs);
  EXPECT_EQ(deployed().phase, "Paused");
  const RolloutView view = aborted();
  EXPECT_EQ(view.phase, "RolledBack");
  EXPECT_THAT(view.message, HasSubstr(evidence("units/ticks.service")));
  EXPECT_EQ(read(evidence("units/ticks.service")), theirs);
  EXPECT_EQ(differences(before_, observe_host(world_)), std::vector<std::string>{});
}

TEST_F(ForeignChanges, OfTheLiveConfigAreNotOverwrittenByConfirm) {
  const std::string live = world_.layout.live_config();
  edit_in_mid_soak(live, "interval: 9\nbucket: none\napi_key: k2\n");
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_THAT(view.message, AllOf(HasSubstr(live), HasSubstr("+interval: 9"), Not(HasSubstr("k2"))));
  EXPECT_EQ(retried("theirs").phase, "Healthy");
  EXPECT_EQ(read(live), "interval: 9\nbucket: none\napi_key: k2\n");
}

TEST_F(ForeignChanges, OfTheLiveConfigAreKeptWhenOursIsTaken) {
  const std::string live = world_.layout.live_config();
  edit_in_mid_soak(live, "interval: 9\n");
  EXPECT_EQ(deployed().phase, "Paused");
  EXPECT_EQ(retried("ours").phase, "Healthy");
  EXPECT_THAT(read(live), HasSubstr("retries: 3"));
  EXPECT_EQ(read(evidence("ticks.config.yml")), "interval: 9\n");
}

TEST_F(ForeignChanges, SuchAsADropInOfSomebodyElseAreSeen) {
  const std::string drop_in = unit("ticks.service.d/override.conf");
  edit_in_mid_soak(drop_in, "[Service]\nExecStart=\nExecStart=/bin/false\n");
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_THAT(view.message, AllOf(HasSubstr(drop_in + " (added"), HasSubstr("+ExecStart=/bin/false")));
  EXPECT_EQ(retried("ours").phase, "Healthy");
  EXPECT_FALSE(exists(world_.files, drop_in));
  EXPECT_THAT(read(evidence("units/ticks.service.d/override.conf")), HasSubstr("/bin/false"));
  EXPECT_EQ(world_.systemd.unit("ticks.service")->drop_in_paths, std::vector<std::string>{});
}

TEST_F(ForeignChanges, ThatWereThereBeforeTheRolloutAreNone) {
  world_.files.put(unit("ticks.service.d/override.conf"), "[Service]\nNice=5\n");
  EXPECT_EQ(deployed().phase, "Healthy");
  EXPECT_THAT(read(unit("ticks.service.d/override.conf")), HasSubstr("Nice=5"));
}

TEST_F(ForeignChanges, SuchAsAMaskedTimerAreSeenButAStoppedOneIsNone) {
  world_.clock.at(world_.clock.monotonic() + in_mid_soak, [this] {
    ASSERT_TRUE(world_.files.remove_file(unit("ticks.timer")));
    ASSERT_TRUE(world_.files.symlink("/dev/null", unit("ticks.timer")));
  });
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_THAT(view.message, HasSubstr(unit("ticks.timer")));
  EXPECT_EQ(retried("ours").phase, "Healthy");
  EXPECT_EQ(world_.files.read_link(evidence("units/ticks.timer")).value_or(""), "/dev/null");
  EXPECT_EQ(world_.systemd.unit("ticks.timer")->load_state, "loaded");
}

TEST_F(ForeignChanges, MadeWhileNobodyDrovePauseWhoeverResumes) {
  // Killed in its first soak: the clock ends it.
  bool killed = false;
  struct Stop final : EffectObserver {
    Status before(const Effect&) override {
      if (*armed) throw testkit::Killed{};
      return {};
    }
    bool* armed = nullptr;
  } stop;
  bool armed = false;
  stop.armed = &armed;
  world_.clock.at(world_.clock.monotonic() + in_mid_soak, [&] { armed = true; });
  try {
    static_cast<void>(deploy(world_, stop, {"o-2", second_, "6s"}));
  } catch (const testkit::Killed&) {
    killed = true;
  }
  ASSERT_TRUE(killed);
  world_.files.put(unit("ticks@green.service.d/10-wxctl.conf"), "[Service]\nNice=1\n");
  EXPECT_EQ(resumed().phase, "Paused");
  EXPECT_EQ(retried("ours").phase, "Healthy");
}

TEST_F(ForeignChanges, DoNotAnswerForWhatNobodyDecidedAbout) {
  edit_in_mid_soak(unit("ticks.service"), edited_entry());
  EXPECT_EQ(deployed().phase, "Paused");
  const std::string late = "# wxctl: app ticks\n[Timer]\nOnCalendar=daily\n";
  world_.files.put(unit("ticks.timer"), late);
  const RolloutView view = retried("ours");
  EXPECT_EQ(view.phase, "Paused") << "the timer was changed after the person had looked";
  EXPECT_EQ(read(unit("ticks.timer")), late);
  EXPECT_THAT(view.message, AllOf(HasSubstr("ticks.timer"), Not(HasSubstr(unit("ticks.service")))));
}

TEST_F(ForeignChanges, AreKeptWhenAPromotedVersionIsTakenBack) {
  EXPECT_EQ(deployed().phase, "Healthy");
  const std::string theirs = edited_entry();
  world_.files.put(unit("ticks.service"), theirs);
  const RolloutView view = seen(roll_back(world_, log_, "o-3"));
  EXPECT_EQ(view.phase, "RolledBack");
  const std::string kept = world_.layout.evidence("o-3") + "/foreign/units/ticks.service";
  EXPECT_THAT(view.message, HasSubstr(kept));
  EXPECT_EQ(read(kept), theirs);
}

TEST_F(ForeignChanges, OfWhatEveryStepRendersAnewCannotStay) {
  const std::string current = world_.layout.data + "/current";
  world_.clock.at(world_.clock.monotonic() + in_mid_soak, [this, current] {
    const std::string rendered = current + "/green/config";
    world_.files.put(*world_.files.real_path(current) + "/green/config", read(rendered) + "interval: 1\n");
  });
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_THAT(view.message, AllOf(HasSubstr("/green/config"), HasSubstr("+interval: 1")));
  const RolloutView again = retried("theirs");
  EXPECT_EQ(again.phase, "Paused");
  EXPECT_THAT(again.message, HasSubstr("cannot stay"));
  EXPECT_EQ(retried("ours").phase, "Healthy");
}

TEST_F(ForeignChanges, SuchAsTheLinkToAnotherGenerationAreSeen) {
  const std::string current = world_.layout.current();
  world_.clock.at(world_.clock.monotonic() + in_mid_soak, [this, current] {
    const std::string link = *world_.files.read_link(current);
    const int number = std::stoi(link.substr(link.find('/') + 1));
    ASSERT_TRUE(replace_link(world_.files, current, "generations/" + std::to_string(number - 1)));
  });
  const RolloutView view = deployed();
  EXPECT_EQ(view.phase, "Paused");
  EXPECT_THAT(view.message, HasSubstr(current));
  EXPECT_EQ(retried("ours").phase, "Healthy");
}

TEST_F(ForeignChanges, AreNoneWhereNobodyChangedAnything) {
  EXPECT_EQ(deployed().phase, "Healthy");
  EXPECT_FALSE(exists(world_.files, world_.layout.evidence("o-2") + "/foreign"));
}

}  // namespace
}  // namespace wx::crash
