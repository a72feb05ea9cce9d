#include "orchestrator/domain/prometheus.hpp"

#include <cstdlib>
#include <string>

#include "common/core/text.hpp"

namespace wx {

Result<double> metric_value(std::string_view text, std::string_view series) {
  const bool exact = series.find('{') != std::string_view::npos;
  double sum = 0;
  bool found = false;
  for (const auto& line : split(text, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t brace = line.find('{');
    const std::size_t close = brace == std::string::npos ? std::string::npos : line.rfind('}');
    if ((brace == std::string::npos) != (close == std::string::npos)) continue;
    const std::size_t name_end = close == std::string::npos ? line.find_first_of(" \t") : close + 1;
    if (name_end == std::string::npos || name_end >= line.size()) continue;
    const std::string_view whole = std::string_view(line).substr(0, name_end);
    const std::string_view name = whole.substr(0, std::min(brace, whole.size()));
    if ((exact ? whole : name) != series) continue;
    char* end = nullptr;
    const double value = std::strtod(line.c_str() + name_end, &end);
    if (end == line.c_str() + name_end) continue;
    sum += value;
    found = true;
  }
  if (!found) return Error{Code::not_found, "the metrics have no series " + std::string(series)};
  return sum;
}

}  // namespace wx
