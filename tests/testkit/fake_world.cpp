#include "tests/testkit/fake_world.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "common/core/files.hpp"

namespace wx::testkit {

namespace {

constexpr const char* manifest_text = R"(apiVersion: wxctl/v1
kind: App
name: ticks
service: ticks.service
timer: {unit: ticks.timer, OnCalendar: "*:*:0/2", AccuracySec: 100ms}
program:
  exec: ["${release}/bin/tick"]
  version: ["${release}/bin/tick", "--version"]
  timeout: 20s
  repeatable: true
config: {template: config.yml, set: {bucket: "${bucket}"}}
store: {kind: sqlite, path: ticks.db, measurement: tick, active: ticks, candidate: ticks-candidate}
checks:
  dry-run: {exec: ["${release}/bin/tick", "--dry-run"], timeout: 10s}
)";

constexpr const char* unit_directory = "/home/user/.config/systemd/user";
constexpr const char* engine_directory = "/home/user/.local/share/wxctl/ticks/engine/0123456789ab";
constexpr Micros moment{10'000};

Layout make_layout() {
  return layout_of(
      {"/home/user/.config/wxctl", "/home/user/.local/share/wxctl", "/home/user/.local/state/wxctl"}, "ticks",
      unit_directory);
}

// The shipped playbooks: what is tested is what people use.
std::string shipped_playbook(const std::string& name) {
  std::string text;
  std::FILE* file = std::fopen((WX_SOURCE_DIR "/playbooks/" + name + ".yaml").c_str(), "re");
  if (file == nullptr) std::abort();
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file))
    text.append(buffer.data(), size);
  std::fclose(file);
  return text;
}

}  // namespace

std::string CountedIds::hex(std::size_t digits) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%0*llx", static_cast<int>(digits),
                static_cast<unsigned long long>(++count_));
  return text.data();
}

FakeWorld::FakeWorld() : layout(make_layout()), systemd(files, clock, {unit_directory}) {
  files.put("/bin/sh",
            "\x7f"
            "ELF",
            0755);
  files.put(manifest_file, manifest_text);
  for (const auto* name : {"gradual", "canary", "blue-green"}) files.put(playbook(name), shipped_playbook(name));
  files.put(std::string(engine_directory) + "/wxctl", "wxctl", 0755);
  files.put(std::string(engine_directory) + "/wxctl-router", "router", 0755);
  connect();
}

FakeWorld::FakeWorld(const Disk& disk)
    : clock(disk.now), stores(disk.stores), layout(make_layout()), systemd(files, clock, {unit_directory}) {
  files.restore(disk.files);
  router.behaviours = disk.behaviours;
  for (const auto& [key, point] : bucket("ticks")) main_before_.insert(point.time_ns);
  for (const auto& [key, point] : bucket("ticks-candidate")) candidate_before_.insert(point.time_ns);
  connect();
  systemd.reboot();
}

void FakeWorld::connect() {
  units = UnitContext{"ticks", layout.data, engine_directory, {{"HOME", "/home/user"}}};
  systemd.on_exec = [this](const std::string& unit, const std::vector<std::string>& argv) -> ServiceExit {
    if (argv.front().ends_with("/wxctl-router")) return router.play(unit, argv);
    // In a moment of its own: a unit is not started within the start of another.
    if (on_wxctl) clock.at(clock.monotonic() + moment, [this, argv] { on_wxctl(argv); });
    return {};
  };
}

std::string FakeWorld::add_release(const std::string& name, const Behaviour& behaviour,
                                   const std::string& config) {
  const std::string path = "/srv/" + name;
  const std::string program = "#!/bin/sh\n# " + name + "\n";
  files.put(path + "/bin/tick", program, 0755);
  files.put(path + "/config.yml", config);
  router.behaviours[program] = behaviour;
  return path;
}

FakeWorld::Disk FakeWorld::disk() {
  return {files.snapshot(), stores, router.behaviours, clock.now()};
}

void FakeWorld::power_cut() {
  router.power_cut();
  clock.cancel_all();
  files.crash();
  boot_id += "'";
  systemd.reboot();
}

void FakeWorld::settle() {
  while (!systemd.running().empty()) clock.advance(moment);
}

void FakeWorld::not_repeatable() {
  std::string text(manifest_text);
  text.replace(text.find("repeatable: true"), 16, "repeatable: false");
  files.put(manifest_file, text);
}

std::string FakeWorld::playbook(const std::string& name) {
  return "/usr/share/wxctl/playbooks/" + name + ".yaml";
}

MemoryStores::Bucket FakeWorld::bucket(const std::string& name) const {
  return stores.points(layout.data + "/ticks.db", name);
}

std::size_t FakeWorld::main_points() const {
  return bucket("ticks").size();
}

std::size_t FakeWorld::candidate_points() const {
  return bucket("ticks-candidate").size();
}

}  // namespace wx::testkit
