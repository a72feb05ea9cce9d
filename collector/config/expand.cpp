#include "collector/config/expand.hpp"

#include <algorithm>

namespace wx::collector {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), fits);
}

}  // namespace

Result<std::string> expand(std::string_view text, const Environment& environment) {
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      expanded += '$';
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {  // a lone dollar is an ordinary character, passwords hold them
      expanded += '$';
      continue;
    }
    const auto close = text.find('}');
    if (close == std::string_view::npos) return Error{Code::invalid, "\"${\" without \"}\""};
    const std::string name(text.substr(1, close - 1));
    if (!is_name(name)) return Error{Code::invalid, "\"${" + name + "}\" is no name of a variable"};
    const auto value = environment.lookup(name);
    if (!value)
      return Error{Code::invalid,
                   "${" + name + "} is not set, neither in the environment nor as a credential"};
    expanded += *value;
    text.remove_prefix(close + 1);
  }
  return expanded;
}

}  // namespace wx::collector
