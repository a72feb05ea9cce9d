#include "orchestrator/engine/flush.hpp"

#include <algorithm>

#include "common/core/text.hpp"
#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

constexpr std::size_t words_kept = 300;

}  // namespace

Status flush_slot(Ports& ports, const Layout& layout, Slot slot, const std::function<Status()>& pulse,
                  Micros patience) {
  Generations generations(ports, layout);
  WX_LET(const auto generation, generations.current());
  WX_LET(const auto number, generations.current_number());
  if (!generation || !generation->slot(slot)) return {};
  WX_LET(const Manifest manifest, parse_manifest(layout.manifest(), generation->slot(slot)->manifest_text));
  if (manifest.program.flush.empty()) return {};
  const CheckTarget target{ports, layout, manifest, *generation, *number, slot, pulse};
  const Micros deadline = ports.clock.monotonic() + std::min(manifest.program.drain, patience);
  while (true) {
    WX_LET(const CheckOutcome outcome,
           run_in_check_unit(target, "flush", manifest.program.flush, manifest.program.timeout));
    if (outcome.exit_status == 0 && outcome.signal == 0) return {};
    if (ports.clock.monotonic() >= deadline)
      return Error{Code::failed,
                   "the spool of " + std::string(to_string(slot)) +
                       " could not be emptied: " + printable(trim(outcome.tail), words_kept),
                   "see why its store does not take the points, then try again"};
    WX_TRY(pulse());
    ports.clock.sleep(retry_after);
  }
}

}  // namespace wx
