#include "orchestrator/engine/hook_events.hpp"

#include "common/core/instant.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

bool is_notify(const RolloutView& view, const JournalRecord& record) {
  const auto& steps = view.plan.steps;
  return record.kind == "result" && record.field("skipped") != "yes" && record.step && *record.step >= 0 &&
         static_cast<std::size_t>(*record.step) < steps.size() &&
         steps[static_cast<std::size_t>(*record.step)].kind == StepKind::notify;
}

json release(const ReleaseRef& ref) {
  return {{"id", text_or_null(ref.id)}, {"version", ref.version}};
}

}  // namespace

bool advance(RolloutView& view, const JournalRecord& record) {
  const std::string before = view.phase;
  apply(view, record);
  return view.phase != before || is_notify(view, record);
}

std::vector<HookEvent> hook_events(const Plan& plan, const std::vector<JournalRecord>& records) {
  std::vector<HookEvent> events;
  RolloutView view = view_of(plan, {});
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string before = view.phase;
    if (!advance(view, records[i])) continue;
    const bool notify = view.phase == before;
    HookEvent event{i, notify ? "notify" : "phase", before, view, records[i].at};
    if (notify) event.view.message = records[i].field("message");
    events.push_back(std::move(event));
  }
  return events;
}

std::string render_event(const HookEvent& event, const Manifest& manifest) {
  const RolloutView& view = event.view;
  const Plan& plan = view.plan;
  return dump_line({{"format", engine_format},
                    {"event", event.event},
                    {"app", plan.app},
                    {"rollout", plan.id},
                    {"strategy", plan.strategy},
                    {"phase", view.phase},
                    {"previous_phase", event.previous},
                    {"outcome", text_or_null(view.outcome)},
                    {"verdict", text_or_null(view.verdict)},
                    {"step", view.step ? json(*view.step + 1) : json(nullptr)},
                    {"steps_total", plan.steps.size()},
                    {"from", plan.from ? release(*plan.from) : json(nullptr)},
                    {"to", release(plan.to)},
                    {"message", view.message},
                    {"remedy", text_or_null(view.remedy)},
                    {"at", format_instant(event.at, true)},
                    {"contacts", manifest.contacts}});
}

Variables event_variables(const HookEvent& event, const Layout& layout) {
  const RolloutView& view = event.view;
  return {{"app", layout.app},
          {"data", layout.data},
          {"shared", layout.shared()},
          {"rollout", view.plan.id},
          {"strategy", view.plan.strategy},
          {"phase", view.phase},
          {"outcome", view.outcome},
          {"message", view.message},
          {"version", view.plan.to.version}};
}

}  // namespace wx
