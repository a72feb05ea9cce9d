#include "orchestrator/engine/rollout_units.hpp"

#include <algorithm>

#include "common/core/files.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_unit_file = 1ull << 20;
constexpr Micros shortest_period{1'000'000};
constexpr Micros longest_period{30'000'000};

}  // namespace

std::vector<std::string> unit_file_names(const Layout& layout, const Manifest& manifest) {
  std::vector<std::string> names{manifest.service, instance_name(manifest.service, "")};
  for (const char* instance : {"blue", "green", "blue.check", "green.check"})
    names.push_back(instance_name(manifest.service, instance) + ".d/10-wxctl.conf");
  if (manifest.timer) names.push_back(manifest.timer->unit);
  for (const auto& name : {layout.resume_unit(), layout.deadman_service(), layout.deadman_timer()})
    names.push_back(name);
  return names;
}

std::vector<std::string> stateful_units(const Layout& layout, const Manifest& manifest) {
  std::vector<std::string> names{layout.resume_unit(), layout.deadman_timer()};
  if (manifest.timer) names.push_back(manifest.timer->unit);
  return names;
}

Micros deadman_period(const Plan& plan) {
  Micros lease{0};
  for (const auto& step : plan.steps)
    if (step.kind == StepKind::cutover) lease = step.confirm_within;
  return std::clamp(lease / 5, shortest_period, longest_period);
}

std::vector<UnitFile> slot_unit_files(const RolloutContext& context) {
  const Layout& layout = context.layout;
  const std::string slot(to_string(context.plan.target));
  return {slot_drop_in(context.manifest, context.units, slot),
          slot_drop_in(context.manifest, context.units, slot + ".check"),
          resume_unit(context.units, layout.resume_unit()),
          deadman_service(context.units, layout.deadman_service(), layout.resume_unit()),
          deadman_timer(context.units, layout.deadman_timer(), deadman_period(context.plan))};
}

Result<std::vector<UnitFile>> shared_unit_files(RolloutContext& context) {
  std::vector<UnitFile> out{entry_unit(context.manifest, context.units),
                            instance_template(context.manifest, context.units)};
  if (!context.manifest.timer) return out;
  if (context.manifest.timer->ours()) {
    out.push_back(timer_unit(context.manifest, context.units));
    return out;
  }
  const std::string brought =
      context.layout.release(context.plan.to.id) + "/units/" + context.manifest.timer->unit;
  WX_LET(const auto content, read_if_present(context.ports.files, brought, largest_unit_file));
  if (content) out.push_back({context.manifest.timer->unit, unit_file_mark(context.layout.app) + *content});
  return out;
}

}  // namespace wx
