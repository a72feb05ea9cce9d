#include "orchestrator/engine/machine_checks.hpp"

#include <algorithm>
#include <vector>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

namespace {

constexpr std::uint32_t for_others = 077;
// Two threads may take the time in one order and write it in the other; more is a clock that was set back.
constexpr Micros unordered{2'000'000};

void conclude_warn(CheckResult& result, std::string message, std::string remedy) {
  result.status = CheckStatus::warn;
  result.message = std::move(message);
  result.remedy = std::move(remedy);
}

struct PrivateFile {
  std::string path;
  bool secret = false;
};

std::vector<PrivateFile> private_files(const Layout& layout, const Manifest& manifest) {
  std::vector<PrivateFile> out{{layout.secrets(), true}, {layout.live_config(), false}};
  if (manifest.store)
    for (const BucketRole role : {BucketRole::main, BucketRole::candidate}) {
      const std::string token = store_address(layout, *manifest.store, role).token_file;
      if (!token.empty() && token != out.back().path) out.push_back({token, true});
    }
  return out;
}

}  // namespace

void check_linger(const Ports& ports, bool needed, CheckResult& result) {
  FileSystem& files = ports.files;
  result.threshold = "yes";
  if (!exists(files, "/run/systemd/seats") && !exists(files, "/var/lib/systemd/linger"))
    return conclude_na(result, "there is no logind here");
  const std::string& who = ports.caller.user;
  const bool lingers = exists(files, "/var/lib/systemd/linger/" + who);
  result.observed = lingers ? "yes" : "no";
  if (lingers) return conclude_pass(result, who + " lingers");
  if (ports.caller.sandboxed) return conclude_na(result, "a sandbox ends with its command");
  const std::string remedy = "sudo loginctl enable-linger " + who;
  if (needed)
    return conclude_fail(
        result, "user " + who + " does not linger: timers and the rollout would end with your last session",
        remedy);
  conclude_warn(result, "user " + who + " does not linger: timers end with your last session", remedy);
}

void check_clock(const Ports& ports, std::optional<WallTime> newest, CheckResult& result) {
  const WallTime now = ports.clock.now();
  result.threshold = "synchronised";
  result.observed = format_instant(now);
  if (newest && *newest > now + unordered)
    return conclude_fail(result,
                         "the clock says " + format_instant(now) + ", and a run began at " +
                             format_instant(*newest) + ": it was set back",
                         "sudo timedatectl set-ntp true");
  if (!ports.clock_synchronised)
    return conclude_na(result, "the kernel does not say whether the clock is synchronised");
  result.observed = *ports.clock_synchronised ? "synchronised" : "not synchronised";
  if (*ports.clock_synchronised) return conclude_pass(result, "the clock is synchronised");
  if (ports.caller.sandboxed)
    return conclude_na(result, "a sandbox cannot set the clock, which nothing synchronises");
  conclude_warn(result, "nothing keeps the clock in step with others: the times of points may be wrong",
                "sudo timedatectl set-ntp true");
}

void check_disk(const Ports& ports, const Layout& layout, const Manifest& manifest, CheckResult& result) {
  std::vector<std::string> places{layout.data, layout.state, layout.config_dir, layout.unit_dir};
  if (manifest.store && manifest.store->kind == "sqlite")
    places.push_back(parent_path(store_path(layout, *manifest.store)));
  const std::uint64_t least = manifest.limits.disk_bytes;
  std::optional<std::uint64_t> smallest;
  std::string where;
  for (const auto& place : places) {
    if (place.empty()) continue;
    const std::string near = nearest_directory(ports.files, place);
    const auto free = ports.files.free_space(near);
    if (!free) return conclude_fail(result, free.error().message, free.error().remedy);
    if (smallest && *free >= *smallest) continue;
    smallest = *free;
    where = near;
  }
  if (!smallest) return conclude_na(result, "nothing is written");
  result.observed = std::to_string(*smallest);
  result.threshold = std::to_string(least);
  result.unit = "bytes";
  const std::string told = std::to_string(*smallest / 1'000'000) + " MB free below " + where;
  const std::string limit = std::to_string(least / 1'000'000) + " MB of limits.disk";
  if (*smallest < least)
    return conclude_fail(result, told + ", less than the " + limit,
                         "make room, such as by wxctl backup prune, or lower limits.disk in the manifest");
  if (*smallest < 2 * least)
    return conclude_warn(result, told + ", nearly as little as the " + limit, "wxctl backup prune --keep 2");
  conclude_pass(result, told);
}

void check_private(const Ports& ports, const Layout& layout, const Manifest& manifest, CheckResult& result) {
  result.threshold = "0600";
  std::vector<std::string> open;
  bool secret = false;
  std::size_t seen = 0;
  for (const auto& file : private_files(layout, manifest)) {
    const auto info = ports.files.info(file.path);
    if (!info || info->type != FileType::file) continue;
    ++seen;
    if ((info->mode & for_others) == 0) continue;
    open.push_back(file.path);
    secret = secret || file.secret;
  }
  if (seen == 0) return conclude_na(result, "there is no config, secret or token yet");
  result.observed = std::to_string(open.size()) + " open to others";
  if (open.empty()) return conclude_pass(result, plural(seen, "file") + " can be read by you alone");
  const std::string message = join(open, ", ") + " can be read by others";
  const std::string remedy = "chmod 600 " + join(open, " ");
  if (secret) return conclude_fail(result, message, remedy);
  conclude_warn(result, message, remedy);
}

}  // namespace wx
