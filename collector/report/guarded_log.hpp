// A Log that adds the fields every entry of a run shares and blots secrets out, whoever put it there.
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
  GuardedLog(Log& inner, Fields fields, std::vector<std::string> secrets)
      : inner_(inner), fields_(std::move(fields)), secrets_(std::move(secrets)) {}

  void write(LogLevel level, const std::string& message, const Fields& fields) override {
    auto all = fields_;
    all.insert(all.end(), fields.begin(), fields.end());
    for (auto& [name, value] : all) value = blotted(std::move(value));
    inner_.write(level, blotted(message), all);
  }

 private:
  [[nodiscard]] std::string blotted(std::string text) const {
    for (const auto& secret : secrets_) text = masked(std::move(text), secret);
    return text;
  }

  Log& inner_;
  Fields fields_;
  std::vector<std::string> secrets_;
};

}  // namespace wx::collector
