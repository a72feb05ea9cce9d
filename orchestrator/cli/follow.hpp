// Following a rollout by its journal, whoever drives it.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/cli/world.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

struct FollowOptions {
  std::optional<Micros> wait;  // stop following after this long
  std::string engine_unit;     // whose end without a result is told; empty: nobody to watch
  std::size_t seen = 0;        // so many records of the journal were shown before
  bool only_begin = false;     // say nothing, and return once the rollout has begun
};

struct Followed {
  std::optional<RolloutView> view;  // none when the rollout never began
  int exit = 0;
};

// What --wait says: none when it is empty; `invalid` when it is no duration.
Result<std::optional<Micros>> parse_wait(const std::string& text);

// Print its progress until it has ended or waits for a person, the wait is over (3), or SIGINT came (130).
// Blocks SIGINT and SIGTERM for the thread while it runs.
Result<Followed> follow(World& world, const Layout& layout, const std::string& id,
                        const FollowOptions& options);

// The lines for one journal record; empty when it is not for people.
std::string progress_line(const World& world, const Plan& plan, const JournalRecord& record);
// The closing sentence of a rollout.
std::string closing_line(const World& world, const RolloutView& view);
// The answer of deploy, abort and rollback by the contract.
std::string outcome_json(const World& world, const Layout& layout, const RolloutView& view);
// The same answer where what was asked for is so already and no rollout was needed: says so, exit 0.
int nothing_to_do(const World& world, const Layout& layout, const std::string& message);

}  // namespace wx
