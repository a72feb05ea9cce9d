// The manifest of an app (wxctl.yaml): what a person says about one workload, checked and typed. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/yaml/document.hpp"
#include "orchestrator/domain/hooks.hpp"
#include "orchestrator/domain/store_spec.hpp"

namespace wx {

// [Section] key=value lines, verbatim, in the order of the file.
struct UnitDirective {
  std::string section;
  std::string key;
  std::string value;
  yaml::Mark place = {};
};

struct TimerSpec {
  std::string unit;                       // unit name
  std::vector<UnitDirective> directives;  // [Timer]; empty: the unit exists or the release brings it
  [[nodiscard]] bool ours() const { return !directives.empty(); }
};

struct Program {
  std::vector<std::string> exec;
  std::vector<std::string> version;  // empty: not given
  std::vector<std::string> flush;
  std::vector<std::string> backfill;
  std::string cwd = "${state}";
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> secrets;  // names
  Micros timeout{300'000'000};
  Micros drain{300'000'000};
  Micros stop{10'000'000};
  bool repeatable = false;
};

struct ConfigSpec {
  std::string template_file;                             // relative to the release
  std::vector<std::pair<std::string, std::string>> set;  // dotted path -> value with variables
};

struct CheckSpec {
  std::string id;
  std::vector<std::string> exec;  // one of exec, http, metric
  std::string http;
  std::vector<int> expect;         // HTTP statuses; empty: 200 to 299
  std::string metric;              // a series, or
  std::vector<std::string> ratio;  // numerator and denominator
  std::optional<double> min;
  std::optional<double> max;
  Micros timeout{60'000'000};
};

struct Limits {
  std::uint64_t disk_bytes = 100'000'000;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> cpu_percent;
  std::optional<double> loss_percent;
  std::optional<double> uptime_percent;
  std::optional<Micros> freshness;
  std::optional<Micros> duration;
};

struct Manifest {
  std::string name;
  std::string service;  // the entry unit
  std::optional<TimerSpec> timer;
  std::vector<UnitDirective> unit;
  std::string release;  // as written
  Program program;
  std::optional<ConfigSpec> config;
  std::optional<StoreSpec> store;
  std::string metrics_file;  // empty without
  std::vector<CheckSpec> checks;
  Limits limits;
  bool count_all = false;  // samples: all
  std::vector<std::string> contacts;
  std::vector<HookSpec> hooks;

  [[nodiscard]] const CheckSpec* check(std::string_view id) const;
};

// `invalid` with one file:line:column line per problem.
Result<Manifest> parse_manifest(const std::string& file, std::string_view text);

// Check ids that a playbook may name although the manifest does not define them.
const std::vector<std::string>& optional_check_ids();

}  // namespace wx
