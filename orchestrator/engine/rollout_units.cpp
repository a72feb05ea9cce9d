#include "orchestrator/engine/rollout_units.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr Micros shortest_period{1'000'000};
constexpr Micros longest_period{30'000'000};

std::string record_of(const Layout& layout, const std::string& rollout) {
  return layout.rollout(rollout) + "/units.json";
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

json to_json(const std::vector<UnitFile>& files) {
  json out = json::array();
  for (const auto& file : files) out.push_back({{"name", file.name}, {"content", file.content}});
  return out;
}

std::vector<UnitFile> from_json(const json& list) {
  std::vector<UnitFile> out;
  for (const auto& file : list)
    out.push_back({file.at("name").get<std::string>(), file.at("content").get<std::string>()});
  return out;
}

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

Result<std::optional<RolloutUnits>> recorded_units(FileSystem& files, const Layout& layout,
                                                   const std::string& rollout) {
  WX_LET(const auto text, read_if_present(files, record_of(layout, rollout), largest_record));
  if (!text) return std::optional<RolloutUnits>{};
  try {
    const json document = json::parse(*text);
    if (document.at("format").get<int>() > engine_format) return newer_format(record_of(layout, rollout));
    return std::optional(RolloutUnits{from_json(document.at("slot")), from_json(document.at("shared"))});
  } catch (const json::exception& problem) {
    return Error{Code::failed, record_of(layout, rollout) + " is damaged: " + problem.what(), "wxctl abort"};
  }
}

Result<RolloutUnits> settle_units(RolloutContext& context) {
  WX_LET(auto recorded, recorded_units(context.ports.files, context.layout, context.plan.id));
  if (recorded) return std::move(*recorded);
  RolloutUnits units;
  units.slot = slot_unit_files(context);
  WX_LET(units.shared, shared_unit_files(context));
  const json document{
      {"format", engine_format}, {"slot", to_json(units.slot)}, {"shared", to_json(units.shared)}};
  WX_TRY(replace_file(context.ports.files, record_of(context.layout, context.plan.id),
                      document.dump(1, ' ', false, json::error_handler_t::replace) + "\n", 0600));
  return units;
}

const UnitFile& template_of(const RolloutContext& context, const RolloutUnits& units) {
  const std::string name = instance_name(context.manifest.service, "");
  return *std::find_if(units.shared.begin(), units.shared.end(),
                       [&](const UnitFile& file) { return file.name == name; });
}

}  // namespace wx
