// weather-collector spool …: each command from its effects to what it prints.
#pragma once

#include <functional>

#include "collector/app/pipeline.hpp"
#include "collector/arguments.hpp"
#include "collector/spool/spool.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

struct SpoolTools {
  FileSystem& files;
  Clock& clock;
  Log& log;
  Spools spools;
  OpenStore open_store;
  Sink sink;  // of the configuration
  std::function<bool()> interrupted;
};

// The exit status.
int run_spool_command(const Arguments& arguments, const SpoolTools& tools);

}  // namespace wx::collector
