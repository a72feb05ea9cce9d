// A service manager in memory: unit files from a FileSystem, time from a FakeClock, and what a service does
// from a function. It behaves as systemd 252 does in what SystemdContract tests; of dependencies only that a unit goes
// down with what it requires, binds to or is part of; no ordering, no start limit, and units are never unloaded. One thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/ports/filesystem.hpp"
#include "common/ports/systemd.hpp"
#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/unit_file.hpp"

namespace wx::testkit {

// How one command of a service ends.
struct ServiceExit {
  int status = 0;
  int signal = 0;  // not 0: died of it
  Micros duration{1'000};
};

class FakeSystemd final : public Systemd {
 public:
  // Called when a command begins; it may itself use this manager, the clock and the files (as a router
  // would), and the time that passes meanwhile is part of the run.
  using OnExec = std::function<ServiceExit(const std::string& unit, const std::vector<std::string>& argv)>;

  // `unit_path`: directories, most important first; the first is where links are made. All must outlive this
  // object.
  FakeSystemd(FileSystem& files, FakeClock& clock, std::vector<std::string> unit_path);

  // --- for tests ---
  OnExec on_exec;
  // Set to let every call fail as if nobody answered.
  bool unreachable = false;
  // The machine or the manager starts anew: runs, timers and transient units are gone, what is enabled
  // starts.
  void reboot();
  // Units that are running right now.
  [[nodiscard]] std::vector<std::string> running() const;

  // --- the port ---
  Result<std::string> version() override;
  Result<std::vector<std::string>> unit_path() override;
  Result<UnitState> unit(const std::string& name) override;
  Result<TimerState> timer(const std::string& name) override;
  Result<JobResult> start(const std::string& name, Micros wait) override;
  Result<JobResult> stop(const std::string& name, Micros wait) override;
  Result<JobResult> restart(const std::string& name, Micros wait) override;
  Status start_later(const std::string& name) override;
  Status start_transient(const TransientService& service) override;
  Status reset_failed(const std::string& name) override;
  Status enable(const std::string& name) override;
  Status disable(const std::string& name) override;
  Status reload() override;

 private:
  // What a unit was read from, to see whether it changed.
  using Sources = std::vector<std::pair<std::string, std::string>>;
  struct Unit;
  using UnitPtr = std::shared_ptr<Unit>;

  [[nodiscard]] Status reachable() const;
  [[nodiscard]] std::string find_fragment(const std::string& name) const;
  [[nodiscard]] Sources find_sources(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> links_of(const std::string& name) const;
  [[nodiscard]] std::vector<UnitPtr> needing(const std::string& name) const;
  [[nodiscard]] std::string file_state(const Unit& unit) const;
  void read(Unit& unit) const;
  UnitPtr load(const std::string& name);
  Result<UnitPtr> loaded(const std::string& name, const std::string& verb);

  // The unit's next job; ended jobs leave their result in the unit.
  void activate(const UnitPtr& unit);
  void deactivate(const UnitPtr& unit);
  Result<JobResult> await_start(const UnitPtr& unit, Micros wait);
  void begin_run(const UnitPtr& unit);
  void run_command(const UnitPtr& unit, std::size_t index);
  void end_command(const UnitPtr& unit, std::size_t index, const ServiceExit& exit, bool timed_out);
  enum class Retry { as_configured, never };
  void end_run(const UnitPtr& unit, const std::string& result, Retry retry);
  void arm(const UnitPtr& timer);
  void disarm(Unit& timer);
  void elapse(const UnitPtr& timer);
  [[nodiscard]] std::string started_by(const Unit& timer) const;
  [[nodiscard]] std::uint64_t now_us() const;

  FileSystem& files_;
  FakeClock& clock_;
  std::vector<std::string> unit_path_;
  std::map<std::string, UnitPtr> units_;
  std::uint64_t invocations_ = 0;
  std::uint32_t pids_ = 1000;
};

}  // namespace wx::testkit
