// Met Office DataHub, Land Observations: `nearest` finds the station of a place, its geohash gives the past
// 48 hours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector/config/settings.hpp"
#include "collector/domain/telemetry.hpp"
#include "collector/sources/requester.hpp"
#include "collector/sources/source.hpp"
#include "collector/sources/station_cache.hpp"

namespace wx::collector {

// All references outlive the source. The retry budget of the settings covers one fetch() with all its
// requests.
std::unique_ptr<Source> make_met_office(MetOfficeSettings settings, std::vector<Location> locations,
                                        Surroundings surroundings, StationCache& stations,
                                        Telemetry& telemetry);

}  // namespace wx::collector
