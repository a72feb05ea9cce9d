// What is usually wrong with a timer job under systemd: evidence in, findings with their cure out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ports/clock.hpp"

namespace wx {

// A drop-in that is not wxctl's and says again what wxctl's own files say.
struct Override {
  std::string path;
  std::vector<std::string> keys;
};

struct UnitEvidence {
  std::string name;
  std::string load_state;
  std::string active_state;
  std::string file_state;
  std::string result;
  bool need_daemon_reload = false;
  std::vector<Override> overrides;
};

struct RequiredUnit {
  std::string by;
  std::string name;
  std::string load_state;
  std::string active_state;
};

struct TimerEvidence {
  UnitEvidence unit;
  std::optional<Micros> accuracy;
  std::optional<Micros> interval;  // mean time between two elapses
  std::string drop_in_directory;   // where settings of one's own go
};

struct StoreUnitEvidence {
  std::string name;
  bool there = false;  // one of the two managers knows it
  bool of_system = false;
  std::string active_state;
};

struct RunEvidence {
  std::size_t lost = 0;  // nobody saw their end
  std::size_t ended = 0;
  std::optional<Micros> longest;
};

struct LeaseEvidence {
  std::string path;
  std::string rollout;
};

struct HostEvidence {
  std::vector<UnitEvidence> services;  // the entry and the active slot's instance
  std::optional<TimerEvidence> timer;
  std::vector<RequiredUnit> required;
  std::optional<StoreUnitEvidence> store_unit;
  std::optional<Micros> store_clock_ahead;  // negative: behind
  RunEvidence runs;
  std::optional<LeaseEvidence> lease;   // armed with no rollout in progress
  std::optional<std::string> forsaken;  // a rollout in progress that nobody is at work on
};

enum class Weight { warning, failure };

struct Diagnosis {
  std::string id;  // one of ailments()
  Weight weight = Weight::failure;
  std::string observed;
  std::string threshold;
  std::string unit;
  std::string message;
  std::string remedy;  // one command
};

struct Ailment {
  std::string id;
  std::string title;  // how it is when it is well
};

// All that diagnose() looks for, in the order in which it is told.
const std::vector<Ailment>& ailments();

std::vector<Diagnosis> diagnose(const HostEvidence& evidence);

// Keys that both unit files set, each once, in the order of `theirs`; comments and lists that are only added
// to (Environment=, dependencies) do not count.
std::vector<std::string> overridden_keys(std::string_view ours, std::string_view theirs);

}  // namespace wx
