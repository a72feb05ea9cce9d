// Bounds that several files keep to.
#pragma once

#include <cstdint>

#include "common/ports/clock.hpp"

namespace wx {

constexpr std::uint64_t largest_manifest = 4ull << 20;
constexpr std::uint64_t largest_config = 4ull << 20;
constexpr std::uint64_t largest_plan = 4ull << 20;
constexpr std::uint64_t largest_journal = 64ull << 20;
constexpr std::uint64_t largest_record = 16ull << 20;  // of what a rollout keeps beside its journal
constexpr std::uint64_t largest_unit_file = 1ull << 20;

// For a job of the manager that waits for no run.
constexpr Micros job_wait{20'000'000};
constexpr Micros retry_after{1'000'000};
// For the hold: routers share it for milliseconds; only a backup of state keeps it longer.
constexpr std::int64_t hold_wait_ms = 30'000;

}  // namespace wx
