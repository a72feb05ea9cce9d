// JSON answers as flat records, read in one pass with bounds, so that no answer can cost more memory than its
// records. Pure, thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "collector/domain/observation.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

inline constexpr std::size_t max_records =
    5'000;                                    // a window of 48 hours is 48; a week of minutes would not fit
inline constexpr std::size_t max_keys = 100;  // of one record
inline constexpr std::size_t max_text_bytes = 1'024;  // of one value; longer ones become Unusable
inline constexpr std::size_t max_depth = 16;          // what is nested in a record becomes Unusable

// `text` must be one JSON list of objects and nothing after it; else `failed` with the place and what was
// found.
Result<std::vector<RawRecord>> parse_records(std::string_view text);

}  // namespace wx::collector
