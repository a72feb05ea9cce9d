// The words a Met Office gateway gives with an error. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wx::collector {

// At most 200 printable characters of whatever field of the known shapes explains the error, `secret` blotted
// out; empty when there is none.
std::string explanation_in(std::string_view body, std::string_view secret);

}  // namespace wx::collector
