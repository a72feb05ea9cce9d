#include "orchestrator/domain/shares.hpp"

#include <array>
#include <charconv>

namespace wx {

Status check_share(double percent, const std::string& mode, bool repeatable) {
  if (mode != "split" && mode != "mirror")
    return Error{Code::invalid, "the mode cannot be \"" + mode + "\"", "split or mirror"};
  if (!(percent > 0 && percent <= 100))
    return Error{Code::invalid, "a candidate gets more than 0 and at most 100 % of the runs, not " + percent_number(percent),
                 "wxctl abort ends the rollout"};
  if (mode == "split" && percent > widest_split)
    return Error{Code::invalid,
                 "a split gives the candidate at most 50 %, not " + percent_number(percent) +
                     ": above that the main bucket starves",
                 "use --mode mirror, or cut over: wxctl promote"};
  if (mode == "mirror" && !repeatable)
    return Error{Code::invalid, "mode mirror runs the program twice for one tick, and it is not repeatable",
                 "use --mode split, or set program.repeatable: true if running twice does no harm"};
  return {};
}

std::string percent_number(double percent) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent);
  return std::string(buffer.data(), end);
}

}  // namespace wx
