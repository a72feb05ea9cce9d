// Running the checks of a gate against one slot.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/engine/builtin_checks.hpp"

namespace wx {

// The checks that `ids` name: builtin ids, ids of the manifest, or the word "all" (the builtin ones and every
// one that the manifest defines). An id of optional_check_ids() that the manifest does not define is `na`.
// `seen` is told each result.
std::vector<CheckResult> run_checks(const BuiltinScope& scope, const std::vector<std::string>& ids,
                                    const std::function<void(const CheckResult&)>& seen);

// The ids that a gate may name, "all" among them.
std::vector<std::string> known_check_ids(const Manifest& manifest);
// Ok when every id can be checked; `invalid` with "did you mean" otherwise.
Status check_ids_known(const Manifest& manifest, const std::vector<std::string>& ids);

}  // namespace wx
