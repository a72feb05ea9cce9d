#include "tests/system/routed_app.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace wx::test {
namespace {

namespace fs = std::filesystem;

std::string unit_directory() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  return (config ? std::string(config) : std::string(std::getenv("HOME")) + "/.config") + "/systemd/user";
}

Finished systemctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"systemctl", "--user"});
  return run(arguments);
}

}  // namespace

RoutedApp::RoutedApp() : router(WX_ROUTER), units_(unit_directory()) {
  static std::atomic<int> count{0};
  const auto name = "routed-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  route.app = name;
  route.entry = name + ".service";
  route.active = Slot::blue;
  route.count_all = true;
  route.repeatable = true;
  route.seed = "5eed";
  for (const auto* sub : {"data/generations", "state/tickets", "state/checks", "cwd"})
    fs::create_directories(directory_ / sub);
  fs::create_directories(units_);
  write(data() + "/app.json", R"({"format":1,"app":")" + name + R"(","state":")" + state() + "\"}");
}

RoutedApp::~RoutedApp() {
  for (const auto& unit : written_units_) {
    if (unit.find('@') == std::string::npos) systemctl({"stop", unit});
  }
  for (const auto* slot : {"blue", "green", "green.check"}) systemctl({"stop", instance(slot)});
  for (const auto& unit : written_units_) fs::remove_all(units_ + "/" + unit);
}

std::string RoutedApp::generation_directory() const {
  return data() + "/generations/" + std::to_string(route.generation);
}

void RoutedApp::write_generation(bool switched) {
  ++route.generation;
  const auto write_slot = [&](Slot slot, const std::string& script) {
    if (script.empty()) return;
    const auto name = std::string(to_string(slot));
    SlotRun slot_run;
    slot_run.slot = slot;
    slot_run.role = slot == route.active ? "active" : "candidate";
    slot_run.generation = route.generation;
    slot_run.release = "r-" + name;
    slot_run.argv = {"/bin/sh", "-c", script};
    slot_run.cwd = file("cwd");
    slot_run.timeout_s = timeout_s;
    slot_run.stop_s = 2;
    slot_run.secrets = secrets;
    if (!secrets.empty()) slot_run.secrets_file = file("app.secrets");
    fs::create_directories(generation_directory() + "/" + name);
    write(generation_directory() + "/" + name + "/run.json", render_slot_run(slot_run));
    write(generation_directory() + "/" + name + "/env",
          "WX_SLOT=" + name + "\nWX_GENERATION=" + std::to_string(route.generation) + "\n");
  };
  fs::create_directories(generation_directory());
  write_slot(Slot::blue, blue);
  write_slot(Slot::green, green);
  write(generation_directory() + "/route.json", render_route(route));
  if (!switched) return;
  fs::remove(data() + "/next");
  fs::create_symlink("generations/" + std::to_string(route.generation), data() + "/next");
  fs::rename(data() + "/next", data() + "/current");
}

void RoutedApp::write_units() {
  const auto entry_command = entry_program.empty() ? router + " --root " + data() : entry_program;
  const auto instance_command =
      instance_program.empty() ? router + " exec --root " + data() + " --slot %i" : instance_program;
  const std::string head = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\n";
  write(units_ + "/" + route.entry,
        head + "TimeoutStartSec=infinity\nExecStart=" + entry_command + "\n" + entry_extra);
  write(units_ + "/" + route.app + "@.service",
        head + "TimeoutStopSec=2\nTimeoutStartSec=" + std::to_string(timeout_s) +
            "\nExecStart=" + instance_command + "\n" + instance_extra);
  // systemd forgets a unit that nothing refers to as soon as it has ended, and its result with it.
  const auto keeper = route.app + "-keep.timer";
  write(units_ + "/" + keeper, "[Timer]\nOnActiveSec=1d\nUnit=" + route.entry + "\n");
  written_units_.insert(written_units_.end(), {route.entry, route.app + "@.service", keeper});
  systemctl({"daemon-reload"});
  systemctl({"start", keeper});
}

void RoutedApp::write_timer(const std::string& timer_section) {
  route.timer = route.app + ".timer";
  route.count_all = false;
  write(units_ + "/" + *route.timer, "[Timer]\n" + timer_section);
  written_units_.push_back(*route.timer);
  systemctl({"daemon-reload"});
}

void RoutedApp::write_drop_in(Slot slot, const std::string& text) {
  const auto directory = instance(std::string(to_string(slot))) + ".d";
  fs::create_directories(units_ + "/" + directory);
  write(units_ + "/" + directory + "/10-test.conf", text);
  written_units_.push_back(directory);
  systemctl({"daemon-reload"});
}

void RoutedApp::start(const std::string& unit) const {
  systemctl({"start", unit});
}
void RoutedApp::start_later(const std::string& unit) const {
  systemctl({"start", "--no-block", unit});
}
void RoutedApp::stop(const std::string& unit) const {
  systemctl({"stop", unit});
}

std::string RoutedApp::property(const std::string& unit, const std::string& name) const {
  auto output = systemctl({"show", "-P", name, unit}).output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

std::string RoutedApp::ledger_text() const {
  return file_content(state() + "/runs.log");
}

Ledger RoutedApp::ledger() const {
  return read_ledger(
      ledger_text(),
      [this](const Run& run) {
        const auto active = property(instance(run.slot), "ActiveState");
        return active != "inactive" && active != "failed";
      },
      [this](const Run&) { return static_cast<std::int64_t>(timeout_s * 1000); });
}

bool file_exists(const std::string& path) {
  return fs::exists(path);
}

std::string file_content(const std::string& path) {
  const std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
}

void sleep_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace wx::test
