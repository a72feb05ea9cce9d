#include "orchestrator/engine/control.hpp"

#include <charconv>

#include "orchestrator/domain/shares.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/progress.hpp"

namespace wx {

namespace {

constexpr Micros request_poll{200'000};

Answer accepted(std::string message) {
  return {Code::impossible, true, std::move(message), {}};
}

Answer refused(std::string message, std::string remedy = {}) {
  return {Code::impossible, false, std::move(message), std::move(remedy)};
}

}  // namespace

Control::Control(RolloutContext& rollout) : rollout_(rollout), requests_(rollout.ports, rollout.layout) {
  for (const auto& step : rollout.plan.steps)
    if (step.kind == StepKind::cutover) lease_ = step.confirm_within;
}

Status Control::renew() {
  if (rollout_.ports.clock.monotonic() < next_renewal_ ||
      !begun(rollout_.plan.steps, rollout_.journal, StepKind::cutover))
    return {};
  Leases leases(rollout_.ports, rollout_.layout);
  WX_LET(const auto lease, leases.read());
  if (!lease) return {};
  WX_TRY(leases.renew(rollout_.plan.id, lease_));
  next_renewal_ = rollout_.ports.clock.monotonic() + lease_ / 3;
  return {};
}

Status Control::operator()() {
  WX_TRY(renew());
  WX_TRY(take_requests());
  if (interrupted_) return Error{Code::interrupted, "a person ended the step"};
  return {};
}

Result<bool> Control::wait(WallTime deadline) {
  while (true) {
    WX_TRY(renew());
    WX_TRY(take_requests());
    if (waiting() == nullptr) return true;
    if (rollout_.ports.clock.now() >= deadline) return false;
    rollout_.ports.clock.sleep(request_poll);
  }
}

const JournalRecord* Control::waiting() const {
  return waits_with(rollout_.journal, step_);
}

Status Control::take_requests() {
  WX_LET(const auto requests, requests_.pending());
  for (const auto& request : requests) {
    if (request_known(rollout_.journal, request.id)) {
      WX_TRY(requests_.answer(request.id, accepted(request.verb + ": done")));
      continue;
    }
    WX_LET(const Answer answer, decide(request));
    WX_TRY(requests_.answer(request.id, answer));
  }
  return {};
}

Result<Answer> Control::decide(const Request& request) {
  if (undoing_) return refused(rollout_.plan.id + " is being rolled back", "wxctl status");
  if (begun(rollout_.plan.steps, rollout_.journal, StepKind::confirm))
    return refused(rollout_.plan.id + " is being confirmed and will be done in a moment", "wxctl status");
  if (request.verb == "promote") return promote(request);
  if (request.verb == "pause") return pause(request);
  if (request.verb == "resume") return resume(request);
  if (request.verb == "retry") return retry(request);
  if (request.verb == "route") return reweight(request);
  return Answer{Code::invalid,
                false,
                "the engine of " + rollout_.plan.id + " does not know the request " + request.verb,
                {}};
}

Status Control::record(const Request& request, std::map<std::string, std::string> fields) {
  fields["id"] = request.id;
  fields["verb"] = request.verb;
  return rollout_.journal.append("request", step_, std::move(fields));
}

// A gate is never passed unjudged: only when the engine has looked and leaves it to a person, and not by a
// word that is about other steps.
bool Control::passes(const StepSpec& step, const Request& request) const {
  if (step.kind != StepKind::gate) return may_be_passed(step.kind);
  return waiting() != nullptr && waiting()->field("by") == "engine" && !request.full;
}

Result<Answer> Control::promote(const Request& request) {
  const StepSpec& step = rollout_.plan.steps[static_cast<std::size_t>(step_)];
  const std::string what = describe(step);
  const std::string message = request.full
                                  ? "promoted in full by a person: what waits before the cutover is left out"
                                  : "passed by a person";
  if (passes(step, request)) {
    WX_TRY(record(request, {{"full", request.full ? "yes" : "no"}, {"message", message}}));
    interrupted_ = true;
    return accepted(what + ": " + message);
  }
  const JournalRecord* why = waiting();
  const std::string by = why == nullptr ? "" : why->field("by");
  const std::string number = "step " + std::to_string(step_ + 1) + " (" + what + ")";
  if (by == "engine" && step.kind != StepKind::gate)
    return refused(number + " has not been done, so there is nothing to promote",
                   "wxctl retry, or wxctl abort");
  if (!request.full || by == "drift")
    return refused(number + " decides by itself", why == nullptr ? "wxctl status" : why->field("remedy"));
  // It is about what comes later: this step goes on or, where it waits, looks again.
  WX_TRY(rollout_.journal.append(
      "request", std::nullopt,
      {{"id", request.id}, {"verb", "promote"}, {"full", "yes"}, {"message", message}}));
  return accepted(message);
}

Result<Answer> Control::pause(const Request& request) {
  if (waiting() != nullptr) return accepted(rollout_.plan.id + " is paused already");
  WX_TRY(record(request, {{"message", "paused by a person"}}));
  WX_TRY(rollout_.journal.append("phase", step_,
                                 {{"phase", "Paused"},
                                  {"by", "person"},
                                  {"message", "paused by a person; the route stays as it is"},
                                  {"remedy", "wxctl resume"},
                                  {"exit", std::to_string(to_int(ExitStatus::undecided))}}));
  interrupted_ = true;
  return accepted(rollout_.plan.id + " is paused; the route stays as it is");
}

Result<Answer> Control::resume(const Request& request) {
  const JournalRecord* why = waiting();
  if (why == nullptr) return accepted(rollout_.plan.id + " is not paused");
  if (why->field("by") == "approval")
    return refused(rollout_.plan.id + " waits for approval", "wxctl promote, or wxctl abort");
  if (why->field("verdict") == "fail")
    return refused("step " + std::to_string(step_ + 1) + " failed: " + why->field("message"),
                   "wxctl retry, or wxctl abort");
  WX_TRY(record(request, {{"message", "resumed by a person"}}));
  return accepted(rollout_.plan.id + " goes on");
}

Result<Answer> Control::retry(const Request& request) {
  const JournalRecord* why = waiting();
  if (why == nullptr)
    return refused(rollout_.plan.id + " is in progress: there is nothing to try again", "wxctl status");
  if (why->field("by") == "approval")
    return refused(rollout_.plan.id + " waits for approval", "wxctl promote, or wxctl abort");
  if (why->field("by") == "person")
    return refused(rollout_.plan.id + " was paused by a person: there is nothing to try again",
                   "wxctl resume");
  if (!request.take.empty() && why->field("by") != "drift")
    return refused(rollout_.plan.id + " does not wait because of a file that someone else changed",
                   "wxctl retry");
  // Who tries a failure again has removed its cause: what failed before tells nothing any more.
  const bool anew = why->field("verdict") == "fail";
  WX_TRY(record(
      request,
      {{"take", request.take}, {"anew", anew ? "yes" : "no"}, {"message", "tried again by a person"}}));
  return accepted("step " + std::to_string(step_ + 1) + " begins again");
}

Result<Answer> Control::reweight(const Request& request) {
  WX_LET(const auto generation, rollout_.generations.current());
  const bool on_trial =
      generation && generation->route.candidate && generation->route.mode != RouteMode::none;
  if (!on_trial || !request.percent)
    return refused(rollout_.plan.id + " gives no share of the runs to a candidate now", "wxctl status");
  const std::string mode =
      request.mode.empty() ? std::string(to_string(generation->route.mode)) : request.mode;
  if (auto fits = check_share(*request.percent, mode, rollout_.manifest.program.repeatable); !fits)
    return Answer{Code::invalid, false, fits.error().message, fits.error().remedy};
  WX_TRY(record(request, {{"percent", percent_number(*request.percent)},
                          {"mode", mode},
                          {"message", "a person routes " + percent_number(*request.percent) +
                                          " % to the candidate, " + mode}}));
  WX_TRY(apply_share(rollout_, rollout_.journal.records().back()));
  return accepted("the candidate gets " + percent_number(*request.percent) + " % of the runs (" + mode +
                  ") from now on; a new block begins");
}

Status apply_share(RolloutContext& rollout, const JournalRecord& record) {
  WX_LET(auto generation, rollout.generations.current());
  if (!generation || !generation->route.candidate) return {};
  const std::string text = record.field("percent");
  double percent = 0;
  std::from_chars(text.data(), text.data() + text.size(), percent);
  generation->route.percent = percent;
  generation->route.mode = record.field("mode") == "split" ? RouteMode::split : RouteMode::mirror;
  WX_TRY(rollout.generations.commit(*generation));
  return {};
}

}  // namespace wx
