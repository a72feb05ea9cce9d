#include "orchestrator/engine/gates.hpp"

#include <algorithm>

#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "orchestrator/domain/metrics.hpp"

namespace wx {

namespace {

bool is_builtin(const std::string& id) {
  return std::any_of(builtin_checks().begin(), builtin_checks().end(),
                     [&](const auto& check) { return check.id == id; });
}

std::vector<std::string> resolved(const Manifest& manifest, const std::vector<std::string>& ids) {
  if (ids != std::vector<std::string>{"all"}) return ids;
  std::vector<std::string> out;
  for (const auto& check : builtin_checks()) out.push_back(check.id);
  for (const auto& check : manifest.checks) out.push_back(check.id);
  return out;
}

Status all_known(const std::string& what, const std::vector<std::string>& names,
                 const std::vector<std::string>& known, const std::string& remedy) {
  for (const auto& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Error{Code::invalid, "there is no " + what + " \"" + name + "\"" + suggestion(name, known),
                   remedy};
  return {};
}

}  // namespace

std::vector<CheckResult> run_checks(const BuiltinScope& scope, const std::vector<std::string>& ids,
                                    const std::function<void(const CheckResult&)>& seen) {
  std::vector<CheckResult> out;
  for (const auto& id : resolved(scope.target.manifest, ids)) {
    CheckResult result;
    if (const CheckSpec* spec = scope.target.manifest.check(id)) {
      result = run_manifest_check(scope.target, *spec);
    } else if (is_builtin(id)) {
      result = run_builtin_check(scope, id);
    } else {
      result.id = id;
      result.title = id;
      result.status = CheckStatus::na;
      result.message = "the manifest does not define it";
    }
    seen(result);
    out.push_back(std::move(result));
  }
  return out;
}

Status check_ids_known(const Manifest& manifest, const std::vector<std::string>& ids) {
  std::vector<std::string> known{"all"};
  for (const auto& check : builtin_checks()) known.push_back(check.id);
  for (const auto& check : manifest.checks) known.push_back(check.id);
  known.insert(known.end(), optional_check_ids().begin(), optional_check_ids().end());
  return all_known("check", ids, known, "wxctl validate --list");
}

Status check_metrics_known(const Manifest& manifest, const std::vector<std::string>& metrics) {
  std::vector<std::string> known = metric_names();
  for (const auto& check : manifest.checks)
    if (!check.metric.empty() || !check.ratio.empty()) known.push_back(check.id);
  return all_known("metric", metrics, known, "an analyze step may name " + join(known, ", "));
}

}  // namespace wx
