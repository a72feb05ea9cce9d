// Which place of a block the next activation may take, by what is left of the activations before. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/ticket.hpp"

namespace wx {

// Whether an activation of this route takes a place in a block.
bool draws_places(const Route& route);

struct PlaceEvidence {
  std::optional<BlockCursor> stored;  // blocks.json, if it can be read
  std::string newest_lines;           // of the ledger
  std::vector<Ticket> tickets;        // that nobody has taken
};

struct Standing {
  BlockCursor cursor;           // what decide() goes by
  std::optional<Slot> waiting;  // whose ticket is all that tells that the place taken last is free again
};

// The place taken last is free again when the run it was taken for never began, because its router was killed
// before: its ticket is still there, or the ledger has no `begin` of it. True only while no instance is about
// to take a ticket.
Standing standing_of(const PlaceEvidence& evidence);

// What has to be stored before `run` begins as decided: its own place, or that the one before is free, when
// the ticket that tells so is about to be replaced.
std::optional<BlockCursor> to_be_stored(const Decision& decision, const Standing& standing,
                                        const std::string& run);

}  // namespace wx
