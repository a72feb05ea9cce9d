// The command line; the only file pair that knows CLI11.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "collector/app/summary.hpp"

namespace wx::collector {

enum class Command {
  collect,
  config_check,
  spool_list,
  spool_verify,
  spool_export,
  spool_drain,
  spool_import,
  spool_clear,
};

struct Arguments {
  Command command = Command::collect;
  Mode mode = Mode::run;
  std::string config;
  bool json = false;
  bool yes = false;
  bool rejected = false;  // of the spool: what a store refused for good, not what waits
  std::string file;       // of spool import
};

// What was asked for instead of work: help, version, or a usage error (status 2, text for stderr).
struct Instead {
  int status = 0;
  std::string text;
};

std::variant<Arguments, Instead> parse_arguments(int argc, const char* const* argv);

}  // namespace wx::collector
