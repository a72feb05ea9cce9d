// The service manager, in words of what we need: jobs, unit states, unit files. Every call has a time-out of its own
// and answers `unavailable` when the manager cannot be reached, `timeout` when it does not answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx {

// systemd's own words for the end of a job, plus two of ours.
enum class JobResult { done, canceled, timeout, failed, dependency, skipped, lost /* bus gone */, limit /* our wait */ };

struct UnitState {
  std::string name;
  std::string load_state;       // loaded, not-found, masked, bad-setting, error
  std::string active_state;     // active, inactive, failed, activating, deactivating, reloading
  std::string sub_state;
  std::string file_state;       // enabled, disabled, static, masked, ...; empty when there is no file
  std::string fragment_path;    // empty when there is no file
  std::vector<std::string> drop_in_paths;
  std::string invocation;       // 32 hex digits, empty when never started
  bool need_daemon_reload = false;
  std::vector<std::string> requires_units;  // it requires them, is bound to them or has them as requisites
  std::vector<std::string> needed_by;  // loaded units that require, bind to, are part of or want it
  std::uint64_t inactive_enter_us = 0;  // CLOCK_MONOTONIC, 0 when never
  std::uint64_t active_enter_us = 0;
  std::string type;             // services only: oneshot, simple, ...
  std::string result;           // services only: success, exit-code, signal, timeout, ...
  int exec_main_code = 0;       // services only: si_code of the main process (CLD_EXITED = 1 ...)
  int exec_main_status = 0;     // services only: exit status or signal
  std::uint32_t main_pid = 0;   // services only: 0 when not running
  std::uint32_t restarts = 0;   // services only
};

struct TimerState {
  std::string active_state;
  std::uint64_t last_trigger_us = 0;        // CLOCK_MONOTONIC, 0 when never
  std::uint64_t next_realtime_us = 0;       // 0 when none
  std::uint64_t next_monotonic_us = 0;      // 0 when none
  std::uint64_t accuracy_us = 0;
  std::uint64_t randomized_delay_us = 0;
  std::uint64_t active_enter_us = 0;
  std::string unit;                         // what it starts
};

// A service without a unit file.
struct TransientService {
  std::string name;
  std::string description;
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;  // never secrets: readable over D-Bus
  bool restart_on_failure = false;
};

class Systemd {
 public:
  virtual ~Systemd() = default;

  // --- reading ---
  virtual Result<std::string> version() = 0;
  // Directories the manager reads unit files from, most important first.
  virtual Result<std::vector<std::string>> unit_path() = 0;
  // Loads the unit when needed; load_state "not-found" for an unknown name, not an error.
  virtual Result<UnitState> unit(const std::string& name) = 0;
  // not_found when there is no such timer.
  virtual Result<TimerState> timer(const std::string& name) = 0;

  // --- effects; all idempotent but start and restart ---
  // Queue a job and wait for its end, at most `wait`; the job goes on when the wait is over (JobResult::limit).
  // not_found: no such unit.
  virtual Result<JobResult> start(const std::string& name, Micros wait) = 0;
  virtual Result<JobResult> stop(const std::string& name, Micros wait) = 0;
  virtual Result<JobResult> restart(const std::string& name, Micros wait) = 0;
  // Queue a start and return at once.
  virtual Status start_later(const std::string& name) = 0;
  // The unit starts at once and outlives the caller. `busy` when a unit of that name is there.
  virtual Status start_transient(const TransientService& service) = 0;
  virtual Status reset_failed(const std::string& name) = 0;
  // Make the [Install] links, or remove them; neither reloads the manager.
  virtual Status enable(const std::string& name) = 0;
  virtual Status disable(const std::string& name) = 0;
  virtual Status reload() = 0;
};

// systemd's word, "lost" or "limit".
constexpr std::string_view to_string(JobResult result) {
  switch (result) {
    case JobResult::done: return "done";
    case JobResult::canceled: return "canceled";
    case JobResult::timeout: return "timeout";
    case JobResult::failed: return "failed";
    case JobResult::dependency: return "dependency";
    case JobResult::skipped: return "skipped";
    case JobResult::lost: return "lost";
    case JobResult::limit: return "limit";
  }
  return "failed";
}

}  // namespace wx
