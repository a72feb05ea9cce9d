// A configured place. Names become tag values, so config refuses what a tag cannot carry.
#pragma once

#include <string>

namespace wx::collector {

struct Location {
  std::string name;
  double latitude = 0;   // degrees, -90..90
  double longitude = 0;  // degrees, -180..180
};

}  // namespace wx::collector
