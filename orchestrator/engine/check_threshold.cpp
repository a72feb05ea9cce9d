#include "orchestrator/engine/check_threshold.hpp"

#include "common/core/text.hpp"
#include "orchestrator/domain/figures.hpp"

namespace wx {

Threshold builtin_threshold(const Manifest& manifest, const std::string& id) {
  if (id == "service") return {"loaded", ""};
  if (id == "last-run") return {"success", ""};
  if (id == "timer") return {"active, enabled", ""};
  if (id == "journal-errors") return {"0", "errors"};
  if (id == "disk") return {std::to_string(manifest.limits.disk_bytes), "bytes"};
  if (id == "drift") return {"0", "files"};
  const Limits& limits = manifest.limits;
  if (id == "memory" && limits.memory_bytes) return {std::to_string(*limits.memory_bytes), "bytes"};
  if (id == "cpu" && limits.cpu_percent) return {number_text(*limits.cpu_percent), "%"};
  if (id == "duration" && limits.duration) return {std::to_string(limits.duration->count() / 1000), "ms"};
  if (id == "uptime" && limits.uptime_percent) return {number_text(*limits.uptime_percent), "%"};
  if (id == "loss" && limits.loss_percent) return {number_text(*limits.loss_percent), "%"};
  return {};
}

Threshold threshold_of(const CheckSpec& spec) {
  if (!spec.exec.empty()) return {std::to_string(spec.timeout.count() / 1000), "ms"};
  if (!spec.http.empty()) {
    std::vector<std::string> words;
    for (const int status : spec.expect) words.push_back(std::to_string(status));
    return {"status " + (words.empty() ? "2xx" : join(words, " or ")), ""};
  }
  std::vector<std::string> bounds;
  if (spec.min) bounds.push_back(">= " + number_text(*spec.min));
  if (spec.max) bounds.push_back("<= " + number_text(*spec.max));
  return {join(bounds, " and "), ""};
}

}  // namespace wx
