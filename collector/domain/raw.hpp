// What an answer said, untrusted.
#pragma once

#include <map>
#include <string>
#include <variant>

namespace wx::collector {

// A value whose shape no rule could use: a list, a map, a text beyond all limits.
struct Unusable {};
// A number of which the answer itself says that it is in another unit than documented.
struct WrongUnit {};

using RawValue = std::variant<std::monostate /* null */, bool, double, std::string, Unusable, WrongUnit>;
// One record of an answer, keys as the source spells them; of a repeated key the last value counts.
using RawRecord = std::map<std::string, RawValue>;

}  // namespace wx::collector
