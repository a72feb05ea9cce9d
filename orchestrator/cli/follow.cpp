#include "orchestrator/cli/follow.hpp"

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/signals.hpp"
#include "orchestrator/engine/generations.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t journal_part = 4ull << 20;
constexpr Micros journal_poll{40'000};
// The engine starts, takes the lock and writes its header; a busy machine may need a while.
constexpr Micros begin_within{30'000'000};
constexpr Micros engine_absence_allowed{20'000'000};

bool engine_gone(World& world, const std::string& unit) {
  auto state = world.ports.systemd.unit(unit);
  return state && (state->active_state == "inactive" || state->active_state == "failed" ||
                   state->load_state == "not-found");
}

}  // namespace

Result<std::optional<Micros>> parse_wait(const std::string& text) {
  if (text.empty()) return std::optional<Micros>{};
  auto parsed = parse_duration(text);
  if (!parsed) return std::move(parsed).error().with_context("--wait");
  return std::optional<Micros>{*parsed};
}

std::string progress_line(const World& world, const Plan& plan, const JournalRecord& record) {
  const std::string& message =
      record.fields.contains("message") ? record.fields.at("message") : std::string{};
  if (record.kind == "header") {
    std::string route =
        plan.from ? plan.from->version + " -> " + plan.to.version : plan.to.version + ", first deployment";
    return toned(world, Tone::strong, plan.id) + "  " + plan.strategy + ": " + route + "\n";
  }
  if (record.kind == "intent")
    return toned(world, Tone::strong,
                 "[" + std::to_string(*record.step + 1) + "/" + std::to_string(plan.steps.size()) + "] " +
                     message) +
           "\n";
  if (record.kind == "result") return "      " + toned(world, Tone::good, "ok ") + message + "\n";
  if (record.kind == "note") {
    const std::string status = record.field("status");
    if (status == "fail") return "      " + toned(world, Tone::bad, "fail " + message) + "\n";
    if (status == "warn" || status == "skip")
      return "      " + toned(world, Tone::warn, status + " " + message) + "\n";
    return "      " + toned(world, status == "pass" ? Tone::plain : Tone::dim, message) + "\n";
  }
  if (record.kind == "phase") return toned(world, Tone::warn, record.field("phase") + ": ") + message + "\n";
  if (record.kind == "request") return "      " + toned(world, Tone::warn, message) + "\n";
  if (record.kind == "undo") return toned(world, Tone::warn, "rolling back: ") + message + "\n";
  return {};
}

std::string closing_line(const World& world, const RolloutView& view) {
  Tone tone = Tone::bad;
  if (view.phase == "Healthy") tone = Tone::good;
  if (view.phase == "RolledBack" || view.phase == "Paused") tone = Tone::warn;
  std::string line = toned(world, tone, view.phase) + ": " + view.message;
  if (view.finished && view.started)
    line +=
        "  (" + human_ms(std::chrono::duration_cast<Millis>(*view.finished - *view.started).count()) + ")";
  if (!view.remedy.empty()) line += "\n  " + toned(world, Tone::strong, "-> " + view.remedy);
  return line + "\n";
}

Result<Followed> follow(World& world, const Layout& layout, const std::string& id,
                        const FollowOptions& options) {
  FileSystem& files = world.ports.files;
  const std::string directory = layout.rollout(id);
  const SignalsHeld signals;
  const Micros begin = world.ports.clock.monotonic();
  std::optional<Micros> absent_since;
  std::optional<Plan> plan;
  std::string text;
  std::size_t shown = options.seen;
  const bool talk = !world.options.quiet && !world.options.json && !options.only_begin;
  while (true) {
    while (true) {
      auto part = files.read_from(directory + "/journal", text.size(), journal_part);
      if (!part || part->empty()) break;
      text += *part;
    }
    if (!text.empty() && !plan) {
      WX_LET(const std::string plan_text, files.read(directory + "/plan.json", largest_plan));
      WX_LET(plan, parse_plan(plan_text));
    }
    if (plan) {
      WX_LET(const JournalContent content, parse_journal(text));
      for (; shown < content.records.size(); ++shown)
        if (talk) print(progress_line(world, *plan, content.records[shown]));
      const RolloutView view = view_of(*plan, content.records);
      if (options.only_begin) return Followed{view, to_int(ExitStatus::done)};
      if (view.ended() || view.phase == "Paused") return Followed{view, view.exit.value_or(0)};
      if (options.wait && world.ports.clock.monotonic() - begin > *options.wait) {
        RolloutView waited = view;
        waited.remedy = "it goes on without you: wxctl status";
        return Followed{waited, to_int(ExitStatus::undecided)};
      }
    }
    if (!options.engine_unit.empty()) {
      if (!engine_gone(world, options.engine_unit))
        absent_since.reset();
      else if (!absent_since)
        absent_since = world.ports.clock.monotonic();
      const Micros patience = plan ? engine_absence_allowed : Micros{3'000'000};
      if (absent_since && world.ports.clock.monotonic() - *absent_since > patience) {
        if (!plan)
          return Error{Code::failed, "the engine ended before the rollout began",
                       "journalctl --user -u " + options.engine_unit};
        return Error{Code::undecided,
                     "the engine of " + id +
                         " is gone; the rollout goes on with the next command, at the latest with the "
                         "dead-man's lease",
                     "wxctl status"};
      }
    }
    if (!plan && world.ports.clock.monotonic() - begin > begin_within)
      return Error{Code::failed, "the rollout did not begin within 30 s",
                   "journalctl --user -u " + layout.engine_unit()};
    if (signals.came(journal_poll)) {
      Followed out{std::nullopt, to_int(ExitStatus::interrupted)};
      if (plan) {
        WX_LET(const JournalContent content, parse_journal(text));
        out.view = view_of(*plan, content.records);
      }
      return out;
    }
  }
}

std::string outcome_json(const World& world, const Layout& layout, const RolloutView& view) {
  std::optional<std::string> active;
  std::optional<std::string> release;
  Generations generations(world.ports, layout);
  if (auto generation = generations.current(); generation && *generation && (*generation)->route.active) {
    active = std::string(to_string(*(*generation)->route.active));
    release = (*generation)->slot(*(*generation)->route.active)->release;
  }
  const WallTime until = view.finished.value_or(world.ports.clock.now());
  const json document{
      {"rollout", text_or_null(view.plan.id)},
      {"phase", view.phase},
      {"active", or_null(active)},
      {"release", or_null(release)},
      {"duration_ms", std::chrono::duration_cast<Millis>(until - view.started.value_or(until)).count()},
      {"switched_ms", or_null(view.switched_ms)},
      {"verified_ms", or_null(view.verified_ms)},
      {"verdict", text_or_null(view.verdict)},
      {"message", view.message},
      {"unreconciled", view.unreconciled}};
  return dump(document);
}

int nothing_to_do(const World& world, const Layout& layout, const std::string& message) {
  if (!world.options.json) {
    print_line(message);
    return to_int(ExitStatus::done);
  }
  RolloutView view;
  view.phase = "Healthy";
  view.message = message;
  print_line(outcome_json(world, layout, view));
  return to_int(ExitStatus::done);
}

}  // namespace wx
