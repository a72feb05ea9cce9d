#include "collector/report/render.hpp"

#include <nlohmann/json.hpp>

#include "collector/report/exit_code.hpp"
#include "common/core/duration.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using Json = nlohmann::ordered_json;

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::run:
      return "run";
    case Mode::dry_run:
      return "dry-run";
    case Mode::test_validation:
      return "test-validation";
    case Mode::test_mode:
      return "test-mode";
  }
  return "";
}

Json or_null(const std::optional<std::uint64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json error_json(const std::optional<Failure>& failure) {
  if (!failure) return nullptr;
  return {{"message", failure->error.message}, {"remedy", failure->error.remedy}};
}

Json validation_json(const ValidationReport& report) {
  auto samples = Json::array();
  for (const auto& sample : report.samples) {
    samples.push_back({{"name", sample.name},
                       {"expected", sample.expected},
                       {"observed", sample.observed},
                       {"passed", sample.passed()}});
  }
  return {{"samples", std::move(samples)},
          {"live", {{"reached", report.live_reached}, {"message", report.live_message}}}};
}

std::string rejected_text(const Rejections& rejected) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : rejected) {
    parts.push_back(std::string(to_string(reason)) + " " + std::to_string(count));
  }
  return parts.empty() ? "none" : join(parts, ", ");
}

std::string validation_text(const ValidationReport& report) {
  std::string text;
  for (const auto& sample : report.samples) {
    text += (sample.passed() ? "ok    " : "WRONG ") + sample.name + ": " + sample.observed;
    if (!sample.passed()) text += ", expected " + sample.expected;
    text += "\n";
  }
  return text + "live answer: " + (report.live_reached ? "" : "not available: ") + report.live_message + "\n";
}

std::string outcome_text(const Summary& summary) {
  switch (summary.mode) {
    case Mode::run:
      if (!summary.fresh) return "nothing was written";
      if (summary.written == 0) return "nothing new for bucket " + summary.bucket;
      return plural(summary.written, "point") + " written to bucket " + summary.bucket + " (" +
             std::to_string(*summary.fresh) + " new, " + std::to_string(*summary.changed) + " changed)";
    case Mode::dry_run:
      return "dry run: nothing was written";
    case Mode::test_validation:
      return "nothing was written";
    case Mode::test_mode:
      if (summary.failure) return "the rehearsal in bucket " + summary.bucket + " failed";
      return plural(summary.written, "point") + " written to bucket " + summary.bucket +
             ", read back, removed";
  }
  return "";
}

std::string_view name_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half-open";
  }
  return "";
}

Json store_json(const std::optional<ServerState>& store) {
  if (!store) return nullptr;
  const bool open = store->state == BreakerState::open;
  return {{"breaker", name_of(store->state)},
          {"failures", store->breaker.failures},
          {"until", open ? Json(format_instant(store->breaker.until())) : Json(nullptr)},
          {"retries", store->retries}};
}

Json quota_json(const std::vector<QuotaState>& quota) {
  auto list = Json::array();
  for (const auto& state : quota)
    list.push_back({{"source", state.source},
                    {"used", state.used},
                    {"limit", state.limit > 0 ? Json(state.limit) : Json(nullptr)},
                    {"until", state.until ? Json(format_instant(*state.until)) : Json(nullptr)}});
  return list;
}

std::string quota_text(const std::vector<QuotaState>& quota) {
  std::string text;
  for (const auto& state : quota) {
    if (state.limit > 0)
      text += "; " + state.source + ": " + std::to_string(state.used) + " of " + std::to_string(state.limit) +
              " calls used today";
    if (state.until) text += "; " + state.source + " is left alone until " + format_instant(*state.until);
  }
  return text;
}

std::string store_text(const std::optional<ServerState>& store) {
  if (!store || store->breaker.failures == 0) return "";
  auto text = "; the store failed " + plural(static_cast<std::uint64_t>(store->breaker.failures), "time");
  if (store->state == BreakerState::open)
    text += " and is left alone until " + format_instant(store->breaker.until());
  return text;
}

std::string spool_text(const Summary& summary) {
  std::string text;
  if (summary.spooled > 0) text += "; " + plural(summary.spooled, "point") + " put into the spool";
  if (summary.drained > 0) text += "; " + plural(summary.drained, "point") + " written from the spool";
  if (summary.refused > 0)
    text += "; " + plural(summary.refused, "point") + " refused for good and set aside";
  if (summary.waiting > 0) text += "; " + plural(summary.waiting, "point") + " waiting";
  return text;
}

}  // namespace

std::string render_text(const Summary& summary) {
  std::string text;
  if (summary.validation) text += validation_text(*summary.validation);
  text += plural(summary.fetched, "observation") + " fetched, " + std::to_string(summary.valid) +
          " valid, rejected: " + rejected_text(summary.rejected) + "; " + outcome_text(summary) +
          spool_text(summary) + quota_text(summary.quota) + store_text(summary.store) + "; took " +
          format_duration(std::chrono::floor<Millis>(summary.duration)) + "\n";
  return text;
}

std::string render_json(const Summary& summary) {
  auto rejected = Json::object();
  for (const auto& [reason, count] : summary.rejected) rejected[std::string(to_string(reason))] = count;
  auto newest = Json::object();
  for (const auto& [location, time] : summary.newest) newest[location] = format_instant(time);
  Json document{
      {"mode", mode_name(summary.mode)},
      {"bucket", summary.bucket.empty() ? Json(nullptr) : Json(summary.bucket)},
      {"fetched", summary.fetched},
      {"valid", summary.valid},
      {"new", or_null(summary.fresh)},
      {"changed", or_null(summary.changed)},
      {"unchanged", or_null(summary.unchanged)},
      {"rejected", std::move(rejected)},
      {"written", summary.written},
      {"spooled", summary.spooled},
      {"drained", summary.drained},
      {"refused", summary.refused},
      {"waiting", summary.waiting},
      {"set_aside", summary.set_aside},
      {"quota", quota_json(summary.quota)},
      {"store", store_json(summary.store)},
      {"duration_ms", std::chrono::floor<Millis>(summary.duration).count()},
      {"newest", std::move(newest)},
      {"validation", summary.validation ? validation_json(*summary.validation) : Json(nullptr)},
      {"exit", static_cast<int>(exit_code(summary.failure))},
      {"error", error_json(summary.failure)},
  };
  // Names come from outside: what is no UTF-8 is replaced rather than thrown at.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_error(const Error& error) {
  return error.remedy.empty() ? error.message : error.message + "\nremedy: " + error.remedy;
}

}  // namespace wx::collector
