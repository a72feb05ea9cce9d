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

// Tells when the ticket of an instance was taken.
class TicketWatch {
 public:
  TicketWatch(const AppPaths& paths, const std::string& instance);

  // For poll(2); negative when there is nothing to wait for.
  [[nodiscard]] int fd() const { return inotify_.get(); }
  // Ask again after fd() became readable.
  [[nodiscard]] bool taken();

 private:
  std::string path_;
  Fd inotify_;
};

}  // namespace wx
