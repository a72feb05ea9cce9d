// A machine with somebody at a terminal in front of it.
#pragma once

#include "orchestrator/cli/world.hpp"
#include "tests/unit/orchestrator/engine/machine.hpp"

namespace wx {

struct Terminal {
  Machine machine;
  World world{
      machine.ports,
      Places{{"/home/user/.config/wxctl", "/home/user/.local/share/wxctl", "/home/user/.local/state/wxctl"},
             "/usr/bin/wxctl",
             "/usr/share/wxctl",
             "/home/user"},
      {},
      {{"HOME", "/home/user"}, {"SECRET_TOKEN", "hunter2"}}};

  // `app` was deployed here once, and its manifest is installed.
  void install(const std::string& app) {
    machine.files.put(world.places.home.data + "/" + app + "/app.json", "{}");
    machine.files.put(world.places.home.config + "/" + app + ".yaml", machine.manifest_text());
  }
};

}  // namespace wx
