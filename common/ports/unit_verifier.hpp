// Whether systemd would understand unit files that are not installed yet.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

class UnitVerifier {
 public:
  virtual ~UnitVerifier() = default;
  // What systemd has to say against these files, a line each: names (drop-ins with their folder) and contents.
  // `unavailable` when systemd-analyze is not installed or does not answer.
  virtual Result<std::vector<std::string>> complaints(
      const std::vector<std::pair<std::string, std::string>>& files) = 0;
};

}  // namespace wx
