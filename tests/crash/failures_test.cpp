// One effect of a command fails, each in its turn: the disk is full, a file cannot be touched, the bus does
// not answer. The rollout ends promoted or taken back, the host is wholly new or wholly old, and nothing is
// lost.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/scenes.hpp"

namespace wx::crash {
namespace {

using testkit::FailAt;

constexpr Micros a_while{5'000'000};
constexpr std::size_t most_reported = 12;
constexpr std::size_t usual_points = 8;

std::vector<std::string> run_trial(const Scene& scene, std::size_t number, const Error& error) {
  FakeWorld world(scene.disk);
  FailAt fault(number, error);
  auto view = scene.command(world, fault, scene.id);
  world.clock.advance(a_while);
  return judge_host(world, settle(world, scene, std::move(view)));
}

using Matches = bool (*)(const Effect&);

void torture(const Scene& scene, const Error& error, Matches matches) {
  std::vector<std::size_t> matching;
  for (std::size_t number = 0; number < scene.effects.size(); ++number)
    if (matches(scene.effects[number])) matching.push_back(number);
  const auto chosen = sample(matching.size(), usual_points);
  std::size_t bad = 0;
  for (const std::size_t i : chosen) {
    const auto wrong = run_trial(scene, matching[i], error);
    if (wrong.empty() || ++bad > most_reported) continue;
    std::string text;
    for (const auto& line : wrong) text += "\n  " + line;
    ADD_FAILURE() << scene.name << ", effect " << effect_name(scene, matching[i]) << " fails ("
                  << error.message << "):" << text;
  }
  EXPECT_FALSE(chosen.empty());
  EXPECT_EQ(bad, 0U) << "of " << chosen.size() << " trials of " << scene.name;
  std::cout << "failing effects: " << scene.name << ", " << error.message << ": " << chosen.size() << " of "
            << matching.size() << " effects, "
            << (bad == 0 ? std::string("all passed") : std::to_string(bad) + " failed") << std::endl;
}

bool is_file(const Effect& effect) {
  return effect.kind.starts_with("file.");
}
bool is_systemd(const Effect& effect) {
  return effect.kind.starts_with("systemd.");
}

class FailingEffects : public testing::TestWithParam<NamedScene> {};

TEST_P(FailingEffects, AFullDiskAnywhereEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), Error{Code::no_space, "no space left on device"}, is_file);
}

TEST_P(FailingEffects, ADiskThatFailsAnywhereEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), Error{Code::failed, "input/output error"}, is_file);
}

TEST_P(FailingEffects, AFileThatCannotBeTouchedEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), Error{Code::permission, "permission denied"}, is_file);
}

TEST_P(FailingEffects, ABusThatDoesNotAnswerEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), Error{Code::timeout, "the bus did not answer"}, is_systemd);
}

TEST_P(FailingEffects, AManagerThatRefusesEndsWhollyOldOrWhollyNew) {
  torture(GetParam().make(), Error{Code::failed, "refused"}, is_systemd);
}

INSTANTIATE_TEST_SUITE_P(Scenes, FailingEffects, testing::ValuesIn(all_scenes()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace wx::crash
