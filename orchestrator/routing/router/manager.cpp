#include "orchestrator/routing/router/manager.hpp"

#include <poll.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wx {
namespace {

constexpr const char* service = "org.freedesktop.systemd1";
constexpr const char* root_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* timer_interface = "org.freedesktop.systemd1.Timer";
constexpr std::uint64_t call_timeout_us = 10'000'000;

struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

struct UnrefSlot {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using SlotRef = std::unique_ptr<sd_bus_slot, UnrefSlot>;

int keep_reply(sd_bus_message* reply, void* place, sd_bus_error*) {
  static_cast<Message*>(place)->reset(sd_bus_message_ref(reply));
  return 0;
}

// The types that the properties we ask for have: s, t, u, i, ay.
bool read_value(sd_bus_message* message, std::string_view type, std::uint64_t& number, std::string& text) {
  if (type == "s") {
    const char* value = nullptr;
    if (sd_bus_message_read_basic(message, 's', &value) < 0) return false;
    text = value;
    return true;
  }
  if (type == "ay") {
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_read_array(message, 'y', &bytes, &size) < 0) return false;
    for (std::size_t i = 0; i < size; ++i) {
      std::array<char, 3> digits{};
      std::snprintf(digits.data(), digits.size(), "%02x",
                    static_cast<unsigned>(static_cast<const unsigned char*>(bytes)[i]));
      text += digits.data();
    }
    return true;
  }
  if (type == "t") return sd_bus_message_read_basic(message, 't', &number) >= 0;
  std::uint32_t narrow = 0;
  if (type != "u" && type != "i") return false;
  if (sd_bus_message_read_basic(message, type.front(), &narrow) < 0) return false;
  number = narrow;
  return true;
}

class BusError {
 public:
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error_); }
  sd_bus_error* out() { return &error_; }

  [[nodiscard]] Error as_error(const std::string& what, int code) const {
    const bool answered = sd_bus_error_is_set(&error_) != 0 && error_.message != nullptr;
    const auto why = answered ? std::string(error_.message) : std::string(std::strerror(-code));
    return Error{code_of(code), what + ": " + why, {}};
  }

 private:
  [[nodiscard]] Code code_of(int code) const {
    switch (-code) {
      case ENOTCONN:
      case ECONNRESET:
      case ECONNREFUSED:
      case EPIPE:
        return Code::unavailable;
      case ETIMEDOUT:
        return Code::timeout;
      case EACCES:
      case EPERM:
        return Code::permission;
      default:
        break;
    }
    if (sd_bus_error_has_name(&error_, "org.freedesktop.systemd1.NoSuchUnit")) return Code::not_found;
    return Code::failed;
  }
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

// D-Bus addresses escape everything but a few characters.
std::string address_of(const std::string& path) {
  std::string address = "unix:path=";
  for (const auto c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::strchr("-_/.\\*", c) != nullptr;
    std::array<char, 4> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "%%%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    if (plain) {
      address += c;
    } else {
      address += escaped.data();
    }
  }
  return address;
}

Result<std::string> runtime_directory(const std::string& scope) {
  if (scope == "system") return std::string("/run");
  const char* directory = std::getenv("XDG_RUNTIME_DIR");
  if (!directory || *directory != '/')
    return Error{Code::unavailable, "XDG_RUNTIME_DIR is not set: the user manager cannot be found", {}};
  return std::string(directory);
}

std::string unit_path(const std::string& name) {
  char* path = nullptr;
  if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", name.c_str(), &path) < 0) return {};
  std::string result = path;
  std::free(path);
  return result;
}

}  // namespace

void Manager::CloseBus::operator()(sd_bus* bus) const {
  sd_bus_flush_close_unref(bus);
}

Result<Manager::Bus> Manager::open_bus(const std::string& scope) {
  sd_bus* raw = nullptr;
  if (scope == "system") {
    if (const int code = sd_bus_open_system(&raw); code < 0)
      return BusError().as_error("cannot reach the system bus", code);
    return Bus(raw);
  }
  WX_LET(const auto directory, runtime_directory(scope));
  const auto address = address_of(directory + "/bus");
  int code = sd_bus_new(&raw);
  Bus bus(raw);
  if (code >= 0) code = sd_bus_set_address(bus.get(), address.c_str());
  if (code >= 0) code = sd_bus_set_bus_client(bus.get(), 1);
  if (code >= 0) code = sd_bus_start(bus.get());
  if (code < 0) return BusError().as_error("cannot reach the session bus at " + directory + "/bus", code);
  return bus;
}

Result<Manager::Bus> Manager::open_private(const std::string& scope) {
  WX_LET(const auto directory, runtime_directory(scope));
  const auto path = directory + "/systemd/private";
  sd_bus* raw = nullptr;
  int code = sd_bus_new(&raw);
  Bus bus(raw);
  if (code >= 0) code = sd_bus_set_address(bus.get(), address_of(path).c_str());
  if (code >= 0) code = sd_bus_set_bus_client(bus.get(), 0);
  if (code >= 0) code = sd_bus_start(bus.get());
  if (code < 0) return BusError().as_error("cannot reach the manager at " + path, code);
  return bus;
}

Result<Manager> Manager::connect(const std::string& scope) {
  std::string why;
  for (auto* open : {&Manager::open_bus, &Manager::open_private}) {
    auto bus = open(scope);
    if (bus) {
      Manager manager(*std::move(bus));
      auto ready = manager.listen();
      if (ready) return manager;
      why += (why.empty() ? "" : "; ") + ready.error().message;
    } else {
      why += (why.empty() ? "" : "; ") + bus.error().message;
    }
  }
  return Error{Code::unavailable, why, {}};
}

Status Manager::listen() {
  sd_bus_set_method_call_timeout(bus_.get(), call_timeout_us);
  // The manager reports the end of a job to whoever queued it, without a subscription to everything.
  const auto on_removed = [](sd_bus_message* message, void* ended, sd_bus_error*) {
    std::uint32_t id = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0)
      static_cast<JobEnds*>(ended)->push_back({job, result});
    return 0;
  };
  const char* sender =
      sd_bus_is_bus_client(bus_.get()) > 0 ? service : nullptr;  // others may send signals on a bus, too
  // Not waited for: messages are answered in their order, so it is in place before any job is queued.
  const int code = sd_bus_match_signal_async(bus_.get(), nullptr, sender, root_path, manager_interface,
                                             "JobRemoved", on_removed, nullptr, ended_.get());
  if (code < 0) return BusError().as_error("cannot listen to the manager", code);
  return {};
}

bool Manager::lost() const {
  return sd_bus_is_open(bus_.get()) <= 0;
}

Result<std::vector<Manager::Value>> Manager::read(const std::vector<Property>& wanted) {
  std::vector<Message> replies(wanted.size());
  std::vector<SlotRef> slots;  // dropped on every way out, so that no late answer finds its place gone
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    sd_bus_slot* slot = nullptr;
    const int code = sd_bus_call_method_async(bus_.get(), &slot, service, unit_path(wanted[i].unit).c_str(),
                                              "org.freedesktop.DBus.Properties", "Get", keep_reply,
                                              &replies[i], "ss", wanted[i].interface, wanted[i].name);
    if (code < 0) return BusError().as_error("cannot ask for " + wanted[i].unit, code);
    slots.emplace_back(slot);
  }
  const auto missing = [&] {
    return std::any_of(replies.begin(), replies.end(), [](const auto& r) { return !r; });
  };
  while (missing()) {
    WX_TRY(process());
    if (!missing()) break;
    pollfd ready{fd(), events(), 0};
    ::poll(&ready, 1, timeout_ms());
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto what = std::string("cannot read ") + wanted[i].name + " of " + wanted[i].unit;
    if (const auto* error = sd_bus_message_get_error(replies[i].get()))
      return Error{
          Code::failed, what + ": " + (error->message != nullptr ? error->message : error->name), {}};
    const char* type = nullptr;
    Value value;
    if (sd_bus_message_peek_type(replies[i].get(), nullptr, &type) < 0 ||
        sd_bus_message_enter_container(replies[i].get(), SD_BUS_TYPE_VARIANT, type) < 0 ||
        !read_value(replies[i].get(), type, value.number, value.text))
      return Error{Code::failed, what + ": the answer has another type", {}};
    values.push_back(std::move(value));
  }
  return values;
}

Result<ActivationFacts> Manager::facts(const std::string& entry, const std::optional<std::string>& timer) {
  std::vector<Property> wanted{{entry, service_interface, "NRestarts"},
                               {entry, unit_interface, "InactiveEnterTimestampMonotonic"}};
  if (timer) {
    wanted.insert(wanted.end(), {{*timer, unit_interface, "ActiveState"},
                                 {*timer, timer_interface, "LastTriggerUSecMonotonic"},
                                 {*timer, unit_interface, "ActiveEnterTimestampMonotonic"},
                                 {*timer, timer_interface, "AccuracyUSec"},
                                 {*timer, timer_interface, "RandomizedDelayUSec"}});
  }
  WX_LET(const auto values, read(wanted));
  ActivationFacts facts;
  facts.restarts = static_cast<std::uint32_t>(values[0].number);
  facts.entry_inactive_enter_us = values[1].number;
  if (timer) {
    facts.timer = TimerFacts{values[2].text == "active", values[3].number, values[4].number, values[5].number,
                             values[6].number};
  }
  return facts;
}

Result<InstanceState> Manager::instance(const std::string& name) {
  WX_LET(const auto values, read({{name, unit_interface, "ActiveState"},
                                  {name, service_interface, "Result"},
                                  {name, service_interface, "ExecMainCode"},
                                  {name, service_interface, "ExecMainStatus"},
                                  {name, unit_interface, "InvocationID"}}));
  InstanceState state;
  state.active_state = values[0].text;
  state.outcome.result = values[1].text;
  state.outcome.code = static_cast<int>(values[2].number);
  state.outcome.status = static_cast<int>(values[3].number);
  state.invocation = values[4].text;
  return state;
}

void Manager::keep(const std::string& name) {
  // Not waited for: whether it worked shows when the result is read.
  sd_bus_call_method_async(bus_.get(), nullptr, service, root_path, manager_interface, "RefUnit", nullptr,
                           nullptr, "s", name.c_str());
}

Result<std::string> Manager::job_call(const char* method, const std::string& name) {
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = sd_bus_call_method(bus_.get(), service, root_path, manager_interface, method, error.out(),
                                      &raw, "ss", name.c_str(), "replace");
  const Message reply(raw);
  if (code < 0) return error.as_error(std::string(method) + " " + name, code);
  const char* job = nullptr;
  if (const int read = sd_bus_message_read(reply.get(), "o", &job); read < 0)
    return BusError().as_error(std::string("cannot read the answer to ") + method + " " + name, read);
  return std::string(job);
}

Result<std::string> Manager::start(const std::string& name) {
  return job_call("StartUnit", name);
}

Status Manager::stop(const std::string& name) {
  auto job = job_call("StopUnit", name);
  if (!job) return std::move(job).error();
  return {};
}

void Manager::reset_failed(const std::string& name) {
  BusError error;
  sd_bus_call_method(bus_.get(), service, root_path, manager_interface, "ResetFailedUnit", error.out(),
                     nullptr, "s", name.c_str());
}

int Manager::fd() const {
  return sd_bus_get_fd(bus_.get());
}

short Manager::events() const {
  const int events = sd_bus_get_events(bus_.get());
  return static_cast<short>(std::max(events, 0));
}

int Manager::timeout_ms() const {
  std::uint64_t until = 0;
  if (sd_bus_get_timeout(bus_.get(), &until) < 0 || until == UINT64_MAX) return -1;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto now_us =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  return until <= now_us ? 0
                         : static_cast<int>(std::min<std::uint64_t>((until - now_us) / 1000 + 1, INT_MAX));
}

Status Manager::process() {
  for (;;) {
    const int code = sd_bus_process(bus_.get(), nullptr);
    if (code < 0) return BusError().as_error("the connection to the manager was lost", code);
    if (lost()) return Error{Code::unavailable, "the connection to the manager was lost", {}};
    if (code == 0) return {};
  }
}

std::optional<std::string> Manager::job_result(const std::string& job) const {
  const auto at =
      std::find_if(ended_->begin(), ended_->end(), [&](const JobEnd& end) { return end.job == job; });
  if (at == ended_->end()) return std::nullopt;
  return at->result;
}

}  // namespace wx
