#include "common/adapters/sdbus_systemd.hpp"

#include <poll.h>
#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string_view>
#include <tuple>

#include "common/core/text.hpp"

namespace wx {
namespace {

using std::chrono::steady_clock;
using Properties = std::map<std::string, sdbus::Variant>;
using UnitFileChanges = std::vector<sdbus::Struct<std::string, std::string, std::string>>;

constexpr const char* manager_name = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* timer_interface = "org.freedesktop.systemd1.Timer";
constexpr const char* job_interface = "org.freedesktop.systemd1.Job";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
constexpr const char* no_server = "org.freedesktop.DBus.Error.NoServer";

// A manager answers Reload only when it has read every unit file again.
constexpr Micros reload_timeout{30'000'000};
// A job whose end was never announced (the manager was executed anew in between) is looked for this often.
constexpr Micros job_probe_interval{1'000'000};

// --- errors ---

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_no_such_unit(const sdbus::Error& error) {
  return is_any_of(error.getName(),
                   {"org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.DBus.Error.FileNotFound"});
}

bool is_disconnect(const sdbus::Error& error) {
  return is_any_of(error.getName(), {"org.freedesktop.DBus.Error.Disconnected", no_server,
                                     "System.Error.ENOTCONN", "System.Error.ECONNRESET", "System.Error.EPIPE",
                                     "System.Error.ECONNREFUSED", "System.Error.ESHUTDOWN"});
}

Code code_of(const sdbus::Error& error) {
  const std::string& name = error.getName();
  if (is_no_such_unit(error)) return Code::not_found;
  if (is_disconnect(error)) return Code::unavailable;
  if (is_any_of(name, {"org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.NoReply",
                       "org.freedesktop.DBus.Error.TimedOut"}))
    return Code::timeout;
  if (is_any_of(name, {"org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.AuthFailed",
                       "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "System.Error.EPERM"}))
    return Code::permission;
  if (is_any_of(name,
                {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
                 "org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.systemd1.ShuttingDown"}))
    return Code::unavailable;
  if (name == "org.freedesktop.systemd1.UnitExists") return Code::busy;
  if (name == "org.freedesktop.DBus.Error.InvalidArgs") return Code::invalid;
  return Code::failed;
}

std::string unreachable_remedy(Scope scope) {
  if (scope == Scope::system) return "run it on a machine where systemd is PID 1, or use the user scope";
  return "log in as this user (not by su or sudo), or run inside `wxctl sandbox -- COMMAND`; for a service "
         "user: "
         "`sudo loginctl enable-linger USER`";
}

Error translate(Scope scope, const std::string& what, const sdbus::Error& error) {
  const std::string reason =
      printable(error.getMessage().empty() ? error.getName() : error.getMessage(), 1024);
  const Code code = code_of(error);
  const std::string message = what + ": " + reason;
  switch (code) {
    case Code::unavailable:
      return {code, message, unreachable_remedy(scope)};
    case Code::timeout:
      return {code, message, "look whether the service manager is busy, then try again"};
    case Code::permission:
      return {code, message,
              scope == Scope::system ? "run it as root" : "run it as the user whose service manager this is"};
    case Code::not_found:
      return {code, message, "check the unit's name; a new unit file is seen after a reload"};
    case Code::busy:
      return {code, message, "wait until the unit has ended, or stop it"};
    default:
      return {code, message, {}};
  }
}

// --- the bus ---

std::string escape_address(std::string_view value) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.\\*";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string escaped;
  for (const char c : value) {
    if (plain.find(c) != std::string_view::npos) {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += '%';
      escaped += digits[byte >> 4];
      escaped += digits[byte & 15];
    }
  }
  return escaped;
}

// Empty when the environment names no bus.
std::string user_bus_address() {
  if (const char* address = std::getenv("DBUS_SESSION_BUS_ADDRESS"); address != nullptr && *address != '\0')
    return address;
  if (const char* directory = std::getenv("XDG_RUNTIME_DIR"); directory != nullptr && *directory == '/')
    return "unix:path=" + escape_address(directory) + "/bus";
  return {};
}

std::uint64_t to_usec(Micros duration) {
  return static_cast<std::uint64_t>(std::max<Micros::rep>(duration.count(), 1));
}

// One connection with its subscription. What the manager knows of this client (references, subscription)
// lives as long.
class Bus {
 public:
  Bus(Scope scope, Micros timeout) : timeout_(timeout), connection_(open(scope)) {
    connection_->setMethodCallTimeout(to_usec(timeout));
    manager_ = sdbus::createProxy(*connection_, manager_name, manager_path);
    manager_->uponSignal("JobRemoved")
        .onInterface(manager_interface)
        .call([this](std::uint32_t, const sdbus::ObjectPath& job, const std::string&,
                     const std::string& result) { ended_jobs_[job] = result; });
    manager_->finishRegistration();
    call("Subscribe");
  }

  // Calls a method of the manager.
  template <class... Answers, class... Arguments>
  std::tuple<Answers...> ask_all(const std::string& method, const Arguments&... arguments) {
    std::tuple<Answers...> answers;
    auto invoker = manager_->callMethod(method);
    invoker.onInterface(manager_interface).withTimeout(to_usec(timeout_of(method)));
    if constexpr (sizeof...(Arguments) > 0) invoker.withArguments(arguments...);
    std::apply([&invoker](auto&... each) { invoker.storeResultsTo(each...); }, answers);
    return answers;
  }
  template <class Answer, class... Arguments>
  Answer ask(const std::string& method, const Arguments&... arguments) {
    return std::get<0>(ask_all<Answer>(method, arguments...));
  }
  template <class... Arguments>
  void call(const std::string& method, const Arguments&... arguments) {
    ask_all<>(method, arguments...);
  }

  Properties properties(const std::string& path, const char* interface) {
    Properties all;
    sdbus::createProxy(*connection_, manager_name, path)
        ->callMethod("GetAll")
        .onInterface(properties_interface)
        .withTimeout(to_usec(timeout_))
        .withArguments(std::string(interface))
        .storeResultsTo(all);
    return all;
  }

  // A unit that nobody references is unloaded as soon as it is inactive, and its results with it.
  void reference(const std::string& unit) {
    if (referenced_.count(unit) != 0) return;
    call("RefUnit", unit);
    referenced_.insert(unit);
  }

  // Handle what has arrived; throws when the connection is gone.
  void drain() {
    while (connection_->processPendingRequest()) {
    }
  }
  void forget_ended_jobs() { ended_jobs_.clear(); }

  // The end of `job` may have been announced before the reply that named it, hence the list of ended jobs.
  JobResult await(const std::string& job, steady_clock::time_point deadline) {
    auto next_probe = steady_clock::now() + job_probe_interval;
    while (true) {
      drain();
      if (const auto ended = ended_jobs_.find(job); ended != ended_jobs_.end())
        return to_result(ended->second);
      const auto now = steady_clock::now();
      if (now >= deadline) return JobResult::limit;
      if (now >= next_probe) {
        if (!job_exists(job)) {
          drain();
          const auto ended = ended_jobs_.find(job);
          return ended == ended_jobs_.end() ? JobResult::lost : to_result(ended->second);
        }
        next_probe = now + job_probe_interval;
      }
      wait_readable(std::min(deadline, next_probe) - now);
    }
  }

 private:
  static std::unique_ptr<sdbus::IConnection> open(Scope scope) {
    if (scope == Scope::system) return sdbus::createSystemBusConnection();
    const std::string address = user_bus_address();
    if (address.empty())
      throw sdbus::Error(no_server, "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set");
    return sdbus::createSessionBusConnectionWithAddress(address);
  }

  static JobResult to_result(std::string_view word) {
    for (const JobResult result : {JobResult::done, JobResult::canceled, JobResult::timeout,
                                   JobResult::failed, JobResult::dependency, JobResult::skipped})
      if (word == to_string(result)) return result;
    return JobResult::failed;  // assert, unsupported, collected, once, …: it did not start
  }

  [[nodiscard]] Micros timeout_of(std::string_view method) const {
    return method == "Reload" ? std::max(timeout_, reload_timeout) : timeout_;
  }

  bool job_exists(const std::string& job) {
    try {
      properties(job, job_interface);
      return true;
    } catch (const sdbus::Error& error) {
      if (is_disconnect(error)) throw;
      // Any other error may come from a manager that is being executed anew: wait on.
      return !is_any_of(error.getName(),
                        {"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.systemd1.NoSuchJob"});
    }
  }

  void wait_readable(steady_clock::duration longest) {
    const auto poll_data = connection_->getEventLoopPollData();
    // Rounded up: a wait that rounds to 0 would spin.
    auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
    if (const int own_ms = poll_data.getPollTimeout(); own_ms >= 0)
      limit_ms = std::min<decltype(limit_ms)>(limit_ms, own_ms);
    pollfd entry{poll_data.fd, poll_data.events, 0};
    ::poll(&entry, 1, static_cast<int>(limit_ms));
  }

  Micros timeout_;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IProxy> manager_;
  std::map<std::string, std::string> ended_jobs_;
  std::set<std::string> referenced_;
};

// --- properties ---

template <class T>
T get(const Properties& properties, const char* name) {
  const auto found = properties.find(name);
  return found == properties.end() ? T{} : found->second.get<T>();
}

std::string get_hex(const Properties& properties, const char* name) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : get<std::vector<std::uint8_t>>(properties, name)) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

// systemd says "none" by the largest number in some places and by 0 in others.
std::uint64_t get_usec(const Properties& properties, const char* name) {
  const auto value = get<std::uint64_t>(properties, name);
  return value == UINT64_MAX ? 0 : value;
}

// --- the port ---

template <class Call>
auto ignoring_no_such_unit(Call call) {
  return [call](Bus& bus) {
    try {
      call(bus);
    } catch (const sdbus::Error& error) {
      if (!is_no_such_unit(error)) throw;
    }
    return Status{};
  };
}

class SdbusSystemd final : public Systemd {
 public:
  SdbusSystemd(Scope scope, Micros timeout) : scope_(scope), timeout_(timeout) {}

  Status connect() {
    return guarded<Status>("no " + manager_word() + " can be reached", [](Bus&) { return Status{}; });
  }

  Result<std::string> version() override {
    return guarded<Result<std::string>>(
        "cannot ask the " + manager_word() + " for its version", [](Bus& bus) {
          return get<std::string>(bus.properties(manager_path, manager_interface), "Version");
        });
  }

  Result<std::vector<std::string>> unit_path() override {
    using Paths = std::vector<std::string>;
    return guarded<Result<Paths>>("cannot ask the " + manager_word() + " where it reads units", [](Bus& bus) {
      return get<Paths>(bus.properties(manager_path, manager_interface), "UnitPath");
    });
  }

  Result<UnitState> unit(const std::string& name) override {
    return guarded<Result<UnitState>>("cannot read the state of unit " + name, [&](Bus& bus) {
      const std::string path = bus.ask<sdbus::ObjectPath>("LoadUnit", name);
      UnitState state = read_unit(bus.properties(path, unit_interface));
      if (!state.fragment_path.empty()) state.file_state = file_state(bus, name);
      if (is_service(name)) read_service(bus.properties(path, service_interface), state);
      return state;
    });
  }

  Result<TimerState> timer(const std::string& name) override {
    return guarded<Result<TimerState>>(
        "cannot read the state of timer " + name, [&](Bus& bus) -> Result<TimerState> {
          const std::string path = bus.ask<sdbus::ObjectPath>("LoadUnit", name);
          const Properties unit = bus.properties(path, unit_interface);
          if (get<std::string>(unit, "LoadState") == "not-found")
            return Error{Code::not_found, "there is no timer " + name,
                         "check its name; a new unit file is seen after a reload"};
          const Properties timer = bus.properties(path, timer_interface);
          TimerState state;
          state.active_state = get<std::string>(unit, "ActiveState");
          state.active_enter_us = get_usec(unit, "ActiveEnterTimestampMonotonic");
          state.last_trigger_us = get_usec(timer, "LastTriggerUSecMonotonic");
          state.next_realtime_us = get_usec(timer, "NextElapseUSecRealtime");
          state.next_monotonic_us = get_usec(timer, "NextElapseUSecMonotonic");
          state.accuracy_us = get_usec(timer, "AccuracyUSec");
          state.randomized_delay_us = get_usec(timer, "RandomizedDelayUSec");
          state.unit = get<std::string>(timer, "Unit");
          return state;
        });
  }

  Result<JobResult> start(const std::string& name, Micros wait) override {
    return run_job("start", "StartUnit", name, wait);
  }
  Result<JobResult> stop(const std::string& name, Micros wait) override {
    return run_job("stop", "StopUnit", name, wait);
  }
  Result<JobResult> restart(const std::string& name, Micros wait) override {
    return run_job("restart", "RestartUnit", name, wait);
  }

  Status start_later(const std::string& name) override {
    return guarded<Status>("cannot start unit " + name, [&](Bus& bus) {
      bus.call("StartUnit", name, std::string("replace"));
      return Status{};
    });
  }

  Status start_transient(const TransientService& service) override {
    const std::string what = "cannot start the transient unit " + service.name;
    if (service.argv.empty() || service.argv.front().empty() || service.argv.front().front() != '/')
      return Error{Code::invalid, what + ": its program has no absolute path",
                   "name the program by its absolute path"};
    return guarded<Status>(what, [&](Bus& bus) -> Status {
      bus.forget_ended_jobs();
      const std::vector<sdbus::Struct<std::string, std::vector<sdbus::Struct<std::string, sdbus::Variant>>>>
          no_others;
      const std::string job = bus.ask<sdbus::ObjectPath>("StartTransientUnit", service.name,
                                                         std::string("fail"), describe(service), no_others);
      const JobResult result = bus.await(job, steady_clock::now() + timeout_);
      if (result == JobResult::done) return {};
      const Code code = result == JobResult::limit  ? Code::timeout
                        : result == JobResult::lost ? Code::unavailable
                                                    : Code::failed;
      return Error{code, what + ": its job ended with \"" + std::string(to_string(result)) + "\"",
                   "see the journal of " + service.name};
    });
  }

  Status reset_failed(const std::string& name) override {
    // A unit that is not loaded has not failed.
    return guarded<Status>("cannot reset unit " + name,
                           ignoring_no_such_unit([&](Bus& bus) { bus.call("ResetFailedUnit", name); }));
  }

  Status enable(const std::string& name) override {
    return guarded<Status>("cannot enable unit " + name, [&](Bus& bus) -> Status {
      const auto [has_install_section, changes] =
          bus.ask_all<bool, UnitFileChanges>("EnableUnitFiles", std::vector<std::string>{name}, false, true);
      if (has_install_section) return {};
      return Error{Code::invalid, "cannot enable unit " + name + ": it has no [Install] section",
                   "add one, such as WantedBy=timers.target"};
    });
  }

  Status disable(const std::string& name) override {
    return guarded<Status>("cannot disable unit " + name, ignoring_no_such_unit([&](Bus& bus) {
                             bus.ask<UnitFileChanges>("DisableUnitFiles", std::vector<std::string>{name},
                                                      false);
                           }));
  }

  Status reload() override {
    return guarded<Status>("cannot reload the " + manager_word(), [](Bus& bus) {
      bus.call("Reload");
      return Status{};
    });
  }

 private:
  [[nodiscard]] std::string manager_word() const {
    return scope_ == Scope::user ? "user manager" : "system manager";
  }
  static bool is_service(std::string_view name) { return name.ends_with(".service"); }

  // A connection that works: one that broke while nobody looked is made anew.
  Bus& connected() {
    if (bus_) try {
        bus_->drain();
      } catch (const sdbus::Error&) {
        bus_.reset();
      }
    if (!bus_) try {
        bus_ = std::make_unique<Bus>(scope_, timeout_);
      } catch (const sdbus::Error& error) {
        // The socket that is not there is no unit that is not there.
        if (!is_no_such_unit(error)) throw;
        throw sdbus::Error(no_server, error.getMessage());
      }
    return *bus_;
  }

  // Everything that sdbus-c++ throws ends here.
  template <class Answer, class Call>
  Answer guarded(const std::string& what, Call&& call) {
    try {
      return call(connected());
    } catch (const sdbus::Error& error) {
      // After a time-out too: a manager that was started again brings a bus of its own, and the old one stays
      // silent.
      const Code code = code_of(error);
      if (code == Code::unavailable || code == Code::timeout) bus_.reset();
      return translate(scope_, what, error);
    }
  }

  Result<JobResult> run_job(const std::string& verb, const char* method, const std::string& name,
                            Micros wait) {
    return guarded<Result<JobResult>>("cannot " + verb + " unit " + name, [&](Bus& bus) {
      const auto deadline = steady_clock::now() + wait;
      bus.forget_ended_jobs();
      bus.reference(name);
      try {
        return bus.await(bus.ask<sdbus::ObjectPath>(method, name, std::string("replace")), deadline);
      } catch (const sdbus::Error& error) {
        if (!is_disconnect(error)) throw;
        // Whether the manager has the job, and how it ends, is no longer ours to know.
        bus_.reset();
        return JobResult::lost;
      }
    });
  }

  // The unit's own property is cached from the last load: stale after enable() and disable().
  static std::string file_state(Bus& bus, const std::string& name) {
    try {
      return bus.ask<std::string>("GetUnitFileState", name);
    } catch (const sdbus::Error& error) {
      // A unit stays loaded when its file has been removed, until the reload.
      if (!is_no_such_unit(error)) throw;
      return {};
    }
  }

  static UnitState read_unit(const Properties& unit) {
    UnitState state;
    state.name = get<std::string>(unit, "Id");
    state.load_state = get<std::string>(unit, "LoadState");
    state.active_state = get<std::string>(unit, "ActiveState");
    state.sub_state = get<std::string>(unit, "SubState");
    state.fragment_path = get<std::string>(unit, "FragmentPath");
    state.drop_in_paths = get<std::vector<std::string>>(unit, "DropInPaths");
    state.invocation = get_hex(unit, "InvocationID");
    state.need_daemon_reload = get<bool>(unit, "NeedDaemonReload");
    for (const char* relation : {"Requires", "Requisite", "BindsTo"})
      for (auto& other : get<std::vector<std::string>>(unit, relation)) state.requires_units.push_back(std::move(other));
    for (const char* relation : {"RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "WantedBy"})
      for (auto& other : get<std::vector<std::string>>(unit, relation)) state.needed_by.push_back(std::move(other));
    state.inactive_enter_us = get_usec(unit, "InactiveEnterTimestampMonotonic");
    state.active_enter_us = get_usec(unit, "ActiveEnterTimestampMonotonic");
    return state;
  }

  static void read_service(const Properties& service, UnitState& state) {
    state.type = get<std::string>(service, "Type");
    state.result = get<std::string>(service, "Result");
    state.exec_main_code = get<std::int32_t>(service, "ExecMainCode");
    state.exec_main_status = get<std::int32_t>(service, "ExecMainStatus");
    state.main_pid = get<std::uint32_t>(service, "MainPID");
    state.restarts = get<std::uint32_t>(service, "NRestarts");
  }

  // systemd replaces $NAME in arguments; $$ is a dollar.
  static std::string unexpanded(const std::string& word) {
    std::string out;
    for (const char c : word) out += c == '$' ? std::string("$$") : std::string(1, c);
    return out;
  }

  static std::vector<sdbus::Struct<std::string, sdbus::Variant>> describe(const TransientService& service) {
    std::vector<sdbus::Struct<std::string, sdbus::Variant>> properties;
    const auto add = [&properties](const char* name, sdbus::Variant value) {
      properties.emplace_back(name, std::move(value));
    };
    std::vector<std::string> environment;
    for (const auto& [name, value] : service.environment) environment.push_back(name + "=" + value);
    // Not the Ex form, though it would spare the doubling: systemd 252 writes it to the unit's file as
    // ExecStartEx=, which it cannot read again, so that after the next daemon-reload the unit could be
    // neither stopped nor restarted.
    std::vector<std::string> argv;
    for (const auto& word : service.argv) argv.push_back(unexpanded(word));
    using Command = sdbus::Struct<std::string, std::vector<std::string>, bool>;
    const std::vector<Command> commands{Command{service.argv.front(), argv, false}};
    add("Description", sdbus::Variant{service.description});
    add("Type", sdbus::Variant{std::string("exec")});
    add("CollectMode", sdbus::Variant{std::string("inactive-or-failed")});
    add("ExecStart", sdbus::Variant{commands});
    if (!environment.empty()) add("Environment", sdbus::Variant{environment});
    if (service.restart_on_failure) {
      add("Restart", sdbus::Variant{std::string("on-failure")});
      add("RestartUSec", sdbus::Variant{std::uint64_t{1'000'000}});
      add("StartLimitIntervalUSec", sdbus::Variant{std::uint64_t{0}});
    }
    return properties;
  }

  Scope scope_;
  Micros timeout_;
  std::unique_ptr<Bus> bus_;
};

}  // namespace

Result<std::unique_ptr<Systemd>> connect_systemd(Scope scope, Micros call_timeout) {
  auto systemd = std::make_unique<SdbusSystemd>(scope, call_timeout);
  WX_TRY(systemd->connect());
  return std::unique_ptr<Systemd>(std::move(systemd));
}

}  // namespace wx
