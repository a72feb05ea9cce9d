#include "tests/crash/judge_points.hpp"

#include <set>

#include "orchestrator/engine/run_log.hpp"
#include "orchestrator/routing/blocks.hpp"
#include "orchestrator/routing/shares.hpp"

namespace wx::crash {

namespace {

std::set<std::int64_t> times(const testkit::MemoryStores::Bucket& bucket) {
  std::set<std::int64_t> out;
  for (const auto& [key, point] : bucket) out.insert(point.time_ns);
  return out;
}

void judge_count(const testkit::FakeRouter& router, std::uint64_t runs, std::vector<std::string>& wrong) {
  const auto successful = router.activations() - router.failed();
  if (runs <= successful && runs + router.cut_off() >= successful) return;
  wrong.push_back(std::to_string(runs) + " successful runs of " + std::to_string(router.activations()) +
                  " activations, " + std::to_string(router.failed()) + " of them failed, " +
                  std::to_string(router.cut_off()) + " cut off");
}

void judge_shares(testkit::FakeWorld& world, std::vector<std::string>& wrong) {
  if (world.router.splits().empty()) return;
  testkit::EffectLog log;
  testkit::FakeProcess process(world, log);
  const auto ledger = RunLog(process.ports, world.layout, "ticks.service", Micros{20'000'000}).read();
  if (!ledger) {
    wrong.push_back(ledger.error().message);
    return;
  }
  for (const auto& route : world.router.splits()) {
    const auto shares = shares_of(ledger->runs, route);
    const std::string which = "the split of generation " + std::to_string(route.generation);
    if (!shares.exact()) wrong.push_back(which + ": " + shares.deviation);
    for (const auto& block : shares.blocks)
      if (block.complete() && block.candidate_runs != block_shape(route.percent).chosen)
        wrong.push_back(which + ": " + std::to_string(block.candidate_runs) +
                        " runs of the candidate in block " + std::to_string(block.block));
  }
}

}  // namespace

std::vector<std::string> judge_points(testkit::FakeWorld& world) {
  world.settle();
  std::vector<std::string> wrong;
  const auto main = times(world.bucket("ticks"));
  auto candidate = times(world.bucket("ticks-candidate"));
  for (const auto& rollout : world.files.list(world.layout.data + "/evidence").value_or(std::vector<std::string>{}))
    candidate.merge(times(world.stores.points(world.layout.evidence(rollout) + "/points.db", "ticks-candidate")));
  std::set<std::int64_t> known = world.main_before();
  for (const auto time : world.main_before())
    if (!main.contains(time)) wrong.push_back("main lost the point of " + std::to_string(time));
  known.insert(world.candidate_before().begin(), world.candidate_before().end());
  std::uint64_t runs = 0;
  for (const auto& point : world.router.written()) {
    if (point.mirrored) continue;
    ++runs;
    known.insert(point.time_ns);
    if (!main.contains(point.time_ns) && !candidate.contains(point.time_ns))
      wrong.push_back("the point of " + std::to_string(point.time_ns) + " in " + point.bucket + " is lost");
  }
  for (const auto time : main)
    if (!known.contains(time))
      wrong.push_back("main has the point of " + std::to_string(time) + ", which is not its own");
  judge_count(world.router, runs, wrong);
  judge_shares(world, wrong);
  return wrong;
}

}  // namespace wx::crash
