// The unit files that wxctl writes for an app, rendered from its manifest. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ports/clock.hpp"
#include "orchestrator/domain/manifest.hpp"

namespace wx {

struct UnitFile {
  std::string name;  // relative to the unit directory; drop-ins with their folder
  std::string content;
};

// What the units of an app refer to.
struct UnitContext {
  std::string app;
  std::string data;                                              // the app's data directory
  std::string engine_dir;                                        // pinned copies of wxctl and wxctl-router
  std::vector<std::pair<std::string, std::string>> environment;  // for wxctl itself: HOME, XDG_*
};

// The first line of every unit file of ours, by which they are known.
std::string unit_file_mark(const std::string& app);

UnitFile entry_unit(const Manifest& manifest, const UnitContext& context);
// Only for a timer that the manifest describes.
UnitFile timer_unit(const Manifest& manifest, const UnitContext& context);
UnitFile instance_template(const Manifest& manifest, const UnitContext& context);
// 10-wxctl.conf of one instance ("green", "green.check"): all that may differ between slots.
UnitFile slot_drop_in(const Manifest& manifest, const UnitContext& context, const std::string& instance);
UnitFile resume_unit(const UnitContext& context, const std::string& name);
UnitFile deadman_service(const UnitContext& context, const std::string& name, const std::string& resume_name);
UnitFile deadman_timer(const UnitContext& context, const std::string& name, Micros period);

// A word of an ExecStart= line, quoted and with specifiers escaped (systemd.service(5), Command lines).
std::string exec_word(std::string_view word);

}  // namespace wx
