// A machine in memory, one process on it, and what tests of the engine's parts put there by hand.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/core/files.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/releases.hpp"
#include "orchestrator/routing/ledger_lines.hpp"
#include "tests/testkit/fake_world.hpp"

namespace wx {

class Machine {
 public:
  // The directories are there that the lock and the first unit file make.
  Machine() {
    for (const auto& directory : {layout.state, layout.unit_dir})
      EXPECT_TRUE(make_directories(files, directory, 0700));
    files.sync_all();
  }

  testkit::FakeWorld world;

 private:
  EffectObserver nobody_;
  testkit::FakeProcess process_{world, nobody_};

 public:
  Ports& ports = process_.ports;
  testkit::MemoryFileSystem& files = world.files;
  const Layout& layout = world.layout;

  std::string read(const std::string& path) {
    auto text = files.read(path, 1 << 20);
    EXPECT_TRUE(text) << text.error().message;
    return text ? *text : std::string{};
  }
  std::string manifest_text() { return read(testkit::FakeWorld::manifest_file); }
  Manifest manifest() { return *parse_manifest("ticks.yaml", manifest_text()); }

  // A release in the store, as a slot's content.
  SlotSpec stored(const std::string& name) {
    const std::string source = world.add_release(name, {name}, "bucket: none\n");
    Releases releases(ports, layout);
    auto info = releases.inspect(source);
    EXPECT_TRUE(info) << info.error().message;
    const auto imported = releases.import(*info, source);
    EXPECT_TRUE(imported) << imported.error().message;
    return {info->id, info->version, manifest_text(), "bucket: none\n"};
  }

  // A timer's run in that slot that began just now and ended well, as the router records it.
  void record_run(const std::string& id, const std::string& slot, const std::string& release) {
    Run run;
    run.id = id;
    run.at = ports.clock.now();
    run.slot = slot;
    run.role = "active";
    run.release = release;
    run.generation = 7;
    run.trigger = "timer";
    EXPECT_TRUE(files.append(layout.ledger(), render_begin(run) + render_end({id, run.at, "success", 0, "", 1}), false));
  }

  // `spec` is active in blue and nothing is on trial.
  static Generation with_active(const SlotSpec& spec) {
    Generation generation;
    generation.route.app = "ticks";
    generation.route.entry = "ticks.service";
    generation.route.timer = "ticks.timer";
    generation.route.active = Slot::blue;
    generation.route.repeatable = true;
    generation.route.seed = "seed";
    generation.blue = spec;
    return generation;
  }

  std::uint64_t commit(const Generation& generation) {
    auto number = Generations(ports, layout).commit(generation);
    EXPECT_TRUE(number) << number.error().message;
    return number.value_or(0);
  }
};

}  // namespace wx
