// Generations: all that a change of route or role touches, in one directory; the link `current` names one, and renaming it is
// the commit point. One writer at a time (the app's lock); readers any time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/variables.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

// What is deployed in a slot: a release and a config, told by one manifest.
struct SlotSpec {
  std::string release;
  std::string version;
  std::string manifest_text;
  std::optional<std::string> config_source;  // the person's config before config.set; none without `config:`

  bool operator==(const SlotSpec&) const = default;
};

// A generation by its meaning; paths and numbers follow from it.
struct Generation {
  Route route;  // its number counts only once it is written
  std::optional<SlotSpec> blue;
  std::optional<SlotSpec> green;

  [[nodiscard]] const std::optional<SlotSpec>& slot(Slot which) const { return which == Slot::blue ? blue : green; }
  [[nodiscard]] std::optional<SlotSpec>& slot(Slot which) { return which == Slot::blue ? blue : green; }
};

// "active", "candidate" or "idle".
std::string role_of(const Route& route, Slot slot);

// The variables of a slot in generation `number`.
Variables slot_variables(const Layout& layout, const Manifest& manifest, const Route& route, Slot slot, const SlotSpec& spec,
                         std::uint64_t number);

// As text, for rollouts/ID/before/generation.json; may hold secrets of a config: keep it 0600.
std::string render_generation(const Generation& generation);
Result<Generation> parse_generation(std::string_view json);

class Generations {
 public:
  Generations(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  // The number that `current` names; none before the first deployment.
  Result<std::optional<std::uint64_t>> current_number();
  // The generation that `current` names; none before the first deployment.
  Result<std::optional<Generation>> current();
  Result<Generation> read(std::uint64_t number);
  // Render and write a new generation beside, then rename the link under the exclusive hold. Does nothing when the current one
  // means the same. Answers the number that is current afterwards.
  Result<std::uint64_t> commit(Generation generation);
  // Remove old generations that no run has pinned, but the newest `keep`.
  Status prune(std::size_t keep);
  // Remove them all, pinned or not, and leave an empty directory with the next number: the ledger names generations, so that a
  // number used twice would let an old run speak for a new release. `current` must be gone before.
  Status clear();

 private:
  Status write(const Generation& generation, std::uint64_t number);
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
