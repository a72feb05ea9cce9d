// How complaints about a playbook look.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/cli/world.hpp"
#include "orchestrator/domain/lint.hpp"

namespace wx {

// "FILE:LINE:COLUMN: error: MESSAGE", and the remedy on a line of its own.
std::string complaint_text(const World& world, const Complaint& complaint);
// A list: severity file line column message remedy.
std::string complaints_json(const std::vector<Complaint>& complaints);

}  // namespace wx
