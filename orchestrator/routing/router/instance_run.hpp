// One run of a slot's instance: announced in ledger and ticket, started by the manager, followed to its end.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/routing/ledger.hpp"
#include "orchestrator/routing/router/hold.hpp"
#include "orchestrator/routing/router/manager.hpp"
#include "orchestrator/routing/router/tickets.hpp"

namespace wx {

// Ticket first, then the `begin` line: a line without a ticket would be told twice, by us and by `exec`.
// Without its ticket a run is not announced; `exec` then records one by hand. The line of a run that takes a
// place in a block is on the disk, or the run is not announced either.
Status announce(const AppPaths& paths, const Run& begin, Slot slot);

// Wait until the ticket was taken, at most `bound`: not longer than it takes a process to start and pin its
// generation.
void await_taken(const AppPaths& paths, const std::string& instance, Micros bound);

// Wait until an instance that somebody started has ended, at most `bound`; false when a signal came first.
bool await_idle(Manager& manager, const std::string& instance, Micros bound, const SignalInbox& inbox);

struct FollowedRun {
  std::optional<RunOutcome> outcome;  // absent: nobody knows how it ended
  std::string invocation;
  Micros duration{};
  bool stopped = false;      // this process was asked to stop, and so was the run
  bool unreachable = false;  // the manager went away before the run began
};

// Start `instance` and follow it. `hold` is let go as soon as the run has pinned its generation.
class InstanceRun {
 public:
  InstanceRun(Manager& manager, const AppPaths& paths, const SignalInbox& inbox, std::string scope,
              std::string instance, std::string slot, std::string run, Micros longest)
      : manager_(manager),
        paths_(paths),
        inbox_(inbox),
        scope_(std::move(scope)),
        instance_(std::move(instance)),
        slot_(std::move(slot)),
        run_(std::move(run)),
        longest_(longest) {}

  // An error only when the manager refused the start.
  Result<FollowedRun> follow(Hold hold);

 private:
  enum class Wait { ended, lost };
  Wait await_job(const std::string& job, Hold& hold);
  void pass_on_stop();
  std::optional<FollowedRun> plainly_ended(const std::string& job_word);
  FollowedRun ended(const std::string& job_word);
  FollowedRun recover();
  bool reconnect();
  std::optional<RanLine> recorded(std::size_t tail_bytes) const;

  Manager& manager_;  // replaced when the connection was lost and made again
  const AppPaths& paths_;
  const SignalInbox& inbox_;
  std::string scope_;
  std::string instance_;
  std::string slot_;
  std::string run_;
  Micros longest_;  // time-out and stop of the run, with a reserve
  bool stopped_ = false;
};

}  // namespace wx
