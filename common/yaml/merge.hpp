// Changing YAML as text, so that comments, order and secrets of the person stay as they are.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"

namespace wx::yaml {

struct Merged {
  std::string text;
  std::vector<std::string> added;    // dotted paths of keys that were added
  std::vector<std::string> unknown;  // dotted paths of keys that only the live text has; they are kept
};

// Add the keys that `defaults` has and `live` lacks, at their place (block style, at the end of their
// parent's block, in the order of `defaults`) with the comments directly above them; values that are there
// never change. Idempotent. An empty `live` gives `defaults`. `invalid` with the place when either is no YAML
// map. Lists are values: never merged.
Result<Merged> merge_defaults(const std::string& live_file, std::string_view live,
                              const std::string& defaults_file, std::string_view defaults);

// Set scalar values by dotted path ("influxdb.bucket"), adding what is missing; the rest of the text stays
// byte for byte. Values are written as double-quoted scalars unless they are plain safe words or numbers that
// were plain before.
Result<std::string> set_values(const std::string& file, std::string_view text,
                               const std::vector<std::pair<std::string, std::string>>& values);

// Unified diff of two texts (three lines of context), values of secret-looking keys replaced by "***"; empty
// when equal.
std::string masked_diff(std::string_view before, std::string_view after, const std::string& name);

}  // namespace wx::yaml
