// Where everything of one app lives (orchestrator/FORMATS.md). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/routing/route.hpp"

namespace wx {

// The three base directories, each ending in /wxctl.
struct Home {
  std::string config;
  std::string data;
  std::string state;
};

struct Layout {
  std::string app;
  std::string config_dir;  // shared by all apps
  std::string data;        // of this app
  std::string state;       // of this app
  std::string unit_dir;    // where the manager reads unit files that we may write

  [[nodiscard]] std::string manifest() const { return config_dir + "/" + app + ".yaml"; }
  [[nodiscard]] std::string live_config() const { return config_dir + "/" + app + ".config.yml"; }
  [[nodiscard]] std::string secrets() const { return config_dir + "/" + app + ".secrets"; }

  [[nodiscard]] std::string app_file() const { return data + "/app.json"; }
  [[nodiscard]] std::string releases() const { return data + "/releases"; }
  [[nodiscard]] std::string release(const std::string& id) const { return releases() + "/" + id; }
  [[nodiscard]] std::string generations() const { return data + "/generations"; }
  [[nodiscard]] std::string generation(std::uint64_t number) const {
    return generations() + "/" + std::to_string(number);
  }
  [[nodiscard]] std::string current() const { return data + "/current"; }
  [[nodiscard]] std::string slot_state(Slot slot) const { return slot_dir(slot) + "/state"; }
  [[nodiscard]] std::string slot_dir(Slot slot) const {
    return data + "/slots/" + std::string(to_string(slot));
  }
  [[nodiscard]] std::string shared() const { return data + "/shared"; }
  [[nodiscard]] std::string backups() const { return data + "/backups"; }
  [[nodiscard]] std::string evidence(const std::string& rollout) const {
    return data + "/evidence/" + rollout;
  }
  [[nodiscard]] std::string engines() const { return data + "/engine"; }

  [[nodiscard]] std::string lock() const { return state + "/lock"; }
  [[nodiscard]] std::string hold() const { return state + "/hold"; }
  [[nodiscard]] std::string ledger() const { return state + "/runs.log"; }
  [[nodiscard]] std::string older_ledger() const { return state + "/runs.log.1"; }
  [[nodiscard]] std::string tickets() const { return state + "/tickets"; }
  [[nodiscard]] std::string checks() const { return state + "/checks"; }
  [[nodiscard]] std::string requests() const { return state + "/requests"; }
  [[nodiscard]] std::string lease() const { return state + "/lease.json"; }
  [[nodiscard]] std::string rollouts() const { return state + "/rollouts"; }
  [[nodiscard]] std::string rollout(const std::string& id) const { return rollouts() + "/" + id; }
  [[nodiscard]] std::string samples(const std::string& id) const { return rollout(id) + "/samples"; }

  [[nodiscard]] std::string resume_unit() const { return "wxctl-resume@" + app + ".service"; }
  [[nodiscard]] std::string deadman_timer() const { return "wxctl-deadman@" + app + ".timer"; }
  [[nodiscard]] std::string deadman_service() const { return "wxctl-deadman@" + app + ".service"; }
  [[nodiscard]] std::string engine_unit() const { return "wxctl-engine-" + app + ".service"; }
};

inline Layout layout_of(const Home& home, const std::string& app, const std::string& unit_dir) {
  return Layout{app, home.config, home.data + "/" + app, home.state + "/" + app, unit_dir};
}

}  // namespace wx
