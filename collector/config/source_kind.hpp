// A kind of source as the configuration sees it: the name of its block and what reads it. The table of all
// kinds is in collector/sources/kinds.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collector/config/settings.hpp"
#include "collector/config/values.hpp"
#include "collector/domain/product.hpp"
#include "collector/domain/raw.hpp"
#include "common/core/result.hpp"
#include "common/yaml/document.hpp"

namespace wx::collector {

// One block of the configuration while it is read: the keys that kinds share, by name. Every problem is told
// at its place, and values are usable whatever was wrong.
class SourceBlock {
 public:
  SourceBlock(yaml::Map& map, Values& values, SourceSettings& settings)
      : map_(map), values_(values), settings_(settings) {}

  // api_key, which a server of ours cannot do without.
  void needs_key();
  // api_key, if there is one.
  void may_have_key();
  // base_url, timeout, retry, calls_per_day, calls_reserved.
  void asks(std::string_view default_url, QuotaPolicy default_quota);
  std::int64_t whole(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  // A path that must be there, absolute.
  std::string path(std::string_view key);
  std::string choice(std::string_view key, const std::vector<std::string>& allowed);
  [[nodiscard]] const SourceSettings& settings() const { return settings_; }

 private:
  yaml::Map& map_;
  Values& values_;
  SourceSettings& settings_;
};

// What an answer says of one place.
struct Reading {
  Product product;
  std::vector<RawRecord> records;
};

struct SourceKind {
  std::string_view name;
  // Asks for the keys of its block; what it answers makes the source.
  MakeSource (*read)(SourceBlock&);
  // A whole recorded answer, for each of its places; `failed` when it is unusable.
  Result<std::vector<Reading>> (*parse)(std::string_view answer);
};

ConfiguredSource read_source(const SourceKind& kind, const yaml::Node& node, Values& values);

}  // namespace wx::collector
