#include "orchestrator/routing/places.hpp"

#include <algorithm>

#include "orchestrator/routing/ledger_lines.hpp"

namespace wx {

bool draws_places(const Route& route) {
  return route.mode == RouteMode::split || (route.mode == RouteMode::mirror && route.percent < 100);
}

Standing standing_of(const PlaceEvidence& evidence) {
  Standing standing{evidence.stored ? *evidence.stored : find_cursor(evidence.newest_lines), std::nullopt};
  const auto& run = standing.cursor.run;
  if (run.empty()) return standing;
  const auto& lines = evidence.newest_lines;
  const auto ticket = std::find_if(evidence.tickets.begin(), evidence.tickets.end(),
                                   [&](const Ticket& waiting) { return waiting.run == run; });
  const bool waits = ticket != evidence.tickets.end() && !has_line(lines, "end", run);
  if (!waits && has_line(lines, "begin", run)) return standing;
  if (waits) standing.waiting = parse_slot(ticket->slot);
  standing.cursor = given_back(std::move(standing.cursor));
  return standing;
}

std::optional<BlockCursor> to_be_stored(const Decision& decision, const Standing& standing,
                                        const std::string& run) {
  if (decision.cursor) {
    auto cursor = *decision.cursor;
    cursor.run = run;
    return cursor;
  }
  return standing.waiting == decision.slot ? std::optional(standing.cursor) : std::nullopt;
}

}  // namespace wx
