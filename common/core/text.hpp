// Small string helpers. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wx {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
// `count` "run" -> "1 run", "3 runs".
std::string plural(std::uint64_t count, std::string_view noun);
// The last path component; the whole text when it has no slash.
std::string base_name(std::string_view path);
// Everything before the last slash; "/" for a file in the root, "." without a slash.
std::string parent_path(std::string_view path);
// Control characters become spaces, at most `max_bytes` bytes: fit to quote in a message.
std::string printable(std::string_view text, std::size_t max_bytes);
// True for names such as api_key, TOKEN, client_secret, password: their values are never shown.
bool is_secret_name(std::string_view name);

}  // namespace wx
