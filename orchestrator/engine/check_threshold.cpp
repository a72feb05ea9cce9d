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
