// What was measured about the runs of a rollout besides the ledger (orchestrator/FORMATS.md,
// rollouts/ID/samples): read again after a restart and by a replay, long after buckets were emptied and
// generations removed.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"
#include "orchestrator/domain/observations.hpp"
#include "orchestrator/routing/route.hpp"

namespace wx {

struct Samples {
  std::map<std::uint64_t, Route> routes;  // by generation; of each what a judgement needs
  std::map<std::string, RunFacts> runs;   // by run
};

std::string render_sample(const Route& route);
std::string render_sample(const std::string& run, const RunFacts& facts);

// Torn and unreadable lines are skipped; of two about one thing the later counts.
Samples parse_samples(std::string_view text);
// Of the newest part (32 MiB); empty when nothing was measured.
Result<Samples> read_samples(FileSystem& files, const std::string& path);

}  // namespace wx
