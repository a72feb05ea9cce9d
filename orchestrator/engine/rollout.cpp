#include "orchestrator/engine/rollout.hpp"

#include <algorithm>
#include <charconv>

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{}) return std::nullopt;
  return value;
}

std::vector<std::string> words_of(const std::string& text) {
  return text.empty() ? std::vector<std::string>{} : split(text, ' ');
}

bool is_of(const Plan& plan, const std::optional<int>& step, StepKind kind) {
  return step && *step >= 0 && *step < static_cast<int>(plan.steps.size()) &&
         plan.steps[static_cast<std::size_t>(*step)].kind == kind;
}

// From the cutover on the new version is active already.
std::string in_progress(const Plan& plan, const std::optional<int>& step) {
  for (int i = 0; step && i <= *step && i < static_cast<int>(plan.steps.size()); ++i)
    if (plan.steps[static_cast<std::size_t>(i)].kind == StepKind::cutover) return "Promoting";
  return "Progressing";
}

Result<RolloutView> load(FileSystem& files, const Layout& layout, const std::string& id) {
  const std::string directory = layout.rollout(id);
  WX_LET(const std::string plan_text, files.read(directory + "/plan.json", largest_plan));
  WX_LET(const Plan plan, parse_plan(plan_text));
  WX_LET(const std::string journal, files.read(directory + "/journal", largest_journal));
  WX_LET(const JournalContent content, parse_journal(journal));
  return view_of(plan, content.records);
}

}  // namespace

void apply(RolloutView& view, const JournalRecord& record) {
  const Plan& plan = view.plan;
  ++view.records;
  if (record.step) view.step = record.step;
  if (const std::string verdict = record.field("verdict"); !verdict.empty()) view.verdict = verdict;
  if (record.kind == "header") {
    view.started = record.at;
    view.phase = "Progressing";
  } else if (record.kind == "intent") {
    view.phase = in_progress(plan, view.step);
    view.message = record.field("message");
    view.exit.reset();
    view.installing = view.installing || is_of(plan, record.step, StepKind::install);
  } else if (record.kind == "request") {
    if (record.field("verb") == "route" || record.field("verb") == "pause") return;
    view.phase = in_progress(plan, view.step);
    view.message = record.field("message");
    view.remedy.clear();
    view.exit.reset();
    view.verdict.clear();  // what it was about is looked at anew
  } else if (record.kind == "phase") {
    view.phase = record.field("phase");
    view.message = record.field("message");
    view.remedy = record.field("remedy");
    if (const auto exit = number(record.field("exit"))) view.exit = static_cast<int>(*exit);
  } else if (record.kind == "undo") {
    view.phase = "RollingBack";
    view.message = record.field("message");
    view.switched_ms.reset();
    view.verified_ms.reset();
  } else if (record.kind == "measure") {
    if (const auto value = number(record.field("switched_ms"))) view.switched_ms = value;
    if (const auto value = number(record.field("verified_ms"))) view.verified_ms = value;
    if (record.fields.contains("unreconciled")) view.unreconciled = words_of(record.field("unreconciled"));
    if (const std::string version = record.field("version"); !version.empty()) view.plan.to.version = version;
  } else if (record.kind == "end") {
    view.phase = record.field("phase");
    view.outcome = record.field("outcome");
    view.message = record.field("message");
    view.remedy = record.field("remedy");
    view.finished = record.at;
    if (const auto exit = number(record.field("exit"))) view.exit = static_cast<int>(*exit);
  }
}

RolloutView view_of(const Plan& plan, const std::vector<JournalRecord>& records) {
  RolloutView view;
  view.plan = plan;
  for (const auto& record : records) apply(view, record);
  return view;
}

Result<std::vector<RolloutView>> list_rollouts(FileSystem& files, const Layout& layout) {
  std::vector<RolloutView> out;
  auto names = files.list(layout.rollouts());
  if (!names) {
    if (names.error().code == Code::not_found) return out;
    return std::move(names).error();
  }
  for (auto name = names->rbegin(); name != names->rend(); ++name) {
    auto view = load(files, layout, *name);
    // It may be in progress: only who understands it may say.
    if (!view && view.error().code == Code::invalid)
      return std::move(view).error().with_context("rollout " + *name);
    if (view && view->started) out.push_back(std::move(view).value());
  }
  // Ids tell the second; several rollouts may have begun within one.
  std::stable_sort(out.begin(), out.end(), [](const RolloutView& a, const RolloutView& b) {
    return a.plan.created > b.plan.created;
  });
  return out;
}

Result<RolloutView> find_rollout(FileSystem& files, const Layout& layout, const std::string& id) {
  WX_LET(const auto all, list_rollouts(files, layout));
  std::vector<std::string> known;
  for (const auto& view : all) {
    if (view.plan.id == id) return view;
    known.push_back(view.plan.id);
  }
  if (id.find('/') == std::string::npos && exists(files, layout.rollout(id) + "/journal"))
    if (auto damaged = load(files, layout, id); !damaged)
      return std::move(damaged).error().with_context("rollout " + id);
  return Error{Code::not_found, "there is no rollout \"" + id + "\"" + suggestion(id, known),
               "wxctl history"};
}

// Installing empties the bucket; what a rollback installs writes to no bucket but main.
const RolloutView* owner_of_candidate_points(const std::vector<RolloutView>& rollouts) {
  const auto owner = std::find_if(rollouts.begin(), rollouts.end(), [](const RolloutView& view) {
    return view.installing && view.plan.strategy != "rollback";
  });
  return owner == rollouts.end() ? nullptr : &*owner;
}

Result<std::optional<RolloutView>> rollout_in_progress(FileSystem& files, const Layout& layout) {
  WX_LET(const auto all, list_rollouts(files, layout));
  for (const auto& view : all)
    if (!view.ended()) return std::optional<RolloutView>{view};
  return std::optional<RolloutView>{};
}

}  // namespace wx
