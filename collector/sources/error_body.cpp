#include "collector/sources/error_body.hpp"

#include <nlohmann/json.hpp>

#include "collector/domain/masked.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

// Gateways answer errors in a few hundred bytes; more is somebody else's page.
constexpr std::size_t max_body_bytes = 16UL * 1024;
constexpr std::size_t max_quoted_bytes = 200;

std::string text_in(const nlohmann::json& object) {
  for (const char* key : {"moreInformation", "description", "message", "error", "reason", "httpMessage"}) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

}  // namespace

std::string explanation_in(std::string_view body, std::string_view secret) {
  if (body.size() > max_body_bytes) return {};
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  auto text = text_in(json);
  const auto fault = json.find("fault");
  if (text.empty() && fault != json.end() && fault->is_object()) text = text_in(*fault);
  return printable(masked(std::move(text), secret), max_quoted_bytes);
}

}  // namespace wx::collector
