#include "orchestrator/cli/check_reports.hpp"

#include <algorithm>

#include "common/core/text.hpp"

namespace wx {

namespace {

// Fit for text and for attributes in double quotes. Bytes that XML cannot hold are shown as printable() does.
std::string xml(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  for (auto& line : lines) line = printable(line, line.size());
  std::string out;
  for (const char c : join(lines, "\n")) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The encoding that workflow commands ask for; a property ends at a colon or comma.
enum class Part { property, message };

std::string workflow(const std::string& text, Part part) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (c == ':' && part == Part::property)
      out += "%3A";
    else if (c == ',' && part == Part::property)
      out += "%2C";
    else
      out += c;
  }
  return out;
}

std::string figures(const CheckResult& check) {
  std::string out = check.message;
  if (!check.observed.empty()) out += "\nobserved: " + check.observed + " " + check.unit;
  if (!check.threshold.empty()) out += "\nthreshold: " + check.threshold + " " + check.unit;
  if (!check.remedy.empty()) out += "\nremedy: " + check.remedy;
  return out;
}

std::size_t count(const std::vector<CheckResult>& checks, CheckStatus status) {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [&](const auto& check) { return check.status == status; }));
}

}  // namespace

std::string junit_report(const std::string& suite, const std::vector<CheckResult>& checks) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + xml(suite) +
                    "\" tests=\"" + std::to_string(checks.size()) + "\" failures=\"" +
                    std::to_string(count(checks, CheckStatus::fail)) + "\" skipped=\"" +
                    std::to_string(count(checks, CheckStatus::skip) + count(checks, CheckStatus::na)) +
                    "\">\n";
  for (const auto& check : checks) {
    out += "  <testcase classname=\"" + xml(suite) + "\" name=\"" + xml(check.id) + "\"";
    if (check.status == CheckStatus::fail)
      out += ">\n    <failure message=\"" + xml(check.message) + "\">" + xml(figures(check)) +
             "</failure>\n  </testcase>\n";
    else if (check.status == CheckStatus::skip || check.status == CheckStatus::na)
      out += ">\n    <skipped message=\"" + xml(check.message) + "\"/>\n  </testcase>\n";
    else
      out += "/>\n";
  }
  return out + "</testsuite>\n";
}

std::string github_annotations(const std::vector<CheckResult>& checks) {
  std::string out;
  for (const auto& check : checks) {
    if (check.status == CheckStatus::pass || check.status == CheckStatus::na) continue;
    out += check.status == CheckStatus::fail ? "::error" : "::warning";
    out += " title=" + workflow(check.id, Part::property) + "::" +
           workflow(check.message + (check.remedy.empty() ? "" : " -> " + check.remedy), Part::message) +
           "\n";
  }
  return out;
}

}  // namespace wx
