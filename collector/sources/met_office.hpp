// Met Office DataHub, Land Observations: `nearest` finds the station of a place, its geohash gives the past
// 48 hours.
#pragma once

#include "collector/config/source_kind.hpp"

namespace wx::collector {

const Product& land_observations();
MakeSource read_met_office(SourceBlock& block);
Result<std::vector<Reading>> parse_met_office(std::string_view answer);

}  // namespace wx::collector
