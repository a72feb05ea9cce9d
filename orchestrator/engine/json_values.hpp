// How values are written as JSON. For .cpp files only: it brings nlohmann/json along.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace wx {

// `null` when there is none.
template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

// `null` when it is empty.
inline nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

// For people too: indented. Bytes that are not UTF-8 are replaced.
inline std::string dump(const nlohmann::json& document) {
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

// In one line.
inline std::string dump_line(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wx
