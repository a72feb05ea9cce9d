#include "tests/testkit/fake_systemd.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "common/core/files.hpp"
#include "common/core/text.hpp"

namespace wx::testkit {
namespace {

constexpr std::uint64_t most_unit_bytes = 1 << 20;
constexpr int exited = 1;  // CLD_EXITED
constexpr int killed = 2;  // CLD_KILLED
constexpr int cannot_execute = 203;
constexpr Micros default_restart_delay{100'000};
constexpr Micros default_accuracy{60'000'000};

Error no_such_unit(const std::string& verb, const std::string& name) {
  return {Code::not_found, "cannot " + verb + " unit " + name + ": Unit " + name + " not found.",
          "check the unit's name; a new unit file is seen after a reload"};
}

}  // namespace

struct FakeSystemd::Unit {
  explicit Unit(std::string unit_name) { state.name = std::move(unit_name); }

  UnitState state;
  UnitFile file;
  Sources sources;
  bool transient = false;

  // Runs: a number per run, so that what was scheduled for an ended run is recognised.
  std::uint64_t run = 0;
  bool running = false;
  bool retrying = false;
  JobResult job = JobResult::done;  // of the last start

  // Timers.
  std::vector<FakeClock::Id> due;
  std::uint64_t last_trigger_us = 0;
  std::uint64_t next_realtime_us = 0;
  std::uint64_t next_monotonic_us = 0;

  [[nodiscard]] bool is(std::string_view suffix) const { return state.name.ends_with(suffix); }
  [[nodiscard]] bool is_oneshot() const { return state.type == "oneshot"; }
};

FakeSystemd::FakeSystemd(FileSystem& files, FakeClock& clock, std::vector<std::string> unit_path)
    : files_(files), clock_(clock), unit_path_(std::move(unit_path)) {}

std::uint64_t FakeSystemd::now_us() const {
  return static_cast<std::uint64_t>(clock_.monotonic().count());
}

Status FakeSystemd::reachable() const {
  if (!unreachable) return {};
  return Error{Code::unavailable, "no user manager can be reached: told so by a test", "log in as this user"};
}

// --- unit files ---

std::string FakeSystemd::find_fragment(const std::string& name) const {
  const auto source = template_of(name);
  for (const std::string& file : {name, source.value_or(name)})
    for (const std::string& directory : unit_path_)
      if (const std::string path = directory + "/" + file; exists(files_, path)) return path;
  return {};
}

FakeSystemd::Sources FakeSystemd::find_sources(const std::string& name) const {
  Sources sources;
  const std::string fragment = find_fragment(name);
  if (fragment.empty()) return sources;
  const auto add = [&](const std::string& path) {
    const auto real = files_.real_path(path);
    const auto text = files_.read(real ? *real : path, most_unit_bytes);
    sources.emplace_back(path, text ? *text : "");
  };
  add(fragment);
  // A drop-in of the more important directory hides one of the same name; all are read in the order of their
  // names.
  std::map<std::string, std::string> drop_ins;
  const auto source = template_of(name);
  for (const std::string& unit : {name, source.value_or(name)})
    for (const std::string& directory : unit_path_)
      if (const auto names = files_.list(directory + "/" + unit + ".d"))
        for (const std::string& file : *names)
          if (file.ends_with(".conf")) drop_ins.emplace(file, directory + "/" + unit + ".d/" + file);
  for (const auto& [file, path] : drop_ins) add(path);
  return sources;
}

void FakeSystemd::read(Unit& unit) const {
  UnitState& state = unit.state;
  unit.sources = find_sources(state.name);
  unit.file = UnitFile{};
  state.fragment_path.clear();
  state.drop_in_paths.clear();
  // Targets need no file here.
  if (unit.sources.empty()) {
    state.load_state = unit.is(".target") ? "loaded" : "not-found";
    return;
  }
  state.fragment_path = unit.sources.front().first;
  const auto target = files_.read_link(state.fragment_path);
  state.load_state = target && *target == "/dev/null" ? "masked" : "loaded";
  for (const auto& [path, text] : unit.sources) {
    unit.file.read(text);
    if (path != state.fragment_path) state.drop_in_paths.push_back(path);
  }
  if (unit.is(".service")) state.type = unit.file.last("Service.Type", "simple");
}

FakeSystemd::UnitPtr FakeSystemd::load(const std::string& name) {
  auto& unit = units_[name];
  if (!unit) {
    unit = std::make_shared<Unit>(name);
    unit->state.active_state = "inactive";
    unit->state.sub_state = "dead";
    if (unit->is(".service")) unit->state.result = "success";
    read(*unit);
  } else if (unit->state.load_state == "not-found") {
    read(*unit);
  }
  return unit;
}

Result<FakeSystemd::UnitPtr> FakeSystemd::loaded(const std::string& name, const std::string& verb) {
  WX_TRY(reachable());
  const UnitPtr unit = load(name);
  if (unit->state.load_state == "not-found") return no_such_unit(verb, name);
  if (unit->state.load_state == "masked")
    return Error{Code::failed, "cannot " + verb + " unit " + name + ": Unit " + name + " is masked."};
  return unit;
}

std::vector<std::string> FakeSystemd::links_of(const std::string& name) const {
  std::vector<std::string> links;
  for (const std::string& directory : unit_path_) {
    const auto folders = files_.list(directory);
    if (!folders) continue;
    for (const std::string& folder : *folders) {
      if (!folder.ends_with(".wants") && !folder.ends_with(".requires")) continue;
      const std::string link = directory + "/" + folder + "/" + name;
      if (files_.info(link)) links.push_back(link);
    }
  }
  return links;
}

std::vector<FakeSystemd::UnitPtr> FakeSystemd::needing(const std::string& name) const {
  std::vector<UnitPtr> out;
  for (const auto& [other, unit] : units_)
    for (const char* relation : {"Unit.Requires", "Unit.BindsTo", "Unit.PartOf"}) {
      const auto names = unit->file.words(relation);
      if (std::find(names.begin(), names.end(), name) != names.end()) out.push_back(unit);
    }
  return out;
}

std::string FakeSystemd::file_state(const Unit& unit) const {
  if (unit.transient) return "transient";
  if (unit.state.fragment_path.empty() || !exists(files_, unit.state.fragment_path)) return {};
  if (unit.state.load_state == "masked") return "masked";
  if (!links_of(unit.state.name).empty()) return "enabled";
  return unit.file.has_section("Install") ? "disabled" : "static";
}

// --- reading ---

Result<std::string> FakeSystemd::version() {
  WX_TRY(reachable());
  return std::string("252 (fake)");
}

Result<std::vector<std::string>> FakeSystemd::unit_path() {
  WX_TRY(reachable());
  return unit_path_;
}

Result<UnitState> FakeSystemd::unit(const std::string& name) {
  WX_TRY(reachable());
  const UnitPtr unit = load(name);
  UnitState state = unit->state;
  state.file_state = file_state(*unit);
  state.need_daemon_reload = !unit->transient && find_sources(name) != unit->sources;
  for (const auto& other : needing(name)) state.needed_by.push_back(other->state.name);
  return state;
}

Result<TimerState> FakeSystemd::timer(const std::string& name) {
  WX_TRY(reachable());
  const UnitPtr timer = load(name);
  if (timer->state.load_state == "not-found")
    return Error{Code::not_found, "there is no timer " + name, "check its name"};
  TimerState state;
  state.active_state = timer->state.active_state;
  state.active_enter_us = timer->state.active_enter_us;
  state.last_trigger_us = timer->last_trigger_us;
  state.next_realtime_us = timer->next_realtime_us;
  state.next_monotonic_us = timer->next_monotonic_us;
  const auto span = [&](const char* key, Micros otherwise) {
    return static_cast<std::uint64_t>(parse_span(timer->file.last(key)).value_or(otherwise).count());
  };
  state.accuracy_us = span("Timer.AccuracySec", default_accuracy);
  state.randomized_delay_us = span("Timer.RandomizedDelaySec", Micros{});
  state.unit = started_by(*timer);
  return state;
}

// --- jobs ---

Result<JobResult> FakeSystemd::start(const std::string& name, Micros wait) {
  WX_LET(const UnitPtr unit, loaded(name, "start"));
  activate(unit);
  return await_start(unit, wait);
}

Result<JobResult> FakeSystemd::stop(const std::string& name, Micros) {
  WX_LET(const UnitPtr unit, loaded(name, "stop"));
  deactivate(unit);
  return JobResult::done;
}

Result<JobResult> FakeSystemd::restart(const std::string& name, Micros wait) {
  WX_LET(const UnitPtr unit, loaded(name, "restart"));
  deactivate(unit);
  activate(unit);
  return await_start(unit, wait);
}

Status FakeSystemd::start_later(const std::string& name) {
  WX_LET(const UnitPtr unit, loaded(name, "start"));
  clock_.at(clock_.monotonic(), [this, unit] { activate(unit); });
  return {};
}

Status FakeSystemd::start_transient(const TransientService& service) {
  WX_TRY(reachable());
  const std::string what = "cannot start the transient unit " + service.name;
  if (service.argv.empty() || !service.argv.front().starts_with('/'))
    return Error{Code::invalid, what + ": its program has no absolute path",
                 "name the program by its absolute path"};
  if (load(service.name)->state.load_state != "not-found")
    return Error{Code::busy, what + ": Unit " + service.name + " was already loaded or has a fragment file.",
                 "wait until the unit has ended, or stop it"};
  const UnitPtr unit = units_[service.name];
  unit->transient = true;
  unit->state.load_state = "loaded";
  unit->state.type = "exec";
  unit->file.set("Unit.Description", service.description);
  std::string command;
  for (const std::string& argument : service.argv) {
    command += command.empty() ? "'" : " '";
    for (const char c : argument) {
      if (c == '%') command += '%';
      if (c == '\\' || c == '\'') command += '\\';
      command += c;
    }
    command += '\'';
  }
  unit->file.set("Service.ExecStart", command);
  if (service.restart_on_failure) {
    unit->file.set("Service.Restart", "on-failure");
    unit->file.set("Service.RestartSec", "1s");
  }
  activate(unit);
  if (unit->state.exec_main_status != cannot_execute) return {};
  return Error{Code::failed, what + ": its job ended with \"failed\"", "see the journal of " + service.name};
}

void FakeSystemd::activate(const UnitPtr& unit) {
  for (const char* relation : {"Unit.Requires", "Unit.BindsTo"})
    for (const auto& name : unit->file.words(relation))
      if (const UnitPtr needed = load(name); needed->state.load_state == "loaded") activate(needed);
  if (unit->is(".service")) {
    // A start in mid-run or before a retry merges with it.
    if (!unit->running && !unit->retrying) begin_run(unit);
    return;
  }
  unit->job = JobResult::done;
  if (unit->state.active_state == "active") return;
  unit->state.active_state = "active";
  unit->state.sub_state = unit->is(".timer") ? "waiting" : "active";
  unit->state.active_enter_us = now_us();
  if (unit->is(".timer")) arm(unit);
}

void FakeSystemd::deactivate(const UnitPtr& unit) {
  for (const auto& dependent : needing(unit->state.name)) deactivate(dependent);
  if (unit->is(".service")) {
    if (unit->running) {
      unit->state.exec_main_code = killed;
      unit->state.exec_main_status = SIGTERM;
      // A termination is a clean end for a resident service, not for a oneshot.
      const bool clean = !unit->is_oneshot();
      end_run(unit, clean ? "success" : "signal", Retry::never);
      unit->job = JobResult::canceled;
    }
    if (unit->retrying) {
      unit->retrying = false;
      unit->state.active_state = "inactive";
      unit->state.sub_state = "dead";
    }
    return;
  }
  disarm(*unit);
  if (unit->state.active_state != "active") return;
  unit->state.active_state = "inactive";
  unit->state.sub_state = "dead";
  unit->state.inactive_enter_us = now_us();
}

Result<JobResult> FakeSystemd::await_start(const UnitPtr& unit, Micros wait) {
  const Micros deadline = clock_.monotonic() + wait;
  // Resident services are started when they run.
  const auto waiting = [&] {
    return unit->is(".service") && (unit->retrying || (unit->running && unit->is_oneshot()));
  };
  while (waiting() && clock_.monotonic() < deadline) clock_.step(deadline);
  return waiting() ? JobResult::limit : unit->job;
}

// --- runs ---

void FakeSystemd::begin_run(const UnitPtr& unit) {
  UnitState& state = unit->state;
  ++unit->run;
  unit->running = true;
  unit->retrying = false;
  unit->job = JobResult::done;
  std::array<char, 33> hex{};
  std::snprintf(hex.data(), hex.size(), "%032llx", static_cast<unsigned long long>(++invocations_));
  state.invocation = hex.data();
  state.result = "success";
  state.exec_main_code = 0;
  state.exec_main_status = 0;
  state.main_pid = ++pids_;
  state.active_state = unit->is_oneshot() ? "activating" : "active";
  state.sub_state = unit->is_oneshot() ? "start" : "running";
  if (!unit->is_oneshot()) state.active_enter_us = now_us();
  run_command(unit, 0);
}

void FakeSystemd::run_command(const UnitPtr& unit, std::size_t index) {
  const std::vector<std::string> commands = unit->file.all("Service.ExecStart");
  if (index >= commands.size()) return end_run(unit, "success", Retry::as_configured);
  const auto prefix = std::min(commands[index].find_first_not_of("-@:+!"), commands[index].size());
  std::vector<std::string> argv;
  for (const std::string& word : split_command(commands[index].substr(prefix)))
    argv.push_back(expand_specifiers(word, unit->state.name));
  const std::uint64_t run = unit->run;
  const Micros begin = clock_.monotonic();
  const ServiceExit exit = on_exec ? on_exec(unit->state.name, argv) : ServiceExit{};
  // Stopped from within.
  if (unit->run != run || !unit->running) return;
  const auto limit = parse_span(unit->file.last("Service.TimeoutStartSec", "infinity"));
  const bool timed_out = unit->is_oneshot() && limit && clock_.monotonic() - begin + exit.duration > *limit;
  const Micros end =
      timed_out ? std::max(begin + *limit, clock_.monotonic()) : clock_.monotonic() + exit.duration;
  clock_.at(end, [this, unit, run, index, exit, timed_out] {
    if (unit->run == run && unit->running) end_command(unit, index, exit, timed_out);
  });
}

void FakeSystemd::end_command(const UnitPtr& unit, std::size_t index, const ServiceExit& exit,
                              bool timed_out) {
  UnitState& state = unit->state;
  const bool by_signal = timed_out || exit.signal != 0;
  state.exec_main_code = by_signal ? killed : exited;
  state.exec_main_status = timed_out ? SIGTERM : by_signal ? exit.signal : exit.status;
  const std::vector<std::string> commands = unit->file.all("Service.ExecStart");
  const std::vector<std::string> good = unit->file.words("Service.SuccessExitStatus");
  const bool may_fail = index < commands.size() &&
                        commands[index].substr(0, commands[index].find('/')).find('-') != std::string::npos;
  const bool success =
      !by_signal &&
      (exit.status == 0 || std::find(good.begin(), good.end(), std::to_string(exit.status)) != good.end());
  if (timed_out) return end_run(unit, "timeout", Retry::as_configured);
  if (!success && !may_fail) return end_run(unit, by_signal ? "signal" : "exit-code", Retry::as_configured);
  run_command(unit, index + 1);
}

void FakeSystemd::end_run(const UnitPtr& unit, const std::string& result, Retry retry) {
  UnitState& state = unit->state;
  const bool success = result == "success";
  unit->running = false;
  state.main_pid = 0;
  state.result = result;
  state.active_state = success ? "inactive" : "failed";
  state.sub_state = success ? "dead" : "failed";
  state.inactive_enter_us = now_us();
  unit->job = success ? JobResult::done : JobResult::failed;

  const std::string policy = unit->file.last("Service.Restart", "no");
  if (retry == Retry::as_configured && (policy == "always" || (policy == "on-failure" && !success))) {
    unit->retrying = true;
    state.active_state = "activating";
    state.sub_state = "auto-restart";
    const Micros delay = parse_span(unit->file.last("Service.RestartSec")).value_or(default_restart_delay);
    clock_.at(clock_.monotonic() + delay, [this, unit, run = unit->run] {
      if (unit->run != run || !unit->retrying) return;
      ++unit->state.restarts;
      begin_run(unit);
    });
  } else if (unit->transient) {
    units_.erase(state.name);
  }
  for (const auto& [name, other] : units_)
    if (other->is(".timer") && other->state.active_state == "active" && started_by(*other) == state.name)
      arm(other);
}

// --- timers ---

std::string FakeSystemd::started_by(const Unit& timer) const {
  return timer.file.last("Timer.Unit", timer.state.name.substr(0, timer.state.name.rfind('.')) + ".service");
}

void FakeSystemd::disarm(Unit& timer) {
  for (const FakeClock::Id& id : timer.due) clock_.cancel(id);
  timer.due.clear();
  timer.next_realtime_us = 0;
  timer.next_monotonic_us = 0;
}

void FakeSystemd::arm(const UnitPtr& timer) {
  disarm(*timer);
  const auto at = [&](Micros time) {
    timer->due.push_back(clock_.at(time, [this, timer] { elapse(timer); }));
  };
  const WallTime now = clock_.now();
  std::optional<WallTime> calendar;
  for (const std::string& expression : timer->file.all("Timer.OnCalendar"))
    if (const auto next = next_elapse(expression, now)) calendar = std::min(calendar.value_or(*next), *next);
  if (calendar) {
    timer->next_realtime_us = static_cast<std::uint64_t>(calendar->time_since_epoch().count());
    at(clock_.monotonic() + (*calendar - now));
  }
  std::optional<std::uint64_t> monotonic;
  const auto after = [&](const char* key, std::uint64_t base_us, bool once) {
    for (const std::string& text : timer->file.all(key)) {
      const auto span = parse_span(text);
      if (!span) continue;
      const std::uint64_t time = base_us + static_cast<std::uint64_t>(span->count());
      // What has elapsed since the last trigger does so once; a missed repetition is made up for at once.
      if (once ? time <= timer->last_trigger_us || time < now_us() : time <= timer->last_trigger_us) continue;
      monotonic = std::min(monotonic.value_or(time), time);
    }
  };
  after("Timer.OnActiveSec", timer->state.active_enter_us, true);
  after("Timer.OnBootSec", 0, true);
  after("Timer.OnStartupSec", 0, true);
  const UnitPtr started = load(started_by(*timer));
  if (started->state.inactive_enter_us != 0 && !started->running)
    after("Timer.OnUnitInactiveSec", started->state.inactive_enter_us, false);
  if (timer->last_trigger_us != 0) after("Timer.OnUnitActiveSec", timer->last_trigger_us, false);
  if (monotonic) {
    timer->next_monotonic_us = *monotonic;
    at(Micros{static_cast<Micros::rep>(*monotonic)});
  }
}

void FakeSystemd::elapse(const UnitPtr& timer) {
  timer->last_trigger_us = now_us();
  const UnitPtr started = load(started_by(*timer));
  // First the timer, then its unit: a run may stop, reload or look at the timer.
  arm(timer);
  if (started->state.load_state == "loaded") activate(started);
}

// --- state of the manager ---

Status FakeSystemd::reset_failed(const std::string& name) {
  WX_TRY(reachable());
  UnitState& state = load(name)->state;
  if (state.active_state != "failed") return {};
  state.active_state = "inactive";
  state.sub_state = "dead";
  if (state.name.ends_with(".service")) state.result = "success";
  return {};
}

Status FakeSystemd::enable(const std::string& name) {
  WX_TRY(reachable());
  // Reads the files as they are now, whatever the manager has loaded.
  Unit unit(name);
  read(unit);
  if (unit.state.load_state == "not-found") return no_such_unit("enable", name);
  const auto wanted = unit.file.words("Install.WantedBy");
  const auto required = unit.file.words("Install.RequiredBy");
  if (!unit.file.has_section("Install"))
    return Error{Code::invalid, "cannot enable unit " + name + ": it has no [Install] section",
                 "add one, such as WantedBy=timers.target"};
  const auto link = [&](const std::string& folder) -> Status {
    const std::string directory = unit_path_.front() + "/" + folder;
    WX_TRY(make_directories(files_, directory, 0755));
    return replace_link(files_, directory + "/" + name, unit.state.fragment_path);
  };
  for (const std::string& target : wanted) WX_TRY(link(target + ".wants"));
  for (const std::string& target : required) WX_TRY(link(target + ".requires"));
  return {};
}

Status FakeSystemd::disable(const std::string& name) {
  WX_TRY(reachable());
  for (const std::string& link : links_of(name)) WX_TRY(files_.remove_file(link));
  return {};
}

Status FakeSystemd::reload() {
  WX_TRY(reachable());
  const auto all = units_;
  for (const auto& [name, unit] : all) {
    if (unit->transient) continue;
    read(*unit);
    if (unit->is(".timer") && unit->state.active_state == "active") arm(unit);
  }
  return {};
}

void FakeSystemd::reboot() {
  for (const auto& [name, unit] : units_) {
    ++unit->run;
    unit->running = false;
    unit->retrying = false;
    disarm(*unit);
  }
  units_.clear();
  for (const char* target : {"default.target", "timers.target"})
    for (const std::string& directory : unit_path_)
      if (const auto names = files_.list(directory + "/" + target + ".wants"))
        for (const std::string& name : *names)
          if (const UnitPtr unit = load(name); unit->state.load_state == "loaded") activate(unit);
}

std::vector<std::string> FakeSystemd::running() const {
  std::vector<std::string> names;
  for (const auto& [name, unit] : units_)
    if (unit->running) names.push_back(name);
  return names;
}

}  // namespace wx::testkit
