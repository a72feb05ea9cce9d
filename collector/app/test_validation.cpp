#include <utility>

#include "collector/app/modes.hpp"
#include "collector/domain/validate.hpp"
#include "collector/sources/hostile_samples.hpp"
#include "collector/sources/met_office.hpp"
#include "collector/sources/records.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

std::string observe(const HostileSample& sample) {
  const auto records = parse_records(sample.body);
  if (!records) return "malformed";
  const auto validated = validate(land_observations(), *records, hostile_samples_now(), true);
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : validated.rejected) reasons.emplace_back(to_string(reason));
  return reasons.empty() ? "accepted" : join(reasons, "+");
}

}  // namespace

Summary test_validation(const Workshop& workshop) {
  Summary summary{.mode = Mode::test_validation, .bucket = workshop.sink.bucket};
  const auto started = workshop.clock.monotonic();
  ValidationReport report;
  std::vector<std::string> wrong;
  for (const auto& sample : hostile_samples()) {
    report.samples.push_back({std::string(sample.name), std::string(sample.expected), observe(sample)});
    if (!report.samples.back().passed()) wrong.push_back(report.samples.back().name);
  }

  const bool usable = gather(workshop, summary).has_value();
  const bool judged = summary.failure && summary.failure->stage == Stage::validation;
  const bool interrupted = summary.failure && summary.failure->error.code == Code::interrupted;
  report.live_reached = usable || judged;
  report.live_message = summary.failure ? summary.failure->error.message
                                        : plural(summary.valid, "usable observation") + " of " +
                                              plural(summary.fetched, "record");
  // A source that does not answer says nothing about validation.
  if (!judged && !interrupted) summary.failure.reset();
  if (!wrong.empty()) {
    summary.failure =
        Failure{Stage::validation,
                Error{Code::bug, "validation let through what it must refuse: " + join(wrong, ", "),
                      "do not use this build; report it with this output"}};
  }
  summary.validation = std::move(report);
  summary.duration = workshop.clock.monotonic() - started;
  return summary;
}

}  // namespace wx::collector
