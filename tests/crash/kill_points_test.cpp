// wxctl is killed at every effect of a command, before it and after it; whatever comes next must find a host
// that works and bring it wholly to the old or wholly to the new version.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/judge_points.hpp"
#include "tests/crash/scenes.hpp"

namespace wx::crash {
namespace {

using testkit::DieAt;
using testkit::EffectLog;
using testkit::Killed;
using testkit::Moment;

constexpr Micros a_while{5'000'000};
constexpr std::size_t most_reported = 12;
constexpr std::size_t usual_points = 8;

enum class Then { resume, take_back };
enum class How { killed, power_cut };

const char* word(Then then) {
  return then == Then::resume ? "resumed" : "taken back";
}

// What is wrong after one trial.
std::vector<std::string> run_trial(const Scene& scene, std::size_t number, Moment moment, Then then,
                                   How how) {
  FakeWorld world(scene.disk);
  DieAt death(number, moment);
  bool killed = false;
  try {
    static_cast<void>(scene.command(world, death, scene.id));
  } catch (const Killed&) {
    killed = true;
  }
  if (!killed) return {"was not killed"};
  if (how == How::power_cut) world.power_cut();
  world.clock.advance(a_while);
  std::vector<std::string> wrong = judge_points(world);
  EffectLog log;
  auto view = then == Then::resume ? resume(world, log) : take_back(world, log, "RolledBack");
  if (!view && view.error().code == Code::impossible) {
    // It had not begun, or it had ended: the host tells which.
    const auto all = list_rollouts(world.files, world.layout);
    if (all && (all->empty() || all->front().plan.id != scene.id))
      for (auto& line : differences(scene.untouched, observe_host(world)))
        wrong.push_back("before it began: " + line);
  }
  for (auto& line : judge_host(world, settle(world, scene, std::move(view))))
    wrong.push_back(std::move(line));
  return wrong;
}

void torture(const Scene& scene, How how) {
  std::size_t trials = 0;
  std::size_t bad = 0;
  const auto points = sample(scene.effects.size(), usual_points);
  for (const std::size_t number : points) {
    for (const Moment moment : {Moment::before, Moment::after}) {
      for (const Then then : {Then::resume, Then::take_back}) {
        ++trials;
        const auto wrong = run_trial(scene, number, moment, then, how);
        if (wrong.empty() || ++bad > most_reported) continue;
        std::string text;
        for (const auto& line : wrong) text += "\n  " + line;
        ADD_FAILURE() << scene.name << ", " << (how == How::killed ? "killed " : "power cut ")
                      << (moment == Moment::before ? "before" : "after") << " effect "
                      << effect_name(scene, number) << ", then " << word(then) << ":" << text;
      }
    }
  }
  EXPECT_EQ(bad, 0U) << "of " << trials << " trials of " << scene.name;
  std::cout << "kill points: " << scene.name << (how == How::killed ? ", killed: " : ", power cut: ")
            << points.size() << " of " << scene.effects.size() << " effects, " << trials << " trials, "
            << (bad == 0 ? std::string("all passed") : std::to_string(bad) + " failed") << std::endl;
}

class KillPoints : public testing::TestWithParam<NamedScene> {};

TEST_P(KillPoints, KilledAnywhereItEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), How::killed);
}

TEST_P(KillPoints, APowerCutAnywhereEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), How::power_cut);
}

INSTANTIATE_TEST_SUITE_P(Scenes, KillPoints, testing::ValuesIn(all_scenes()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace wx::crash
