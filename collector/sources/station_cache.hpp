// Which station is nearest to a place, remembered on disk: the Met Office asks for it, and a call is saved in
// each run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/domain/location.hpp"
#include "collector/domain/telemetry.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

struct Station {
  std::string geohash;
  std::string area;  // may be empty
};

// Coordinates as the service wants them: at most two decimals.
std::string two_decimals(double degrees);

class StationCache {
 public:
  // `file` is stations.json in the cache directory; `service` keeps answers of different servers apart.
  // With `read_only` nothing is ever written. A missing or damaged file is an empty cache.
  StationCache(FileSystem& files, std::string file, std::string service, bool read_only,
               Telemetry& telemetry);

  // An entry younger than a week. Counts a hit or a miss.
  std::optional<Station> find(const Location& location, WallTime now);
  // Also written to disk, atomically; the error of that is worth a warning, not a failure.
  Status put(const Location& location, const Station& station, WallTime now);

 private:
  struct Entry {
    std::string service;
    std::string latitude;
    std::string longitude;
    Station station;
    WallTime found;
  };
  [[nodiscard]] bool matches(const Entry& entry, const Location& location) const;
  void load();

  FileSystem& files_;
  std::string file_;
  std::string service_;
  bool read_only_;
  Telemetry& telemetry_;
  std::vector<Entry> entries_;
};

// A geohash as the service uses them; whatever else would go into a URL unchecked.
bool is_geohash(const std::string& text);

}  // namespace wx::collector
