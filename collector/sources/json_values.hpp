// JSON of servers as a tree whose size is limited whatever they send.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "collector/domain/raw.hpp"
#include "common/core/result.hpp"

namespace wx::collector {

// `text` must be one JSON document and nothing after it, with at most `max_values` values, nested no deeper
// than max_depth of records.hpp; else `failed` with the place and what was found.
Result<nlohmann::json> parse_bounded(std::string_view text, std::size_t max_values);

// Nested values and texts beyond the limit of records.hpp become Unusable.
RawValue raw_value(const nlohmann::json& value);
// Null where `key` is not there.
RawValue raw_member(const nlohmann::json& object, const char* key);
std::string text_member(const nlohmann::json& object, const char* key);
// An object of flat values; nothing else is asked for.
RawRecord raw_record(const nlohmann::json& object);

}  // namespace wx::collector
