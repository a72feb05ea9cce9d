// The documents of a generation as values: route.json and run.json (orchestrator/FORMATS.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

enum class Slot { blue, green };
constexpr Slot other(Slot slot) {
  return slot == Slot::blue ? Slot::green : Slot::blue;
}
std::string_view to_string(Slot slot);
std::optional<Slot> parse_slot(std::string_view text);

enum class RouteMode { none, mirror, split };
std::string_view to_string(RouteMode mode);

// The release a rollback goes back to.
struct Predecessor {
  Slot slot = Slot::blue;
  std::string release;
};

struct Route {
  std::uint64_t generation = 0;
  std::string app;
  std::string scope = "user";
  std::string entry;                 // unit name
  std::optional<std::string> timer;  // unit name
  bool count_all = false;            // samples: all
  std::optional<Slot> active;        // none only before the first cutover
  std::optional<Slot> candidate;
  RouteMode mode = RouteMode::none;
  double percent = 0;
  bool fallback = false;
  bool repeatable = false;
  std::string seed;
  std::optional<std::string> rollout;
  std::optional<Predecessor> predecessor;
};

struct SlotRun {
  Slot slot = Slot::blue;
  std::string role;  // active, candidate, idle
  std::uint64_t generation = 0;
  std::string release;
  std::string version;
  std::string release_dir;
  std::vector<std::string> argv;
  std::string cwd;
  std::string bucket;  // empty without a store
  double timeout_s = 300;
  double stop_s = 10;
  std::vector<std::string> secrets;
  std::string secrets_file;  // empty when there are no secrets
};

// `invalid` for damage, a missing key, a wrong type or a newer format.
Result<Route> parse_route(std::string_view json);
std::string render_route(const Route& route);
Result<SlotRun> parse_slot_run(std::string_view json);
std::string render_slot_run(const SlotRun& run);

// "ticks.service", "blue" -> "ticks@blue.service".
std::string instance_name(std::string_view entry, std::string_view instance);

}  // namespace wx
