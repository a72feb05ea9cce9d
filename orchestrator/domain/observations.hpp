// What the ledger says about a candidate and its peer, as units of observation: a complete block of a split
// with the runs of both sides, or a mirrored pair. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/routing/blocks.hpp"
#include "orchestrator/routing/ledger.hpp"

namespace wx {

// The points of a mirrored run beside those of its pair.
struct ComparedPoints {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;  // missing, or beyond tolerance

  bool operator==(const ComparedPoints&) const = default;
};

// What is known of a run besides the ledger; nothing where there is no source, or it was not read yet.
struct RunFacts {
  std::optional<double> points;          // written by it; with `due`, those of them that its bucket has
  std::optional<double> due;             // points that were due when it ended, for runs that rewrite a window
  std::optional<bool> errors;            // it left an error in the journal
  std::map<std::string, double> values;  // by series and field: the median of what it wrote
  std::map<std::string, double> metrics;  // by check of the manifest: the slot's value after the run
  std::optional<ComparedPoints> compared;

  bool operator==(const RunFacts&) const = default;
};

struct Sample {
  std::string run;
  WallTime at{};
  bool failed = false;
  // Of the candidate: it failed and its peer succeeded (its pair; else the fallback; else the active run
  // before it).
  bool attributable = false;
  std::optional<double> duration_ms;
  std::optional<double> memory_bytes;
  RunFacts facts;
};

struct ObservationUnit {
  bool mirrored = false;
  std::vector<Sample> candidate;
  std::vector<Sample> active;
};

// How a generation routed.
struct RouteShare {
  RouteMode mode = RouteMode::none;
  double percent = 0;

  bool operator==(const RouteShare&) const = default;
};

struct ObservationScope {
  std::string rollout;
  WallTime since{};                            // the candidate's first route
  std::optional<WallTime> until;               // as it was then; nothing: all that is known
  std::map<std::uint64_t, RouteShare> routes;  // by generation
  std::map<std::string, RunFacts> facts;       // by run
};

struct Observations {
  std::vector<ObservationUnit> units;
  std::size_t candidate_runs = 0;  // in the units
  std::size_t active_runs = 0;
  std::size_t left_out = 0;                  // finished runs of this rollout that are in no unit
  std::optional<WallTime> newest_candidate;  // when the newest of its counted runs ended, in a unit or not
  bool candidate_runs_now = false;           // the newest of them is still going on
  std::optional<Micros> interval;            // between ticks of the timer, the median
  std::uint64_t block_size = 1;              // activations of the newest block; 1 when each run is mirrored
};

// Left out on both sides: what no timer started (unless every activation counts), lost runs, those in
// progress, incomplete blocks, and blocks of a generation that `routes` does not know. A fallback belongs to
// the run that it made good.
Observations observe(const std::vector<Run>& runs, const ObservationScope& scope);

}  // namespace wx
