// Where an app keeps its files (orchestrator/FORMATS.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

struct AppPaths {
  std::string data;
  std::string
      state;  // empty when DATA/app.json could not be read: then there is no ledger, no hold and no ticket

  [[nodiscard]] std::string generation(std::uint64_t number) const;
  [[nodiscard]] std::string route(std::uint64_t number) const { return generation(number) + "/route.json"; }
  [[nodiscard]] std::string slot_file(std::uint64_t number, Slot slot, std::string_view name) const;
  [[nodiscard]] std::string ledger() const { return state + "/runs.log"; }
  [[nodiscard]] std::string older_ledger() const { return state + "/runs.log.1"; }
  [[nodiscard]] std::string hold() const { return state + "/hold"; }
  [[nodiscard]] std::string blocks() const { return state + "/blocks.json"; }
  [[nodiscard]] std::string tickets() const { return state + "/tickets"; }
  [[nodiscard]] std::string ticket(std::string_view instance) const {
    return tickets() + "/" + std::string(instance);
  }
};

// Never fails: without a readable DATA/app.json `state` is empty and a warning is said.
AppPaths find_app(const std::string& data);

// The number that DATA/current names. `unavailable` when there is none.
Result<std::uint64_t> current_generation(const AppPaths& paths);

// The route of an activation, and whether it was pieced together.
struct RouteSource {
  Route route;
  std::uint64_t generation = 0;  // whose run.json counts
  bool degraded = false;
  std::string note;
};

// current/route.json; when it is damaged, the slot whose run.json in the same generation says active, else
// the newest older generation that can be read. `unavailable` when nothing says which slot is active.
Result<RouteSource> read_route(const AppPaths& paths);

Result<SlotRun> read_slot_run(const AppPaths& paths, std::uint64_t generation, Slot slot);

}  // namespace wx
