// What the router asks of the service manager, over sd-bus: one connection, one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/outcome.hpp"
#include "orchestrator/routing/router/sd_bus_library.hpp"

namespace wx {

// A unit's ActiveState.
inline bool is_running(std::string_view active_state) {
  return active_state != "inactive" && active_state != "failed";
}

struct InstanceState {
  std::string active_state;
  UnitOutcome outcome;  // its job is empty
  std::string invocation;

  [[nodiscard]] bool running() const { return is_running(active_state); }
};

// How things stand when an activation begins.
struct Situation {
  ActivationFacts facts;
  std::vector<std::string> active_states;  // of the instances asked for, in their order
};

// Every call answers within ten seconds; `unavailable` when the connection is lost or cannot be made.
class Manager {
 public:
  // The bus of the scope ("user", "system"), or else the manager's private socket. `unavailable`, too,
  // without libsystemd.
  static Result<Manager> connect(const std::string& scope);

  [[nodiscard]] bool lost() const;

  // Asked before the activation does anything.
  Result<Situation> situation(const std::string& entry, const std::optional<std::string>& timer,
                              const std::vector<std::string>& instances);
  Result<InstanceState> instance(const std::string& name);
  // Much cheaper than the whole state.
  Result<std::string> active_state(const std::string& name);

  // Keep a unit loaded, so that its result can be read when it has ended. Not possible over the private
  // socket.
  void keep(const std::string& name);
  // Queue a job; the answer names it.
  Result<std::string> start(const std::string& name);
  Status stop(const std::string& name);
  void reset_failed(const std::string& name);

  // For poll(2).
  [[nodiscard]] int fd() const;
  [[nodiscard]] short events() const;
  [[nodiscard]] int timeout_ms() const;
  // Handle what has arrived.
  Status process();
  // The result of a job that has ended since the connection was made. It can arrive before the answer that
  // names the job.
  [[nodiscard]] std::optional<std::string> job_result(const std::string& job) const;

 private:
  using Bus = std::unique_ptr<sd_bus, decltype(&::sd_bus_flush_close_unref)>;
  struct JobEnd {
    std::string job;
    std::string result;
  };
  // What the callback needs: its address must not change.
  struct Listener {
    SdBusLibrary library;
    std::vector<JobEnd> ended;
  };

  Manager(const SdBusLibrary& library, Bus bus)
      : library_(library),
        listener_(std::make_unique<Listener>(Listener{library, {}})),
        bus_(std::move(bus)) {}
  static Result<Bus> open_bus(const SdBusLibrary& library, const std::string& scope);
  static Result<Bus> open_private(const SdBusLibrary& library, const std::string& scope);
  static Result<Bus> open_socket(const SdBusLibrary& library, const std::string& path, int bus_client,
                                 const std::string& failure);
  Status listen();
  Result<std::string> job_call(const char* method, const std::string& name);
  struct Property {
    std::string unit;
    const char* interface;
    const char* name;
  };
  // Its numbers as they are, text and byte strings (in hex) as text.
  struct Value {
    std::uint64_t number = 0;
    std::string text;
  };
  // All asked for at once: each answer that is waited for costs two more processes' turns.
  Result<std::vector<Value>> read(const std::vector<Property>& wanted);

  SdBusLibrary library_;
  std::unique_ptr<Listener> listener_;
  Bus bus_;
};

}  // namespace wx
