// What a program tells about its work. Never give it a secret.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wx {

enum class LogLevel { debug, info, warning, error };

class Log {
 public:
  virtual ~Log() = default;
  // `fields` are KEY=value pairs for the journal (upper case); a terminal shows the message alone.
  virtual void write(LogLevel level, const std::string& message,
                     const std::vector<std::pair<std::string, std::string>>& fields = {}) = 0;
};

}  // namespace wx
