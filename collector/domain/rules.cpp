#include "collector/domain/rules.hpp"

#include <algorithm>
#include <array>

namespace wx::collector {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

constexpr std::size_t shortest_key = 50;
constexpr const char* source_of_keys = "; a real one comes from https://datahub.metoffice.gov.uk/";
constexpr std::size_t longest_name = 200;

bool is_this_machine(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const auto host =
      bracketed ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

std::optional<std::string> objection_to_api_key(std::string_view key) {
  constexpr std::array<std::string_view, 4> fillers{"YOUR_", "HERE", "EXAMPLE", "REPLACE"};
  for (const auto filler : fillers) {
    if (key.find(filler) != std::string_view::npos) {
      return "the API key is a placeholder (it contains \"" + std::string(filler) + "\")" + source_of_keys;
    }
  }
  if (key.size() < shortest_key) {
    return "the API key is a placeholder (shorter than " + std::to_string(shortest_key) + " characters)" +
           source_of_keys;
  }
  if (has_control(key)) return "the API key contains a line break or another control character";
  return std::nullopt;
}

std::optional<std::string> objection_to_store_url(std::string_view url) {
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  if (!known || url.find("//") + 2 == url.size())
    return "the address must start with http:// or https:// and a host";
  if (has_control(url) || url.find_first_of(" @?#") != std::string_view::npos)
    return "the address may hold neither user name nor query nor fragment nor space";
  return std::nullopt;
}

std::optional<std::string> objection_to_token(std::string_view token) {
  if (has_control(token)) return "the token contains a line break or another control character";
  return std::nullopt;
}

std::optional<std::string> objection_to_base_url(std::string_view url) {
  constexpr std::string_view secure = "https://", plain = "http://";
  const bool is_secure = url.starts_with(secure);
  if (!is_secure && !url.starts_with(plain)) return "the address must start with https://";
  const auto rest = url.substr(is_secure ? secure.size() : plain.size());
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.empty()) return "the address names no host";
  if (has_control(url) || url.find_first_of(" @?#") != std::string_view::npos) {
    return "the address may hold neither user name nor query nor fragment nor space";
  }
  if (!is_secure && !is_this_machine(authority)) {
    return "http:// would send the API key in clear; only https:// is allowed beyond this machine";
  }
  return std::nullopt;
}

std::optional<std::string> objection_to_location_name(std::string_view name) {
  if (name.empty()) return "a location needs a name";
  if (name.size() > longest_name) return "the name is longer than 200 bytes";
  if (has_control(name)) return "the name contains a control character";
  if (name.find('\\') != std::string_view::npos) {
    return "the name contains a backslash, which time-series databases cannot store in a tag; write / "
           "instead";
  }
  return std::nullopt;
}

std::optional<std::string> objection_to_bucket(std::string_view bucket) {
  if (bucket.empty()) return "a bucket needs a name";
  if (bucket.size() > longest_name) return "the bucket's name is longer than 200 bytes";
  if (has_control(bucket)) return "the bucket's name contains a control character";
  return std::nullopt;
}

}  // namespace wx::collector
