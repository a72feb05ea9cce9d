// The exit statuses of weather-collector: the one place where they stand. `--help` prints this table.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "collector/app/summary.hpp"

namespace wx::collector {

enum class ExitCode : int {
  done = 0,
  failed = 1,
  bad_input = 2,
  environment = 4,
  bug = 70,
  spooled = 75,  // for services: SuccessExitStatus=75
  interrupted = 130,
};

struct ExitCodeRow {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array exit_codes{
    ExitCodeRow{ExitCode::done, "all due observations are in the bucket, or nothing is new"},
    ExitCodeRow{ExitCode::failed,
                "the source failed, validation failed, points were refused for good or lost"},
    ExitCodeRow{ExitCode::bad_input, "usage or configuration, a placeholder key too"},
    ExitCodeRow{ExitCode::environment, "no permission, no disk"},
    ExitCodeRow{ExitCode::bug, "a bug in weather-collector"},
    ExitCodeRow{ExitCode::spooled, "points wait, safe in the spool: the store is away"},
    ExitCodeRow{ExitCode::interrupted, "interrupted by a signal"},
};

ExitCode exit_code(const std::optional<Failure>& failure);

}  // namespace wx::collector
