// What a value must fulfil beyond its type. Each answers with the reason against it, or nothing. Pure.
// No answer ever holds the value of a secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wx::collector {

// A key that was never filled in: YOUR_, HERE, EXAMPLE, REPLACE in it, or shorter than 50 characters; also
// line breaks, which would end the HTTP header that it is sent in.
std::optional<std::string> objection_to_api_key(std::string_view key);
// https, or http to this machine itself: the key travels in a header. No user, query or fragment.
std::optional<std::string> objection_to_base_url(std::string_view url);
// Fit to be a tag value: not empty, at most 200 bytes, no control characters, no backslash.
// Of a store: http too, since many are on a network of their own.
std::optional<std::string> objection_to_store_url(std::string_view url);
// A control character would end the HTTP header that the token is sent in.
std::optional<std::string> objection_to_token(std::string_view token);
std::optional<std::string> objection_to_location_name(std::string_view name);
// Not empty, at most 200 bytes, no control characters.
std::optional<std::string> objection_to_bucket(std::string_view bucket);

}  // namespace wx::collector
