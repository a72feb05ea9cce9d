#include "orchestrator/engine/lease.hpp"

#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "orchestrator/engine/format.hpp"

namespace wx {

using nlohmann::json;

Status Leases::renew(const std::string& rollout, Micros duration) {
  const json document{{"format", 1},
                      {"rollout", rollout},
                      {"boot", ports_.boot_id},
                      {"expires_monotonic_us", (ports_.clock.monotonic() + duration).count()},
                      {"expires_at", (ports_.clock.now() + duration).time_since_epoch().count()}};
  return replace_file(ports_.files, layout_.lease(), document.dump() + "\n", 0600);
}

Result<std::optional<Lease>> Leases::read() {
  WX_LET(const auto text, read_if_present(ports_.files, layout_.lease(), 64UL * 1024));
  if (!text) return std::optional<Lease>{};
  try {
    const json document = json::parse(*text);
    if (document.value("format", engine_format) > engine_format) return newer_format(layout_.lease());
    return std::optional<Lease>{Lease{document.at("rollout").get<std::string>(),
                                      document.at("boot").get<std::string>(),
                                      Micros{document.at("expires_monotonic_us").get<std::int64_t>()},
                                      WallTime{Micros{document.at("expires_at").get<std::int64_t>()}}}};
  } catch (const json::exception&) {
    return std::optional<Lease>{Lease{}};
  }
}

Status Leases::end() {
  WX_TRY(ports_.files.remove_file(layout_.lease()));
  // A lease that came back with a power cut would take back what was confirmed.
  return ports_.files.sync_directory(layout_.state);
}

bool Leases::expired(const Lease& lease) {
  if (lease.boot == ports_.boot_id) return ports_.clock.monotonic() >= lease.expires_monotonic;
  return ports_.clock.now() >= lease.expires_at;
}

}  // namespace wx
