#include "orchestrator/routing/router/tickets.hpp"

#include <unistd.h>

#include "orchestrator/routing/json_fields.hpp"

namespace wx {
namespace {

// Long enough for systemd to start a process on a busy host, short enough that a start by hand is not taken
// for another.
constexpr Micros orphan_lifetime{10'000'000};

bool is_valid(const Ticket& ticket) {
  if (process_start(static_cast<pid_t>(ticket.pid)) == ticket.pid_start) return true;
  const auto age = monotonic_now() - Micros(ticket.at_monotonic_us);
  return age >= Micros{0} && age <= orphan_lifetime;
}

}  // namespace

Ticket new_ticket(std::string run, std::uint64_t generation, Slot slot) {
  Ticket ticket;
  ticket.run = std::move(run);
  ticket.generation = generation;
  ticket.slot = to_string(slot);
  ticket.pid = ::getpid();
  ticket.pid_start = process_start(::getpid()).value_or(0);
  ticket.at_monotonic_us = monotonic_now().count();
  return ticket;
}

std::optional<Ticket> read_valid_ticket(const AppPaths& paths, const std::string& instance) {
  if (paths.state.empty()) return std::nullopt;
  const auto text = read_file(paths.ticket(instance), max_document_bytes);
  if (!text) return std::nullopt;
  auto ticket = parse_ticket(*text);
  if (!ticket || !is_valid(*ticket)) return std::nullopt;
  return *std::move(ticket);
}

void remove_ticket(const AppPaths& paths, const std::string& instance) {
  if (!paths.state.empty()) ::unlink(paths.ticket(instance).c_str());
}

bool ticket_taken(const AppPaths& paths, const std::string& instance) {
  return paths.state.empty() || ::access(paths.ticket(instance).c_str(), F_OK) != 0;
}

}  // namespace wx
