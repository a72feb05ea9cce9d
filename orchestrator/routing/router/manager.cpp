#include "orchestrator/routing/router/manager.hpp"

#include <poll.h>

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

using Message = std::unique_ptr<sd_bus_message, decltype(&::sd_bus_message_unref)>;
using SlotRef = std::unique_ptr<sd_bus_slot, decltype(&::sd_bus_slot_unref)>;

// Where the answer to a call goes.
struct ReplyPlace {
  const SdBusLibrary& library;
  Message reply;
};

int keep_reply(sd_bus_message* reply, void* data, sd_bus_error*) {
  auto& place = *static_cast<ReplyPlace*>(data);
  place.reply.reset(place.library.sd_bus_message_ref(reply));
  return 0;
}

// The types that the properties we ask for have: s, t, u, i, ay.
bool read_value(const SdBusLibrary& library, sd_bus_message* message, std::string_view type,
                std::uint64_t& number, std::string& text) {
  if (type == "s") {
    const char* value = nullptr;
    if (library.sd_bus_message_read_basic(message, 's', &value) < 0) return false;
    text = value;
    return true;
  }
  if (type == "ay") {
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (library.sd_bus_message_read_array(message, 'y', &bytes, &size) < 0) return false;
    for (std::size_t i = 0; i < size; ++i) {
      std::array<char, 3> digits{};
      std::snprintf(digits.data(), digits.size(), "%02x",
                    static_cast<unsigned>(static_cast<const unsigned char*>(bytes)[i]));
      text += digits.data();
    }
    return true;
  }
  if (type == "t") return library.sd_bus_message_read_basic(message, 't', &number) >= 0;
  std::uint32_t narrow = 0;
  if (type != "u" && type != "i") return false;
  if (library.sd_bus_message_read_basic(message, type.front(), &narrow) < 0) return false;
  number = narrow;
  return true;
}

Code code_of(int error) {
  switch (error) {
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
      return Code::failed;
  }
}

// For a call that nobody answered; `code` is a negative errno.
Error bus_error(const std::string& what, int code) {
  return {code_of(-code), what + ": " + std::strerror(-code), {}};
}

// What the manager answered instead of a result.
class Refusal {
 public:
  explicit Refusal(const SdBusLibrary& library) : library_(library) {}
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;
  ~Refusal() { library_.sd_bus_error_free(&error_); }
  sd_bus_error* out() { return &error_; }

  [[nodiscard]] Error as_error(const std::string& what, int code) const {
    if (error_.name == nullptr || error_.message == nullptr) return bus_error(what, code);
    const bool unknown = std::strcmp(error_.name, "org.freedesktop.systemd1.NoSuchUnit") == 0;
    return {unknown ? Code::not_found : code_of(-code), what + ": " + error_.message, {}};
  }

 private:
  const SdBusLibrary& library_;
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

std::string unit_path(const SdBusLibrary& library, const std::string& name) {
  char* path = nullptr;
  if (library.sd_bus_path_encode("/org/freedesktop/systemd1/unit", name.c_str(), &path) < 0) return {};
  std::string result = path;
  std::free(path);
  return result;
}

}  // namespace

Result<Manager::Bus> Manager::open_bus(const SdBusLibrary& library, const std::string& scope) {
  sd_bus* raw = nullptr;
  if (scope == "system") {
    if (const int code = library.sd_bus_open_system(&raw); code < 0)
      return bus_error("cannot reach the system bus", code);
    return Bus(raw, library.sd_bus_flush_close_unref);
  }
  WX_LET(const auto directory, runtime_directory(scope));
  const auto path = directory + "/bus";
  return open_socket(library, path, 1, "cannot reach the session bus at " + path);
}

Result<Manager::Bus> Manager::open_private(const SdBusLibrary& library, const std::string& scope) {
  WX_LET(const auto directory, runtime_directory(scope));
  const auto path = directory + "/systemd/private";
  return open_socket(library, path, 0, "cannot reach the manager at " + path);
}

Result<Manager::Bus> Manager::open_socket(const SdBusLibrary& library, const std::string& path,
                                          int bus_client, const std::string& failure) {
  sd_bus* raw = nullptr;
  int code = library.sd_bus_new(&raw);
  Bus bus(raw, library.sd_bus_flush_close_unref);
  if (code >= 0) code = library.sd_bus_set_address(bus.get(), address_of(path).c_str());
  if (code >= 0) code = library.sd_bus_set_bus_client(bus.get(), bus_client);
  if (code >= 0) code = library.sd_bus_start(bus.get());
  if (code < 0) return bus_error(failure, code);
  return bus;
}

Result<Manager> Manager::connect(const std::string& scope) {
  WX_LET(const auto library, SdBusLibrary::load());
  std::string why;
  for (auto* open : {&Manager::open_bus, &Manager::open_private}) {
    auto bus = open(library, scope);
    if (bus) {
      Manager manager(library, *std::move(bus));
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
  library_.sd_bus_set_method_call_timeout(bus_.get(), call_timeout_us);
  // The manager reports the end of a job to whoever queued it, without a subscription to everything.
  const auto on_removed = [](sd_bus_message* message, void* data, sd_bus_error*) {
    auto& listener = *static_cast<Listener*>(data);
    std::uint32_t id = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (listener.library.sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0)
      listener.ended.push_back({job, result});
    return 0;
  };
  const char* sender = library_.sd_bus_is_bus_client(bus_.get()) > 0
                           ? service
                           : nullptr;  // others may send signals on a bus, too
  // Not waited for: messages are answered in their order, so it is in place before any job is queued.
  const int code =
      library_.sd_bus_match_signal_async(bus_.get(), nullptr, sender, root_path, manager_interface,
                                         "JobRemoved", on_removed, nullptr, listener_.get());
  if (code < 0) return bus_error("cannot listen to the manager", code);
  return {};
}

bool Manager::lost() const {
  return library_.sd_bus_is_open(bus_.get()) <= 0;
}

Result<std::vector<Manager::Value>> Manager::read(const std::vector<Property>& wanted) {
  std::vector<ReplyPlace> places;
  places.reserve(wanted.size());  // the connection keeps their addresses
  std::vector<SlotRef> slots;     // dropped on every way out, so that no late answer finds its place gone
  for (const auto& property : wanted) {
    auto& place = places.emplace_back(ReplyPlace{library_, Message(nullptr, library_.sd_bus_message_unref)});
    sd_bus_slot* slot = nullptr;
    const int code = library_.sd_bus_call_method_async(bus_.get(), &slot, service,
                                                       unit_path(library_, property.unit).c_str(),
                                                       "org.freedesktop.DBus.Properties", "Get", keep_reply,
                                                       &place, "ss", property.interface, property.name);
    if (code < 0) return bus_error("cannot ask for " + property.unit, code);
    slots.emplace_back(slot, library_.sd_bus_slot_unref);
  }
  const auto missing = [&] {
    return std::any_of(places.begin(), places.end(), [](const auto& place) { return !place.reply; });
  };
  while (missing()) {
    WX_TRY(process());
    if (!missing()) break;
    pollfd ready{fd(), events(), 0};
    ::poll(&ready, 1, timeout_ms());
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto* reply = places[i].reply.get();
    const auto what = std::string("cannot read ") + wanted[i].name + " of " + wanted[i].unit;
    if (const auto* error = library_.sd_bus_message_get_error(reply))
      return Error{
          Code::failed, what + ": " + (error->message != nullptr ? error->message : error->name), {}};
    const char* type = nullptr;
    Value value;
    if (library_.sd_bus_message_peek_type(reply, nullptr, &type) < 0 ||
        library_.sd_bus_message_enter_container(reply, SD_BUS_TYPE_VARIANT, type) < 0 ||
        !read_value(library_, reply, type, value.number, value.text))
      return Error{Code::failed, what + ": the answer has another type", {}};
    values.push_back(std::move(value));
  }
  return values;
}

Result<Situation> Manager::situation(const std::string& entry, const std::optional<std::string>& timer,
                                     const std::vector<std::string>& instances) {
  std::vector<Property> wanted{{entry, service_interface, "NRestarts"},
                               {entry, unit_interface, "InactiveEnterTimestampMonotonic"}};
  if (timer) {
    wanted.insert(wanted.end(), {{*timer, unit_interface, "ActiveState"},
                                 {*timer, timer_interface, "LastTriggerUSecMonotonic"},
                                 {*timer, unit_interface, "ActiveEnterTimestampMonotonic"},
                                 {*timer, timer_interface, "AccuracyUSec"},
                                 {*timer, timer_interface, "RandomizedDelayUSec"}});
  }
  const auto first_instance = wanted.size();
  for (const auto& name : instances) wanted.push_back({name, unit_interface, "ActiveState"});
  WX_LET(const auto values, read(wanted));
  Situation situation;
  auto& facts = situation.facts;
  facts.restarts = static_cast<std::uint32_t>(values[0].number);
  facts.entry_inactive_enter_us = values[1].number;
  if (timer) {
    facts.timer = TimerFacts{values[2].text == "active", values[3].number, values[4].number, values[5].number,
                             values[6].number};
  }
  for (auto i = first_instance; i < values.size(); ++i) situation.active_states.push_back(values[i].text);
  return situation;
}

Result<std::string> Manager::active_state(const std::string& name) {
  WX_LET(auto values, read({{name, unit_interface, "ActiveState"}}));
  return std::move(values.front().text);
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
  library_.sd_bus_call_method_async(bus_.get(), nullptr, service, root_path, manager_interface, "RefUnit",
                                    nullptr, nullptr, "s", name.c_str());
}

Result<std::string> Manager::job_call(const char* method, const std::string& name) {
  Refusal refusal(library_);
  sd_bus_message* raw = nullptr;
  const int code = library_.sd_bus_call_method(bus_.get(), service, root_path, manager_interface, method,
                                               refusal.out(), &raw, "ss", name.c_str(), "replace");
  const Message reply(raw, library_.sd_bus_message_unref);
  if (code < 0) return refusal.as_error(std::string(method) + " " + name, code);
  const char* job = nullptr;
  if (const int read = library_.sd_bus_message_read(reply.get(), "o", &job); read < 0)
    return bus_error(std::string("cannot read the answer to ") + method + " " + name, read);
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
  Refusal refusal(library_);
  library_.sd_bus_call_method(bus_.get(), service, root_path, manager_interface, "ResetFailedUnit",
                              refusal.out(), nullptr, "s", name.c_str());
}

int Manager::fd() const {
  return library_.sd_bus_get_fd(bus_.get());
}

short Manager::events() const {
  const int events = library_.sd_bus_get_events(bus_.get());
  return static_cast<short>(std::max(events, 0));
}

int Manager::timeout_ms() const {
  std::uint64_t until = 0;
  if (library_.sd_bus_get_timeout(bus_.get(), &until) < 0 || until == UINT64_MAX) return -1;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto now_us =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  return until <= now_us ? 0
                         : static_cast<int>(std::min<std::uint64_t>((until - now_us) / 1000 + 1, INT_MAX));
}

Status Manager::process() {
  for (;;) {
    const int code = library_.sd_bus_process(bus_.get(), nullptr);
    if (code < 0) return bus_error("the connection to the manager was lost", code);
    if (lost()) return Error{Code::unavailable, "the connection to the manager was lost", {}};
    if (code == 0) return {};
  }
}

std::optional<std::string> Manager::job_result(const std::string& job) const {
  const auto at = std::find_if(listener_->ended.begin(), listener_->ended.end(),
                               [&](const JobEnd& end) { return end.job == job; });
  if (at == listener_->ended.end()) return std::nullopt;
  return at->result;
}

}  // namespace wx
