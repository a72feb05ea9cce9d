// A Log that adds the fields every entry of a run shares and blots the secret out, whoever put it there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "collector/domain/masked.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

class GuardedLog final : public Log {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // As thread-safe as `inner`, which outlives this.
  GuardedLog(Log& inner, Fields fields, std::string secret)
      : inner_(inner), fields_(std::move(fields)), secret_(std::move(secret)) {}

  void write(LogLevel level, const std::string& message, const Fields& fields) override {
    auto all = fields_;
    all.insert(all.end(), fields.begin(), fields.end());
    for (auto& [name, value] : all) value = masked(std::move(value), secret_);
    inner_.write(level, masked(message, secret_), all);
  }

 private:
  Log& inner_;
  Fields fields_;
  std::string secret_;
};

}  // namespace wx::collector
