#include "orchestrator/domain/unit_diff.hpp"

#include <vector>

#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"

namespace wx {

namespace {

constexpr std::size_t lines_in_short = 4;
constexpr std::size_t bytes_of_line = 80;

// Behind the `=` of the first name on the line whose value is a secret; npos without one.
std::size_t secret_value(std::string_view line) {
  std::size_t name = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == ' ' || c == '"' || c == '\'') name = at + 1;
    if (c != '=') continue;
    if (is_secret_name(line.substr(name, at - name))) return at + 1;
    name = at + 1;
  }
  return std::string_view::npos;
}

std::string masked(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  bool goes_on = false;  // the line before ended its secret with a backslash
  for (auto& line : lines) {
    const bool continued = line.ends_with('\\');
    const std::size_t value = goes_on ? 0 : secret_value(line);
    if (value != std::string_view::npos) line = line.substr(0, value) + "***";
    goes_on = value != std::string_view::npos && continued;
  }
  return join(lines, "\n");
}

}  // namespace

std::string masked_unit_diff(std::string_view before, std::string_view after, const std::string& name) {
  return yaml::masked_diff(masked(before), masked(after), name);
}

std::string in_short(std::string_view diff) {
  std::vector<std::string> shown;
  for (const auto& line : split(diff, '\n')) {
    const bool change = line.starts_with('+') || line.starts_with('-');
    if (!change || line.starts_with("+++ ") || line.starts_with("--- ") || trim(line).size() < 2) continue;
    if (shown.size() == lines_in_short) {
      shown.emplace_back("…");
      break;
    }
    shown.push_back(printable(line, bytes_of_line));
  }
  return join(shown, ", ");
}

}  // namespace wx
