// "Did you mean …?" for a name that is not among the known ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wx {

// The nearest known name by edit distance (Damerau-Levenshtein, optimal string alignment), empty when none is near
// (more than a third of the length away).
std::string nearest(std::string_view word, const std::vector<std::string>& known);
// " (did you mean \"x\"?)", or the list of known names when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace wx
