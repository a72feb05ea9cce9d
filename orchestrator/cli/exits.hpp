// How each verb can end: for its help and its part of the manual page.
#pragma once

#include <string>
#include <vector>

#include "common/core/exit.hpp"

namespace wx {

struct VerbExit {
  int status;
  std::string meaning;
};

// Of "deploy", "backup create" …; what every verb can end with, bad usage and a bug, left out only where
// nothing is parsed.
const std::vector<VerbExit>& exits_of(const std::string& verb);

}  // namespace wx
