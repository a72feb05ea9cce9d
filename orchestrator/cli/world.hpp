// What the verbs work with: the ports, where things are, and how to answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/process.hpp"
#include "orchestrator/domain/unit_files.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct Places {
  Home home;
  std::string program;    // this executable, absolute
  std::string share;      // …/share/wxctl: playbooks, shipped manifests
  std::string directory;  // the working directory
};

enum class ColorWhen { automatic, always, never };

struct GlobalOptions {
  std::string app;
  std::string manifest;  // -f
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool yes = false;
  ColorWhen color = ColorWhen::automatic;
};

struct World {
  Ports& ports;
  Places places;
  GlobalOptions options;
  std::vector<std::pair<std::string, std::string>> environment;  // the whole of it, read once by main
  bool terminal = false;                                         // stdout is one
  int columns = 100;
  Micros begun{};  // monotonic time at which the program started
  std::int64_t pid = 0;
  std::function<void(std::int64_t pid)> terminate = {};                   // SIGTERM
  std::function<Result<ProcessOutcome>(const ProcessRequest&)> run = {};  // another program
  std::uint32_t caller_umask = 022;  // wxctl's own is 077; a command of the person's is given theirs

  [[nodiscard]] std::string variable(const std::string& name) const;  // empty when unset
  [[nodiscard]] bool colored() const;
};

// The app a command is about: -f, --app, or the only one installed. Code::invalid when that is not clear.
Result<std::string> chosen_app(const World& world);
// Apps that were ever deployed here, sorted.
Result<std::vector<std::string>> known_apps(const World& world);
// The layout of an app, with the unit directory that the manager reads.
Result<Layout> layout_for(const World& world, const std::string& app);
// The manifest a deployment starts from: -f, the installed one (of an app that was never confirmed: the one
// it comes from), or the only one that the package ships.
Result<std::string> manifest_to_deploy(const World& world);
// What units of ours pass to wxctl.
UnitContext unit_context(const World& world, const Layout& layout, const std::string& engine_dir);
std::string absolute(const World& world, const std::string& path);

}  // namespace wx
