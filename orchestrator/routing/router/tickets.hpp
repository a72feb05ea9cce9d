// Tickets as files: handing a start of an instance to the `exec` that will run it.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/routing/router/app_paths.hpp"
#include "orchestrator/routing/router/posix.hpp"
#include "orchestrator/routing/ticket.hpp"

namespace wx {

// A ticket that names this process as its writer.
Ticket new_ticket(std::string run, std::uint64_t generation, Slot slot);

// A ticket that is valid, or nothing: its writer is gone and it is old, it is damaged, or there is none.
// Stays where it is.
std::optional<Ticket> read_valid_ticket(const AppPaths& paths, const std::string& instance);
void remove_ticket(const AppPaths& paths, const std::string& instance);

// Whether `exec` (or anybody) has removed it. Asked again and again rather than watched: the kernel needs
// more than ten milliseconds to take an inotify watch down, which each activation would pay at its end.
bool ticket_taken(const AppPaths& paths, const std::string& instance);

}  // namespace wx
