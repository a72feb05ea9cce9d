// weather-collector: the composition root. Everything that touches the world is made here and handed down.
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "collector/app/import_cache.hpp"
#include "collector/app/modes.hpp"
#include "collector/arguments.hpp"
#include "collector/config/load.hpp"
#include "collector/guard/guarded_http.hpp"
#include "collector/report/exit_code.hpp"
#include "collector/report/guarded_log.hpp"
#include "collector/report/metrics.hpp"
#include "collector/report/render.hpp"
#include "collector/signals.hpp"
#include "collector/sources/kinds.hpp"
#include "collector/sources/quota_file.hpp"
#include "collector/sources/source.hpp"
#include "collector/spool_commands.hpp"
#include "collector/stores.hpp"
#include "common/adapters/curl_http.hpp"
#include "common/adapters/log.hpp"
#include "common/adapters/posix_filesystem.hpp"
#include "common/adapters/system_clock.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::uint64_t max_credential_bytes = 64UL * 1024;

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): no thread exists yet
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Environment process_environment(FileSystem& files) {
  Environment environment;
  std::array<char, PATH_MAX> directory{};
  environment.directory = ::getcwd(directory.data(), directory.size()) != nullptr ? directory.data() : "/";
  environment.lookup = [&files](const std::string& name) -> std::optional<std::string> {
    if (auto value = variable(name); value && !value->empty()) return value;
    const auto credentials = variable("CREDENTIALS_DIRECTORY");
    if (!credentials || !credentials->starts_with('/')) return std::nullopt;
    auto text = files.read(*credentials + "/" + name, max_credential_bytes);
    if (!text) return std::nullopt;
    if (text->ends_with('\n')) text->pop_back();  // editors and echo add one
    return std::move(text).value();
  };
  return environment;
}

int report(const Summary& summary, bool json, Log& log) {
  const auto status = static_cast<int>(exit_code(summary.failure));
  if (summary.failure) {
    log.write(LogLevel::error, render_error(summary.failure->error), {{"WX_EXIT", std::to_string(status)}});
  }
  std::fputs((json ? render_json(summary) : render_text(summary)).c_str(), stdout);
  return status;
}

// Nothing is known yet of how to log; whoever asked for JSON gets the document all the same.
int report_bad_configuration(Mode mode, Error error, bool json) {
  Summary summary{.mode = mode};
  summary.failure = Failure{Stage::config, std::move(error)};
  const auto log = make_log("weather-collector", LogLevel::info);
  if (json) return report(summary, true, *log);
  log->write(LogLevel::error, render_error(summary.failure->error));
  return static_cast<int>(exit_code(summary.failure));
}

GuardedLog::Fields run_fields(const Settings& settings) {
  GuardedLog::Fields fields{{"WX_BUCKET", settings.bucket}};
  if (auto invocation = variable("INVOCATION_ID")) fields.emplace_back("WX_RUN", *invocation);
  return fields;
}

std::function<double()> uniform_random() {
  return [engine = std::minstd_rand(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

Summary work(const Workshop& workshop, Mode mode) {
  switch (mode) {
    case Mode::run:
      return collect(workshop);
    case Mode::dry_run:
      return dry_run(workshop);
    case Mode::test_validation:
      return test_validation(workshop);
    case Mode::test_mode:
      return test_mode(workshop);
  }
  return {};
}

// What the predecessor kept is in the bucket after this run; a cache that cannot be read must not stop it.
void take_over_cache(FileSystem& files, const Settings& settings, Clock& clock, Spool& spool, Log& log) {
  const auto imported = import_cache(files, settings.cache_file, spool, sink_of(settings), clock.now());
  if (!imported) {
    log.write(LogLevel::warning, settings.cache_file + " is not taken over: " + imported.error().message);
  } else if (imported->good + imported->bad > 0) {
    log.write(imported->bad > 0 ? LogLevel::warning : LogLevel::info,
              plural(imported->good, "point") + " taken over from " + settings.cache_file +
                  ", entries that cannot be used: " + std::to_string(imported->bad));
  }
}

Sources make_sources(const Settings& settings, const SourceTools& tools) {
  std::vector<std::unique_ptr<Source>> sources;
  for (const auto& source : settings.sources) sources.push_back(source.make(source.settings, tools));
  return Sources(std::move(sources));
}

// Each once, though several sources tell of it.
std::vector<Location> places_of(const Settings& settings) {
  std::map<std::string, Location> places;
  for (const auto& source : settings.sources)
    for (const auto& location : source.settings.locations) places.emplace(location.name, location);
  std::vector<Location> list;
  for (const auto& [name, location] : places) list.push_back(location);
  return list;
}

std::vector<QuotaState> quota_of(const Settings& settings, FileSystem& files, WallTime now) {
  std::vector<QuotaState> states;
  for (const auto& [source, make] : settings.sources) {
    if (source.base_url.empty()) continue;
    const auto use = QuotaFile(files, settings.quota_directory, quota_owner(source), true).load();
    const auto until = is_resting(use, now) ? std::optional(use.until()) : std::nullopt;
    states.push_back({source.name, calls_today(use, now), source.quota.calls_per_day, until});
  }
  return states;
}

std::vector<std::string> secrets_of(const Settings& settings) {
  std::vector<std::string> secrets;
  for (const auto& source : settings.sources) secrets.push_back(source.settings.api_key);
  return secrets;
}

int run(const Arguments& arguments, const Settings& settings, FileSystem& files, Http& http,
        GuardedHttp& store_http, Clock& clock, const Spools& spools, Log& log) {
  Telemetry telemetry;
  // Only runs that write data may write anything: checks leave no trace.
  const bool read_only = arguments.mode == Mode::dry_run || arguments.mode == Mode::test_validation;
  // The live answer is an addition to a validation test, not worth waiting for.
  const bool once = arguments.mode == Mode::test_validation;
  Sources source = make_sources(settings, {{http, clock, log, uniform_random(), termination_requested},
                                           files,
                                           telemetry,
                                           settings.cache_directory,
                                           settings.quota_directory,
                                           arguments.mode == Mode::run,
                                           read_only,
                                           once});
  const Workshop workshop{source,
                          make_open_store(files, store_http, settings),
                          clock,
                          log,
                          telemetry,
                          termination_requested,
                          sink_of(settings),
                          settings.validate_ranges,
                          spools};
  if (arguments.mode == Mode::run) take_over_cache(files, settings, clock, spools.waiting, log);
  auto summary = work(workshop, arguments.mode);
  summary.quota = quota_of(settings, files, clock.now());
  if (!read_only && settings.store.kind != "sqlite") summary.store = store_http.look_at(settings.store.url);
  if (arguments.mode == Mode::run && !settings.metrics_file.empty()) {
    const auto updated =
        update_metrics(files, settings.metrics_file, summary, telemetry, places_of(settings), clock.now());
    if (!updated) log.write(LogLevel::warning, "metrics: " + updated.error().message);
  }
  return report(summary, arguments.json, log);
}

int report_check(const std::string& file, bool json) {
  std::fputs(json ? "{\"valid\":true}\n" : (file + ": ok\n").c_str(), stdout);
  return static_cast<int>(ExitCode::done);
}

int run_program(int argc, const char* const* argv) {
  catch_termination();
  const auto parsed = parse_arguments(argc, argv);
  if (const auto* instead = std::get_if<Instead>(&parsed)) {
    std::fputs(instead->text.c_str(), instead->status == 0 ? stdout : stderr);
    return instead->status;
  }
  const auto& arguments = std::get<Arguments>(parsed);
  const auto files = make_posix_filesystem();
  auto configuration =
      load_configuration(*files, arguments.config, process_environment(*files), source_kinds());
  if (!configuration) {
    return report_bad_configuration(arguments.mode, std::move(configuration).error(), arguments.json);
  }
  const auto& settings = configuration->settings;
  const auto inner = make_log("weather-collector", settings.log_level);
  GuardedLog log(*inner, run_fields(settings), secrets_of(settings));
  for (const auto& warning : configuration->warnings) log.write(LogLevel::warning, warning, {});
  const auto clock = make_system_clock();
  const auto http = make_curl_http("weather-collector/" WX_VERSION, termination_requested);
  const bool by_hand = arguments.command == Command::spool_drain;
  GuardedHttp store_http(
      {*http, *files, *clock, log, uniform_random(), termination_requested},
      {settings.store_retry, settings.breaker, std::chrono::ceil<Millis>(settings.store_timeout), by_hand},
      settings.spool.directory + "/stores");
  const auto& limits = settings.spool;
  Spool spool(*files, *clock, log, limits.directory, {limits.max_bytes, limits.max_age});
  Spool rejected(*files, *clock, log, limits.directory + "/rejected", {limits.max_bytes, limits.max_age});
  const Spools spools{spool, rejected};
  switch (arguments.command) {
    case Command::config_check:
      return report_check(arguments.config, arguments.json);
    case Command::collect:
      return run(arguments, settings, *files, *http, store_http, *clock, spools, log);
    default:
      return run_spool_command(arguments,
                               {*files, *clock, log, spools, make_open_store(*files, store_http, settings),
                                sink_of(settings), termination_requested});
  }
}

}  // namespace
}  // namespace wx::collector

int main(int argc, char** argv) {
  try {
    return wx::collector::run_program(argc, argv);
  } catch (const std::exception& error) {
    // Ours are values; whatever is thrown up to here is a bug or memory at its end.
    std::fprintf(stderr, "error: bug in weather-collector: %s\nremedy: report it with the command line\n",
                 error.what());
    return static_cast<int>(wx::collector::ExitCode::bug);
  }
}
