// Is the machine fit for a rollout? Looks only, changes nothing.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/domain/playbook.hpp"
#include "orchestrator/domain/unit_files.hpp"
#include "orchestrator/engine/check_result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct PreflightScope {
  Ports& ports;
  const Layout& layout;
  const Manifest& manifest;
  const std::vector<StepSpec>& steps;  // empty: of no particular rollout
  std::string release;                 // directory that is to be deployed; empty: none
  UnitContext units;                   // what the units that would be written refer to
};

std::vector<CheckResult> preflight_checks(const PreflightScope& scope);

}  // namespace wx
