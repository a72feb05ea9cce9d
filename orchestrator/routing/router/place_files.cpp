#include "orchestrator/routing/router/place_files.hpp"

#include "orchestrator/routing/json_fields.hpp"
#include "orchestrator/routing/router/ledger_file.hpp"
#include "orchestrator/routing/router/posix.hpp"

namespace wx {
namespace {

// Every activation looks back at the one before it: this much is hundreds of them.
constexpr std::size_t newest_lines_bytes = std::size_t{128} * 1024;

std::optional<BlockCursor> read_cursor(const AppPaths& paths) {
  const auto text = read_file(paths.blocks(), max_document_bytes);
  const auto cursor = text ? parse_block_cursor(*text) : Result<BlockCursor>(text.error());
  if (cursor) return *cursor;
  if (cursor.error().code != Code::not_found)
    say(Severity::warning, paths.blocks() + ": " + cursor.error().message + "; going by the ledger");
  return std::nullopt;
}

}  // namespace

Standing read_standing(const AppPaths& paths) {
  if (paths.state.empty()) return {};
  PlaceEvidence evidence{read_cursor(paths), read_newest_lines(paths, newest_lines_bytes), {}};
  for (const auto slot : {Slot::blue, Slot::green}) {
    const auto text = read_file(paths.ticket(to_string(slot)), max_document_bytes);
    auto ticket = text ? parse_ticket(*text) : Result<Ticket>(text.error());
    if (ticket) evidence.tickets.push_back(*std::move(ticket));
  }
  return standing_of(evidence);
}

Status store_cursor(const AppPaths& paths, const BlockCursor& cursor) {
  if (paths.state.empty()) return Error{Code::unavailable, "there is no state directory", {}};
  return write_file(paths.blocks(), render_block_cursor(cursor), 0600, true);
}

}  // namespace wx
