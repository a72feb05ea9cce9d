#include "orchestrator/engine/timer_outlook.hpp"

#include <algorithm>
#include <vector>

#include "common/core/files.hpp"
#include "common/core/suggest.hpp"
#include "orchestrator/domain/timer_directives.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

// Enough for the mean of an uneven expression such as "Mon..Fri *:0/5".
constexpr std::size_t elapses_asked = 100;
constexpr double micros_per_second = 1'000'000;

struct Timer {
  std::vector<UnitDirective> directives;
  bool installed = false;  // it is there already and stays as it is
};

Result<std::vector<UnitDirective>> directives_in(Ports& ports, const std::string& file) {
  WX_LET(const std::string text, ports.files.read(file, largest_unit_file));
  return timer_directives(file, text);
}

Result<Timer> find_timer(Ports& ports, const TimerSpec& spec, const std::string& release) {
  if (spec.ours()) return Timer{spec.directives, false};
  const std::string brought = release + "/units/" + spec.unit;
  if (!release.empty() && exists(ports.files, brought)) {
    WX_LET(auto directives, directives_in(ports, brought));
    return Timer{std::move(directives), false};
  }
  WX_LET(const UnitState unit, ports.systemd.unit(spec.unit));
  if (unit.load_state != "loaded")
    return Error{Code::invalid,
                 "the manifest names " + spec.unit + ", which neither systemd nor the release has",
                 "describe it in the manifest, timer: {unit: " + spec.unit +
                     ", OnCalendar: …}, or put it into the release as units/" + spec.unit};
  Timer timer{{}, true};
  std::vector<std::string> sources{unit.fragment_path};
  sources.insert(sources.end(), unit.drop_in_paths.begin(), unit.drop_in_paths.end());
  for (const auto& file : sources)
    if (auto part = directives_in(ports, file))
      timer.directives.insert(timer.directives.end(), part->begin(), part->end());
  return timer;
}

Status check_name(const UnitDirective& directive) {
  const auto& known = timer_directive_names();
  if (std::find(known.begin(), known.end(), directive.key) != known.end()) return {};
  const std::string meant = nearest(directive.key, known);
  if (meant.empty()) return {};  // a newer systemd may know it
  return Error{
      Code::invalid,
      directive.place.text() + ": a timer has no " + directive.key + " (did you mean " + meant + "?)",
      "man systemd.timer"};
}

Error at(const UnitDirective& directive, const Error& error) {
  const bool calendar = timer_value(directive.key) == TimerValue::calendar;
  return Error{
      Code::invalid, directive.place.text() + ": " + directive.key + ": " + error.message,
      calendar ? "each five minutes is \"*:0/5\"; systemd-analyze calendar \"…\" tells how systemd reads it"
               : "such as 5min or 1h 30min"};
}

// Answers that say nothing about the manifest are no reason to refuse it.
bool is_refusal(const Error& error) {
  return error.code == Code::invalid;
}

// What the times of a timer come to.
class Outlook {
 public:
  explicit Outlook(Calendar& calendar) : calendar_(calendar) {}

  Status add(const UnitDirective& directive) {
    switch (timer_value(directive.key)) {
      case TimerValue::calendar:
        return add_calendar(directive);
      case TimerValue::repeated:
        return add_span(directive, true);
      case TimerValue::once:
        elapses_ = true;
        return add_span(directive, false);
      case TimerValue::span:
        return add_span(directive, false);
      case TimerValue::other:
        elapses_ = elapses_ || directive.key == "OnClockChange" || directive.key == "OnTimezoneChange";
        return {};
    }
    return {};
  }

  [[nodiscard]] bool elapses() const { return elapses_ || per_second_ > 0; }
  [[nodiscard]] std::optional<Cadence> cadence() const {
    return unknown_ ? std::nullopt : std::optional(Cadence{per_second_});
  }

 private:
  Status add_calendar(const UnitDirective& directive) {
    const auto times = calendar_.elapses(directive.value, elapses_asked);
    if (!times) return passed_over(directive, times.error());
    elapses_ = elapses_ || !times->empty();
    if (times->size() < 2 || times->back() <= times->front()) return {};
    per_second_ += static_cast<double>(times->size() - 1) * micros_per_second /
                   static_cast<double>((times->back() - times->front()).count());
    return {};
  }

  Status add_span(const UnitDirective& directive, bool repeated) {
    const auto span = calendar_.span(directive.value);
    if (!span) return passed_over(directive, span.error());
    if (repeated && *span > Micros{0}) per_second_ += micros_per_second / static_cast<double>(span->count());
    return {};
  }

  Status passed_over(const UnitDirective& directive, const Error& error) {
    if (is_refusal(error)) return at(directive, error);
    unknown_ = true;
    elapses_ = true;
    return {};
  }

  Calendar& calendar_;
  double per_second_ = 0;
  bool elapses_ = false;
  bool unknown_ = false;
};

}  // namespace

Result<std::optional<Cadence>> timer_outlook(Ports& ports, const Manifest& manifest,
                                             const std::string& release) {
  if (!manifest.timer) return std::optional<Cadence>{};
  WX_LET(const Timer timer, find_timer(ports, *manifest.timer, release));
  Outlook outlook(ports.calendar);
  const auto times = times_of(timer.directives);
  for (const auto& directive : times) {
    auto added = outlook.add(directive);
    if (!added && timer.installed) return std::optional<Cadence>{};
    WX_TRY(std::move(added));
  }
  if (timer.installed) return outlook.cadence();
  for (const auto& directive : timer.directives) {
    WX_TRY(check_name(directive));
    const TimerValue value = timer_value(directive.key);
    const bool more = value == TimerValue::span || value == TimerValue::other;
    if (more && !directive.value.empty()) WX_TRY(outlook.add(directive));
  }
  if (!outlook.elapses())
    return Error{
        Code::invalid,
        (timer.directives.empty() ? manifest.timer->unit
                                  : timer.directives.front().place.text() + ": " + manifest.timer->unit) +
            (times.empty() ? " does not say when: systemd would refuse it" : " never elapses again"),
        "give it a time that comes, such as OnCalendar: \"*:0/5\""};
  return outlook.cadence();
}

}  // namespace wx
