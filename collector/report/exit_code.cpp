#include "collector/report/exit_code.hpp"

namespace wx::collector {
namespace {

ExitCode of_configuration(Code code) {
  return code == Code::permission || code == Code::no_space ? ExitCode::environment : ExitCode::bad_input;
}

}  // namespace

ExitCode exit_code(const std::optional<Failure>& failure) {
  if (!failure) return ExitCode::done;
  const auto code = failure->error.code;
  if (code == Code::interrupted) return ExitCode::interrupted;
  if (code == Code::bug) return ExitCode::bug;
  switch (failure->stage) {
    case Stage::usage:
      return ExitCode::bad_input;
    case Stage::config:
      return of_configuration(code);
    case Stage::source:
    case Stage::validation:
      return ExitCode::failed;
    case Stage::store:
      return code == Code::permission || code == Code::no_space ? ExitCode::environment : ExitCode::failed;
    case Stage::spooled:
      // Nothing is lost, but it does not heal by waiting.
      return code == Code::permission ? ExitCode::environment : ExitCode::spooled;
  }
  return ExitCode::bug;
}

}  // namespace wx::collector
