// ${name} in texts of the manifest and of playbooks; $$ is a dollar. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

using Variables = std::map<std::string, std::string, std::less<>>;

// The variables a manifest may use.
const std::vector<std::string>& manifest_variables();

// Every ${name} replaced; `invalid` for an unknown name (with "did you mean") or an unfinished ${.
Result<std::string> expand(std::string_view text, const Variables& variables);
Result<std::vector<std::string>> expand_all(const std::vector<std::string>& texts,
                                            const Variables& variables);
// The same check without values: ok when every ${name} in `text` is among `known`.
Status check_variables(std::string_view text, const std::vector<std::string>& known);

}  // namespace wx
