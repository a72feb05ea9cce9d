#include "orchestrator/engine/run_log.hpp"

#include "common/core/files.hpp"

namespace wx {

namespace {

constexpr std::uint64_t read_at_once = 16ull << 20;
// Between the line that announces a run and the start of its unit.
constexpr Micros start_grace{10'000'000};

}  // namespace

RunLog::RunLog(Ports& ports, const Layout& layout, std::string entry, Micros timeout,
               std::uint64_t newest_part)
    : ports_(ports),
      layout_(layout),
      entry_(std::move(entry)),
      timeout_(timeout),
      newest_part_(newest_part) {}

bool RunLog::may_be_running(const Run& run) {
  if (ports_.clock.now() - run.at < start_grace) return true;
  auto unit = ports_.systemd.unit(instance_name(entry_, run.slot));
  if (!unit) return true;
  return unit->active_state != "inactive" && unit->active_state != "failed" &&
         (run.invocation.empty() || run.invocation == unit->invocation);
}

Result<std::uint64_t> RunLog::size_of(const std::string& path) {
  auto info = ports_.files.info(path);
  if (info) return info->size;
  if (info.error().code == Code::not_found) return std::uint64_t{0};
  return std::move(info).error();
}

Status RunLog::read_on(const std::string& path, std::uint64_t& offset) {
  while (true) {
    auto part = ports_.files.read_from(path, offset, read_at_once);
    if (!part) {
      if (part.error().code == Code::not_found) return {};
      return std::move(part).error();
    }
    if (part->empty()) return {};
    offset += part->size();
    reader_.read(*part);
  }
}

Status RunLog::finish_older(std::uint64_t offset) {
  WX_TRY(read_on(layout_.older_ledger(), offset));
  reader_.read("\n");  // its last line may be torn, and the next file's first is another
  return {};
}

Status RunLog::begin() {
  WX_LET(const auto size, size_of(layout_.ledger()));
  if (size < newest_part_) {
    const auto room = newest_part_ - size;
    WX_LET(const auto older, size_of(layout_.older_ledger()));
    if (older > 0) WX_TRY(finish_older(older > room ? older - room : 0));
  }
  offset_ = size > newest_part_ ? size - newest_part_ : 0;
  return {};
}

Result<Ledger> RunLog::read() {
  if (!offset_) WX_TRY(begin());
  WX_LET(const auto size, size_of(layout_.ledger()));
  if (size < *offset_) {  // the router has begun a new file: what we had not read yet is in the older one
    WX_TRY(finish_older(*offset_));
    offset_ = 0;
  }
  WX_TRY(read_on(layout_.ledger(), *offset_));
  return reader_.ledger([this](const Run& run) { return may_be_running(run); },
                        [this](const Run&) { return timeout_.count() / 1000; });
}

Result<std::vector<Run>> all_runs(Ports& ports, const Layout& layout, const std::string& entry, Micros timeout) {
  constexpr std::uint64_t everything = UINT64_MAX / 2;
  RunLog log(ports, layout, entry, timeout, everything);
  WX_LET(Ledger ledger, log.read());
  return std::move(ledger.runs);
}

std::optional<WallTime> ledger_begins(Ports& ports, const Layout& layout, const std::vector<Run>& runs) {
  if (runs.empty() || !exists(ports.files, layout.older_ledger())) return std::nullopt;
  return runs.front().at;
}

}  // namespace wx
