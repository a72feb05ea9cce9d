// Open-Meteo: what weather models make of the past 48 hours, and of as many to come as wanted. No key.
#pragma once

#include "collector/config/source_kind.hpp"

namespace wx::collector {

MakeSource read_open_meteo(SourceBlock& block);
// The answer for one place is an object, that for several a list of them.
Result<std::vector<Reading>> parse_open_meteo(std::string_view answer);

}  // namespace wx::collector
