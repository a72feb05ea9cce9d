// Releases: immutable directories below DATA/releases, named by their content.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct ReleaseInfo {
  std::string id;       // r- and 12 hex digits of the SHA-256 over the sorted list of (path, mode, content)
  std::string version;  // of release.json, else the directory's name
  bool declares_version = false;  // release.json says it
  std::uint64_t bytes = 0;
  std::vector<std::pair<std::string, std::string>> files;  // path, SHA-256 (links: their target)
};

class Releases {
 public:
  Releases(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  // Look at a release directory without changing anything. `invalid`, with the file named, for devices,
  // setuid bits, links that dangle or lead out, more than 1 GiB or 100,000 entries; not_found when there is
  // no such directory.
  Result<ReleaseInfo> inspect(const std::string& directory);
  // The program of `manifest` in that directory: there, executable, of this machine's architecture, its
  // interpreter there.
  Status check_program(const std::string& directory, const Manifest& manifest);
  // Copy it into the store, with release.json; idempotent. Hashes of the copy are verified.
  Status import(const ReleaseInfo& info, const std::string& directory);
  // What runs is what was checked: hash the stored release again. `failed` when it was changed.
  Result<ReleaseInfo> verify(const std::string& id);

 private:
  Status check_executable(const std::string& path);
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
