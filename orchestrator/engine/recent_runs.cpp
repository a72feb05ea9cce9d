#include "orchestrator/engine/recent_runs.hpp"

#include <algorithm>
#include <string>

#include "common/core/files.hpp"
#include "orchestrator/engine/run_log.hpp"

namespace wx {

namespace {

constexpr std::uint64_t newest = 256ull << 10;
// From a run's first line to its last, other runs' lines between them included.
constexpr std::uint64_t reach = 64ull << 10;

bool is_run_of(const Run& run, Slot slot, const SlotSpec& spec) {
  return run.slot == to_string(slot) && run.release == spec.release && run.result;
}

// The routers write these fields without spaces (orchestrator/FORMATS.md).
bool begins_run_of(std::string_view line, Slot slot, const SlotSpec& spec) {
  const auto has = [&](const std::string& text) { return line.find(text) != std::string_view::npos; };
  return line.starts_with(R"({"t":"begin")") && has(R"("slot":")" + std::string(to_string(slot)) + '"') &&
         has(R"("release":")" + spec.release + '"');
}

// Where in the file the last such line begins. Read from its end, part by part: parsing all of it would take a hundred times
// as long as finding one line.
Result<std::optional<std::uint64_t>> last_begin(FileSystem& files, const std::string& path, Slot slot, const SlotSpec& spec) {
  const auto info = files.info(path);
  if (!info && info.error().code == Code::not_found) return std::optional<std::uint64_t>{};
  if (!info) return info.error();
  std::string text;
  for (std::uint64_t end = info->size; end > 0;) {
    const std::uint64_t begin = end > newest ? end - newest : 0;
    WX_LET(std::string part, files.read_from(path, begin, end - begin));
    text.insert(0, part);
    std::string_view lines = text;
    std::size_t cut = std::string_view::npos;  // whatever stands before it may be half a line
    while (!lines.empty()) {
      const auto before = lines.substr(0, lines.size() - 1).rfind('\n');
      if (before == std::string_view::npos && begin > 0) break;
      cut = before == std::string_view::npos ? 0 : before + 1;
      if (begins_run_of(lines.substr(cut), slot, spec)) return std::optional(begin + cut);
      lines = lines.substr(0, cut);
    }
    text = std::string(lines);
    end = begin;
  }
  return std::optional<std::uint64_t>{};
}

// Nothing, too, when the run's end is not near its beginning.
Result<std::optional<Run>> last_run_of(Ports& ports, const Layout& layout, Micros timeout, Slot slot, const SlotSpec& spec) {
  for (const auto& path : {layout.ledger(), layout.older_ledger()}) {
    WX_LET(const auto begin, last_begin(ports.files, path, slot, spec));
    if (!begin) continue;
    WX_LET(const std::string text, ports.files.read_from(path, *begin, reach));
    const Ledger found = read_ledger(
        text, [](const Run&) { return true; }, [&](const Run&) { return timeout.count() / 1000; });
    if (!found.runs.empty() && is_run_of(found.runs.front(), slot, spec)) return std::optional(found.runs.front());
    return std::optional<Run>{};
  }
  return std::optional<Run>{};
}

}  // namespace

Result<Ledger> recent_runs(Ports& ports, const Layout& layout, const Manifest& manifest, const Generation& generation) {
  RunLog log(ports, layout, manifest.service, manifest.program.timeout, newest);
  WX_LET(Ledger ledger, log.read());
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const auto& spec = generation.slot(slot);
    if (!spec) continue;
    const bool known = std::any_of(ledger.runs.begin(), ledger.runs.end(), [&](const Run& run) { return is_run_of(run, slot, *spec); });
    if (known) continue;
    WX_LET(const auto run, last_run_of(ports, layout, manifest.program.timeout, slot, *spec));
    if (run) ledger.runs.insert(ledger.runs.begin(), *run);
  }
  return ledger;
}

}  // namespace wx
