#include "collector/domain/validate.hpp"

#include <cmath>
#include <optional>

#include "collector/domain/fields.hpp"
#include "common/core/instant.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

// Leaves room for every sum of a time and a reach; more is no time anybody means.
constexpr double farthest_second = 4e9;
constexpr std::size_t end_of_minutes = 16;  // of 2026-11-22T21:00

std::optional<WallTime> read_time(const RawValue& value, TimeForm form) {
  if (form == TimeForm::unix_seconds) {
    const auto* seconds = std::get_if<double>(&value);
    if (seconds == nullptr || !(std::fabs(*seconds) < farthest_second)) return std::nullopt;
    return WallTime(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  auto whole = *text;
  if (whole.size() > end_of_minutes && whole[end_of_minutes] != ':') whole.insert(end_of_minutes, ":00");
  const auto time = parse_instant(whole);
  return time ? std::optional(*time) : std::nullopt;
}

std::variant<WallTime, Reason> judge_time(const Product& product, const RawRecord& record, WallTime now) {
  const auto found = record.find(std::string(product.time_key));
  if (found == record.end() || std::holds_alternative<std::monostate>(found->second)) return Reason::no_time;
  const auto time = read_time(found->second, product.time_form);
  if (!time) return Reason::bad_time;
  if (*time > now + product.future) return Reason::future_time;
  if (*time < now - product.past) return Reason::too_old;
  return *time;
}

std::map<std::string, FieldValue> judge_fields(const Product& product, const RawRecord& record, bool ranges,
                                               Rejections& rejected) {
  std::map<std::string, FieldValue> fields;
  for (const auto& rule : product.fields) {
    const auto found = record.find(std::string(rule.source));
    if (found == record.end()) continue;
    auto judged = judge_field(rule, found->second, ranges);
    if (auto* value = std::get_if<FieldValue>(&judged)) fields.emplace(rule.stored, std::move(*value));
    if (const auto* reason = std::get_if<Reason>(&judged)) ++rejected[*reason];
  }
  return fields;
}

}  // namespace

Validated validate(const Product& product, const std::vector<RawRecord>& records, WallTime now, bool ranges) {
  Validated result;
  std::map<WallTime, std::map<std::string, FieldValue>> by_time;
  for (const auto& record : records) {
    const auto time = judge_time(product, record, now);
    if (const auto* reason = std::get_if<Reason>(&time)) {
      ++result.rejected[*reason];
      continue;
    }
    auto fields = judge_fields(product, record, ranges, result.rejected);
    if (fields.empty()) {
      ++result.rejected[Reason::no_fields];
      continue;
    }
    auto [entry, fresh] = by_time.try_emplace(std::get<WallTime>(time));
    if (!fresh) ++result.rejected[Reason::duplicate];
    for (auto& [name, value] : fields) entry->second.insert_or_assign(name, std::move(value));
  }
  result.observations.reserve(by_time.size());
  for (auto& [time, fields] : by_time) result.observations.push_back({time, std::move(fields)});
  return result;
}

}  // namespace wx::collector
