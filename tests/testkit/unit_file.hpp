// As much of systemd's unit files as the fake manager understands. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ports/clock.hpp"

namespace wx::testkit {

// The settings of a unit file and its drop-ins, read one after the other: assignments add up, an empty one
// starts anew.
class UnitFile {
 public:
  void read(std::string_view text);
  // All values of "Section.Key" in their order.
  [[nodiscard]] std::vector<std::string> all(const std::string& key) const;
  // The last value; `otherwise` without one.
  [[nodiscard]] std::string last(const std::string& key, std::string otherwise = {}) const;
  // The values' words: WantedBy=a b.
  [[nodiscard]] std::vector<std::string> words(const std::string& key) const;
  [[nodiscard]] bool has_section(const std::string& section) const;
  void set(const std::string& key, std::string value) { values_[key] = {std::move(value)}; }

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> sections_;
};

// %n %N %p %i %% for a unit name; other specifiers stay.
std::string expand_specifiers(std::string_view text, const std::string& unit);
// "NAME@.service" for "NAME@x.service"; nothing for a unit that is no instance.
std::optional<std::string> template_of(const std::string& unit);
// Words of a command line with systemd's quotes.
std::vector<std::string> split_command(std::string_view line);
// "100ms", "1min 30s", "2" (seconds); nothing for "infinity" and what is no time span.
std::optional<Micros> parse_span(std::string_view text);
// The first time after `now` for *:*:0/N, *:0/N, minutely, hourly, daily and YYYY-MM-DD HH:MM:SS [UTC];
// nothing when there is none or the expression is not understood.
std::optional<WallTime> next_elapse(const std::string& calendar, WallTime now);

}  // namespace wx::testkit
