// The least that can start an instance over D-Bus and pass its result on: what the router is measured
// against.
#include <systemd/sd-bus.h>

#include <cstdint>
#include <cstring>

namespace {

struct Wait {
  const char* job = nullptr;
  bool ended = false;
  bool done = false;
};

int on_removed(sd_bus_message* message, void* data, sd_bus_error*) {
  auto& wait = *static_cast<Wait*>(data);
  std::uint32_t id = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0) return 0;
  if (wait.job == nullptr || std::strcmp(job, wait.job) != 0) return 0;
  wait.ended = true;
  wait.done = std::strcmp(result, "done") == 0;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr const char* service = "org.freedesktop.systemd1";
  constexpr const char* path = "/org/freedesktop/systemd1";
  constexpr const char* interface = "org.freedesktop.systemd1.Manager";
  sd_bus* bus = nullptr;
  sd_bus_message* reply = nullptr;
  Wait wait;
  if (sd_bus_open_user(&bus) < 0) return 4;
  if (sd_bus_match_signal(bus, nullptr, service, path, interface, "JobRemoved", on_removed, &wait) < 0)
    return 4;
  if (sd_bus_call_method(bus, service, path, interface, "StartUnit", nullptr, &reply, "ss", argv[1],
                         "replace") < 0)
    return 4;
  if (sd_bus_message_read(reply, "o", &wait.job) < 0) return 4;
  while (!wait.ended) {
    const int handled = sd_bus_process(bus, nullptr);
    if (handled < 0) return 4;
    if (handled == 0 && sd_bus_wait(bus, UINT64_MAX) < 0) return 4;
  }
  return wait.done ? 0 : 1;
}
