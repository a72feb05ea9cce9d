// The manifest's `store`: where the points of an app go. Pure.
#pragma once

#include <string>

#include "common/ports/clock.hpp"
#include "common/yaml/document.hpp"

namespace wx {

// Who writes to a bucket. The bucket follows the role: whoever is active writes to the main bucket.
enum class BucketRole { main, candidate };

// A bucket and how its store is reached; empty parts are absent.
struct BucketSpec {
  std::string bucket;
  std::string url;
  std::string org;
  std::string token_file;

  bool operator==(const BucketSpec&) const = default;
};

// Values differ when |a-b| > abs + rel * max(|a|, |b|).
struct Tolerance {
  double abs = 0;
  double rel = 1e-9;
};

struct StoreSpec {
  std::string kind;         // sqlite, influxdb1, influxdb2
  std::string path;         // sqlite; relative: below the app's data directory
  std::string unit;         // the service that is the store; empty: none is known
  std::string measurement;  // empty: all
  BucketSpec active;
  BucketSpec candidate;
  Micros reach{0};  // how far back one run writes
  Tolerance tolerance;

  [[nodiscard]] const BucketSpec& of(BucketRole role) const {
    return role == BucketRole::main ? active : candidate;
  }
};

StoreSpec parse_store(const yaml::Node& node, yaml::Problems& problems);

}  // namespace wx
