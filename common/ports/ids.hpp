// Randomness enters the program only through Ids.
#pragma once

#include <cstddef>
#include <string>

namespace wx {

class Ids {
 public:
  virtual ~Ids() = default;
  // `digits` lower-case hex digits, unpredictable in life, counted in tests.
  virtual std::string hex(std::size_t digits) = 0;
};

}  // namespace wx
