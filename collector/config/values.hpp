// Values of the configuration with their variables put in and their bounds checked; problems are told at
// their place, and what is answered then can be worked with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/config/environment.hpp"
#include "collector/domain/location.hpp"
#include "collector/domain/retry.hpp"
#include "common/yaml/document.hpp"

namespace wx::collector {

class Values {
 public:
  using Objection = std::optional<std::string> (*)(std::string_view);

  Values(const Environment& environment, yaml::Problems& problems)
      : environment_(environment), problems_(problems) {}

  // The value with its variables put in; a problem when that fails or `objection` finds one.
  std::string checked(const yaml::Map& map, std::string_view key, const std::string& text,
                      Objection objection);
  std::string required(yaml::Map& map, std::string_view key, Objection objection);
  std::int64_t whole(yaml::Map& map, std::string_view key, std::int64_t fallback, std::int64_t least,
                     std::int64_t most);
  // Longer than 0s.
  Micros duration(yaml::Map& map, std::string_view key, Micros fallback);
  void read_retry(const yaml::Node& node, const std::string& what, RetryPolicy& policy);
  Location read_place(const yaml::Node& node, const std::string& what);
  // A list of places of different names.
  std::vector<Location> read_places(const yaml::Node& list, const std::string& what);
  [[nodiscard]] std::string absolute(const std::string& path) const;

  void problem(const yaml::Map& map, std::string_view key, const std::string& reason);
  void environment_problem(const std::string& name, const std::string& reason);
  yaml::Problems& problems() { return problems_; }

  static std::optional<std::string> objection_to_path(std::string_view path);
  static std::optional<std::string> no_objection(std::string_view) { return std::nullopt; }

 protected:
  const Environment& environment_;
  yaml::Problems& problems_;

 private:
  double degrees(yaml::Map& map, std::string_view key, double most);
};

}  // namespace wx::collector
