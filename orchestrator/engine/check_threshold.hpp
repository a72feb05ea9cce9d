// What a check's observation is held against, known before it is made. Pure.
#pragma once

#include <string>

#include "orchestrator/domain/manifest.hpp"

namespace wx {

struct Threshold {
  std::string value;  // a figure or a word; empty: none
  std::string unit;   // ms, bytes, …
};

// Of a check that every app has.
Threshold builtin_threshold(const Manifest& manifest, const std::string& id);
// Of one that a manifest defines.
Threshold threshold_of(const CheckSpec& spec);

}  // namespace wx
