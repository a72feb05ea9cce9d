#include "collector/sources/kinds.hpp"

#include "collector/sources/met_office.hpp"
#include "collector/sources/met_office_forecast.hpp"
#include "collector/sources/open_meteo.hpp"

namespace wx::collector {

const std::vector<SourceKind>& source_kinds() {
  // The name is that of the block in the configuration. The predecessor's first.
  static const std::vector<SourceKind> kinds{
      {"met_office", read_met_office, parse_met_office},
      {"met_office_forecast", read_met_office_forecast, parse_met_office_forecast},
      {"open_meteo", read_open_meteo, parse_open_meteo},
  };
  return kinds;
}

}  // namespace wx::collector
