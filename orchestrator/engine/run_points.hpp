// What one run wrote, asked of the store.
#pragma once

#include <cstddef>
#include <vector>

#include "orchestrator/domain/observations.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

class RunPoints {
 public:
  // All must outlive this object; points before `since`, the candidate's first route, are nobody's.
  RunPoints(Ports& ports, const Layout& layout, const StoreSpec& store, WallTime since)
      : ports_(ports), layout_(layout), store_(store), since_(since) {}

  // Fills points, values and, for a mirrored run, what its pair's points say; with a reach points and due,
  // but only of the newest run of its role, as what a bucket held before nobody knows any more. `runs`, in
  // the order of their begins, are those that share the two buckets; runs[index] has ended. Reads a few
  // thousand points at most.
  Status measure(const std::vector<Run>& runs, std::size_t index, RunFacts& facts);

 private:
  Status measure_own(const std::vector<Run>& runs, std::size_t index, RunFacts& facts);
  Status measure_window(const std::vector<Run>& runs, std::size_t index, RunFacts& facts);

  Ports& ports_;
  const Layout& layout_;
  const StoreSpec& store_;
  WallTime since_;
};

}  // namespace wx
