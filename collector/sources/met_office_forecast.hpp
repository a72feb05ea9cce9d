// Met Office DataHub, Site Specific: the forecast of two days by the hour for any place. A key of its own.
#pragma once

#include "collector/config/source_kind.hpp"

namespace wx::collector {

MakeSource read_met_office_forecast(SourceBlock& block);
Result<std::vector<Reading>> parse_met_office_forecast(std::string_view answer);

}  // namespace wx::collector
