#include "common/core/suggest.hpp"

#include <algorithm>
#include <numeric>

#include "common/core/text.hpp"

namespace wx {
namespace {

// Names are short; what is longer was not mistyped, and the distance costs length times length.
constexpr std::size_t longest_word = 128;
constexpr std::size_t most_listed = 20;

std::size_t distance(std::string_view a, std::string_view b) {
  // Three rows of the table are enough: a transposition looks back two.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > longest_word) return {};
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const auto& name : known) {
    if (name.size() > longest_word) continue;
    const auto steps = distance(word, name);
    if (steps * 3 > std::max(word.size(), name.size())) continue;
    if (best == nullptr || steps < best_distance) {
      best = &name;
      best_distance = steps;
    }
  }
  return best == nullptr ? std::string{} : *best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  if (known.empty()) return {};
  if (const auto name = nearest(word, known); !name.empty()) return " (did you mean \"" + name + "\"?)";
  std::vector<std::string> listed;
  for (const auto& name : known)
    if (std::find(listed.begin(), listed.end(), name) == listed.end()) listed.push_back(name);
  const bool all = listed.size() <= most_listed;
  if (!all) listed.resize(most_listed);
  return " (known: " + join(listed, ", ") + (all ? ")" : ", …)");
}

}  // namespace wx
