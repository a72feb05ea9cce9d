#include <iterator>

#include "collector/sources/source.hpp"

namespace wx::collector {

Yield Sources::fetch() {
  Yield all;
  for (const auto& source : sources_) {
    auto yield = source->fetch();
    std::move(yield.harvests.begin(), yield.harvests.end(), std::back_inserter(all.harvests));
    std::move(yield.errors.begin(), yield.errors.end(), std::back_inserter(all.errors));
    if (!all.errors.empty() && all.errors.back().code == Code::interrupted) break;
  }
  return all;
}

}  // namespace wx::collector
