#include "collector/spool_commands.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "collector/app/drain.hpp"
#include "collector/app/import_cache.hpp"
#include "collector/report/exit_code.hpp"
#include "collector/report/render.hpp"
#include "collector/report/render_spool.hpp"
#include "common/core/line_protocol.hpp"

namespace wx::collector {
namespace {

int failed(Log& log, Failure failure) {
  const auto status = static_cast<int>(exit_code(failure));
  log.write(LogLevel::error, render_error(failure.error), {{"WX_EXIT", std::to_string(status)}});
  return status;
}

// What was printed before `failure`, if there is one.
int report(const std::string& text, std::optional<Failure> failure, Log& log) {
  std::fputs(text.c_str(), stdout);
  return failure ? failed(log, *std::move(failure)) : static_cast<int>(ExitCode::done);
}

Failure of_spool(Error error) {
  return {Stage::store, std::move(error)};
}

int list(const Spools& spools, const Arguments& arguments, Log& log) {
  const auto waiting = spools.waiting.waiting();
  if (!waiting) return failed(log, of_spool(waiting.error()));
  const auto rejected = spools.rejected.waiting();
  if (!rejected) return failed(log, of_spool(rejected.error()));
  auto& spool = arguments.rejected ? spools.rejected : spools.waiting;
  const auto bytes = spool.bytes().value_or(std::uint64_t{0});
  return report(arguments.rejected
                    ? render_rejected(spool.directory(), bytes, *rejected, arguments.json)
                    : render_waiting(spool.directory(), bytes, *waiting, *rejected, arguments.json),
                {}, log);
}

int verify(Spool& spool, bool json, Log& log) {
  const auto inspection = spool.inspect();
  if (!inspection) return failed(log, of_spool(inspection.error()));
  std::optional<Failure> failure;
  if (!inspection->damaged.empty())
    failure =
        of_spool(Error{Code::failed, "the spool is damaged in " + spool.directory(),
                       "`weather-collector spool drain` writes what can be read and keeps the damaged file"});
  return report(render_inspection(*inspection, json), std::move(failure), log);
}

int export_lines(Spool& spool, Log& log) {
  const auto exported = spool.for_each([](const Batch& batch) -> Status {
    std::string lines;
    for (const auto& point : batch.points) WX_TRY(append_line(lines, point));
    if (std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size()) return {};
    return Error{Code::no_space, "cannot write to the standard output"};
  });
  if (exported && std::fflush(stdout) == 0) return static_cast<int>(ExitCode::done);
  if (!exported) return failed(log, of_spool(exported.error()));
  return failed(log, of_spool(Error{Code::no_space, "cannot write to the standard output"}));
}

int clear(Spool& spool, const Arguments& arguments, Log& log) {
  if (!arguments.yes) {
    return failed(log, {Stage::usage, Error{Code::invalid, "spool clear removes points that no bucket has",
                                            "look at them with `spool list`, then say --yes"}});
  }
  const auto cleared = spool.clear();
  if (!cleared) return failed(log, of_spool(cleared.error()));
  return report(render_cleared(*cleared, arguments.json), {}, log);
}

int import(const SpoolTools& tools, const Arguments& arguments) {
  const auto path = tools.files.real_path(arguments.file);
  if (!path) return failed(tools.log, {Stage::usage, path.error()});
  const auto imported = import_cache(tools.files, *path, tools.spools.waiting, tools.sink, tools.clock.now());
  if (!imported) return failed(tools.log, of_spool(imported.error()));
  std::optional<Failure> failure;
  if (imported->bad > 0) {
    failure = of_spool(
        Error{Code::failed, std::to_string(imported->bad) + " of the entries of " + *path + " cannot be used",
              "see what is left in " + *path + ".imported"});
  }
  return report(render_imported(*imported, arguments.json), std::move(failure), tools.log);
}

}  // namespace

int run_spool_command(const Arguments& arguments, const SpoolTools& tools) {
  const auto& spools = tools.spools;
  auto& chosen = arguments.rejected ? spools.rejected : spools.waiting;
  auto& log = tools.log;
  switch (arguments.command) {
    case Command::spool_list:
      return list(spools, arguments, log);
    case Command::spool_verify:
      return verify(spools.waiting, arguments.json, log);
    case Command::spool_export:
      return export_lines(chosen, log);
    case Command::spool_drain: {
      const auto flushed = flush(spools, tools.open_store, tools.interrupted, arguments.rejected);
      return report(render_flush(flushed, arguments.json), flushed.failure, log);
    }
    case Command::spool_import:
      return import(tools, arguments);
    case Command::spool_clear:
      return clear(chosen, arguments, log);
    case Command::collect:
    case Command::config_check:
      break;
  }
  return static_cast<int>(ExitCode::bug);
}

}  // namespace wx::collector
