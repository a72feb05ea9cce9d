#include "orchestrator/domain/variables.hpp"

#include <functional>

#include "common/core/suggest.hpp"

namespace wx {

namespace {

using Lookup = std::function<Result<std::string>(std::string_view)>;

Result<std::string> substitute(std::string_view text, const Lookup& lookup) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '$') {
      out += '$';
      ++i;
    } else if (text[i + 1] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos)
        return Error{Code::invalid, "unfinished ${ in \"" + std::string(text) + "\"",
                     "close it with }, or write $$ for a dollar"};
      WX_LET(const std::string value, lookup(text.substr(i + 2, end - i - 2)));
      out += value;
      i = end;
    } else {
      out += '$';
    }
  }
  return out;
}

Error unknown(std::string_view name, const std::vector<std::string>& known) {
  return Error{Code::invalid, "unknown variable ${" + std::string(name) + "}" + suggestion(name, known)};
}

}  // namespace

const std::vector<std::string>& manifest_variables() {
  static const std::vector<std::string> names{"app",   "slot",  "role",   "release", "config", "bucket",
                                              "store", "state", "shared", "data",    "rollout"};
  return names;
}

Result<std::string> expand(std::string_view text, const Variables& variables) {
  return substitute(text, [&](std::string_view name) -> Result<std::string> {
    if (const auto found = variables.find(name); found != variables.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [key, value] : variables) known.push_back(key);
    return unknown(name, known);
  });
}

Result<std::vector<std::string>> expand_all(const std::vector<std::string>& texts,
                                            const Variables& variables) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    WX_LET(std::string value, expand(text, variables));
    out.push_back(std::move(value));
  }
  return out;
}

Status check_variables(std::string_view text, const std::vector<std::string>& known) {
  auto checked = substitute(text, [&](std::string_view name) -> Result<std::string> {
    for (const auto& candidate : known)
      if (candidate == name) return std::string{};
    return unknown(name, known);
  });
  if (!checked) return std::move(checked).error();
  return {};
}

}  // namespace wx
