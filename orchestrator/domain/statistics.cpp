#include "orchestrator/domain/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace wx {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double binomial_tail(std::size_t at_least, std::size_t n, double p) {
  if (at_least == 0) return 1;
  if (at_least > n || p <= 0) return 0;
  if (p >= 1) return 1;
  const auto trials = static_cast<double>(n);
  auto k = static_cast<double>(at_least);
  double term = std::exp(std::lgamma(trials + 1) - std::lgamma(k + 1) - std::lgamma(trials - k + 1) +
                         k * std::log(p) + (trials - k) * std::log1p(-p));
  double sum = term;
  for (; k < trials; ++k) {
    term *= (trials - k) / (k + 1) * p / (1 - p);
    sum += term;
    if (k > trials * p && term < sum * 1e-15) break;  // the rest only shrinks
  }
  return std::min(sum, 1.0);
}

double least_rate(std::size_t count, std::size_t n, double z) {
  if (n == 0) return 0;
  const auto trials = static_cast<double>(n);
  const double rate = static_cast<double>(count) / trials;
  const double spread = std::sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials));
  return std::max(0.0, (rate + z * z / (2 * trials) - z * spread) / (1 + z * z / trials));
}

}  // namespace wx
