// Writing unit files where the manager looks, and putting back what was there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/domain/unit_files.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// The files and states of the units of an app at one moment.
struct UnitSnapshot {
  std::map<std::string, std::optional<std::string>>
      files;  // name below the unit directory -> content, none when absent
  struct State {
    bool enabled = false;
    bool active = false;
  };
  std::map<std::string, State>
      states;  // units that are started or enabled by themselves: timers, the resume unit
};

std::string render_unit_snapshot(const UnitSnapshot& snapshot);
Result<UnitSnapshot> parse_unit_snapshot(std::string_view json);

// Enable or disable a unit, and see to it that its links survive a power cut: systemd does not.
Status enable_unit(Ports& ports, const Layout& layout, const std::string& name);
Status disable_unit(Ports& ports, const Layout& layout, const std::string& name);

// Enabled and disabled units stay so over a power cut, whoever made or removed their links and died before syncing them.
Status sync_unit_links(Ports& ports, const Layout& layout);

class Units {
 public:
  Units(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  // Ok when none of these files is somebody else's; else `invalid`, naming it.
  Status check_ours(const std::vector<std::string>& names);
  // Write those that differ; true when the manager must reload: any did, or it has not read them yet.
  Result<bool> write(const std::vector<UnitFile>& files);
  Result<UnitSnapshot> snapshot(const std::vector<std::string>& files, const std::vector<std::string>& units);
  // Bring files and states back; reloads only when it must. Idempotent.
  Status restore(const UnitSnapshot& snapshot);

 private:
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
