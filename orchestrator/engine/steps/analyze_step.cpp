// analyze: the data of both versions are judged.
#include "orchestrator/engine/steps.hpp"

namespace wx {

Result<std::string> analyze_step(const StepRun&) {
  return Error{Code::invalid, "the step analyze is not there yet"};
}

}  // namespace wx
