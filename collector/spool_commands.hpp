// weather-collector spool …: each command from its effects to what it prints.
#pragma once

#include <functional>

#include "collector/app/pipeline.hpp"
#include "collector/arguments.hpp"
#include "collector/spool/spool.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

// The exit status.
int run_spool_command(const Arguments& arguments, Spool& spool, const OpenStore& open_store, Log& log,
                      const std::function<bool()>& interrupted);

}  // namespace wx::collector
