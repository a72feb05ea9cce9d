#include "orchestrator/engine/gates.hpp"

#include <algorithm>

#include "common/core/suggest.hpp"

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

std::vector<std::string> known_check_ids(const Manifest& manifest) {
  std::vector<std::string> known{"all"};
  for (const auto& check : builtin_checks()) known.push_back(check.id);
  for (const auto& check : manifest.checks) known.push_back(check.id);
  known.insert(known.end(), optional_check_ids().begin(), optional_check_ids().end());
  return known;
}

Status check_ids_known(const Manifest& manifest, const std::vector<std::string>& ids) {
  const std::vector<std::string> known = known_check_ids(manifest);
  for (const auto& id : ids)
    if (std::find(known.begin(), known.end(), id) == known.end())
      return Error{Code::invalid, "there is no check \"" + id + "\"" + suggestion(id, known),
                   "wxctl validate --list"};
  return {};
}

}  // namespace wx
