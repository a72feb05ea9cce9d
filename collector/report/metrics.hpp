// The Prometheus text file of a program that nobody can scrape: counters go on from run to run by reading the
// last file. Names and HELP texts are kept over versions: node_exporter refuses two meanings of one name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/app/summary.hpp"
#include "collector/domain/location.hpp"
#include "collector/domain/telemetry.hpp"
#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

// "name{labels}" as written -> value; lines that cannot be read are left out.
using MetricSamples = std::map<std::string, double, std::less<>>;
MetricSamples parse_metrics(std::string_view text);

// The whole file after this run. Every known label value is there from the first file on, so that no first
// increase is missed. `locations` limits freshness to what is still configured.
std::string render_metrics(const MetricSamples& previous, const Summary& summary, const Telemetry& telemetry,
                           const std::vector<Location>& locations, WallTime now);

// Read, add this run, replace; mode 0644. A damaged or missing file starts at zero.
Status update_metrics(FileSystem& files, const std::string& path, const Summary& summary,
                      const Telemetry& telemetry, const std::vector<Location>& locations, WallTime now);

}  // namespace wx::collector
