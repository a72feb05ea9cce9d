#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

constexpr std::uint64_t newest_part = 16ull << 20;
// Between the line that announces a run and the start of its unit.
constexpr Micros start_grace{10'000'000};

}  // namespace

RunLog::RunLog(Ports& ports, const Layout& layout, std::string entry, Micros timeout)
    : ports_(ports), layout_(layout), entry_(std::move(entry)), timeout_(timeout) {}

bool RunLog::may_be_running(const Run& run) {
  if (ports_.clock.now() - run.at < start_grace) return true;
  auto unit = ports_.systemd.unit(instance_name(entry_, run.slot));
  if (!unit) return true;
  return unit->active_state != "inactive" && unit->active_state != "failed" &&
         (run.invocation.empty() || run.invocation == unit->invocation);
}

Result<Ledger> RunLog::read() {
  if (!offset_) {
    auto info = ports_.files.info(layout_.ledger());
    if (!info) {
      if (info.error().code == Code::not_found) return Ledger{};
      return std::move(info).error();
    }
    offset_ = info->size > newest_part ? info->size - newest_part : 0;
  }
  while (true) {
    auto part = ports_.files.read_from(layout_.ledger(), *offset_, newest_part);
    if (!part) {
      if (part.error().code == Code::not_found) return Ledger{};
      return std::move(part).error();
    }
    if (part->empty()) break;
    *offset_ += part->size();
    reader_.read(*part);
  }
  return reader_.ledger([this](const Run& run) { return may_be_running(run); },
                        [this](const Run&) { return timeout_.count() / 1000; });
}

}  // namespace wx
