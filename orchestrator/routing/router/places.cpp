#include "orchestrator/routing/router/places.hpp"

#include "orchestrator/routing/json_fields.hpp"
#include "orchestrator/routing/ledger_lines.hpp"
#include "orchestrator/routing/router/ledger_file.hpp"
#include "orchestrator/routing/router/posix.hpp"
#include "orchestrator/routing/router/tickets.hpp"

namespace wx {
namespace {

// Every activation looks back at the one before it: this much is hundreds of them.
constexpr std::size_t newest_lines_bytes = std::size_t{128} * 1024;

std::string newest_lines(const AppPaths& paths) {
  return read_newest_lines(paths, newest_lines_bytes);
}

BlockCursor read_cursor(const AppPaths& paths) {
  const auto text = read_file(paths.blocks(), max_document_bytes);
  const auto cursor = text ? parse_block_cursor(*text) : Result<BlockCursor>(text.error());
  if (cursor) return *cursor;
  if (cursor.error().code != Code::not_found)
    say(Severity::warning, paths.blocks() + ": " + cursor.error().message + "; going by the ledger");
  return find_cursor(newest_lines(paths));
}

std::optional<Slot> find_ticket(const AppPaths& paths, const std::string& run) {
  for (const auto slot : {Slot::blue, Slot::green}) {
    const auto text = read_file(paths.ticket(to_string(slot)), max_document_bytes);
    const auto ticket = text ? parse_ticket(*text) : Result<Ticket>(text.error());
    if (ticket && ticket->run == run) return slot;
  }
  return std::nullopt;
}

}  // namespace

Places::Places(const AppPaths& paths) {
  if (paths.state.empty()) return;
  cursor_ = read_cursor(paths);
  if (cursor_.run.empty()) return;
  waiting_ticket_ = find_ticket(paths, cursor_.run);
  if (waiting_ticket_ || !has_begin(newest_lines(paths), cursor_.run)) cursor_ = given_back(cursor_);
}

std::optional<BlockCursor> Places::kept_for(Slot slot) const {
  return waiting_ticket_ == slot ? std::optional(cursor_) : std::nullopt;
}

Status Places::store(const AppPaths& paths, const BlockCursor& cursor) {
  if (paths.state.empty()) return Error{Code::unavailable, "there is no state directory", {}};
  return write_file(paths.blocks(), render_block_cursor(cursor), 0600, true);
}

}  // namespace wx
