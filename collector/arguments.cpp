#include "collector/arguments.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <utility>

#include "collector/report/exit_code.hpp"

namespace wx::collector {
namespace {

std::string exit_table() {
  std::string text = "Exit status:\n";
  for (const auto& row : exit_codes) {
    auto code = std::to_string(static_cast<int>(row.code));
    code.resize(5, ' ');
    text += "  " + code + std::string(row.meaning) + "\n";
  }
  return text;
}

}  // namespace

std::variant<Arguments, Instead> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  bool dry_run = false, test_validation = false, test_mode = false;
  std::string output = "text";

  CLI::App app("Fetches weather observations, validates them and writes them to a bucket.",
               "weather-collector");
  app.set_version_flag("--version", "weather-collector " WX_VERSION);
  app.fallthrough();
  app.footer(exit_table());
  app.add_option("--config", arguments.config, "Configuration file (config.yml)")->type_name("FILE");
  app.add_option("-o,--output", output, "How to report on stdout")->check(CLI::IsMember({"text", "json"}));
  auto* modes = app.add_option_group("Modes", "At most one of");
  modes->add_flag("--dry-run", dry_run, "Fetch and validate; write nothing anywhere");
  modes->add_flag("--test-validation", test_validation,
                  "Run hostile samples through validation, then the live answer");
  modes->add_flag("--test-mode", test_mode, "The whole pipeline into <bucket>-scratch, read back, removed");
  modes->require_option(0, 1);

  auto* config = app.add_subcommand("config", "Work on the configuration");
  auto* check =
      config->add_subcommand("check", "Read the configuration and report every mistake with its place");
  config->require_subcommand(1);
  auto* spool = app.add_subcommand("spool", "Work on observations that wait for the store");
  const std::array commands{
      std::pair{spool->add_subcommand("list", "What waits, for which bucket, since when"),
                Command::spool_list},
      std::pair{spool->add_subcommand("verify", "Read all of it and name what the disk has damaged"),
                Command::spool_verify},
      std::pair{spool->add_subcommand("export", "What waits as line protocol on stdout"),
                Command::spool_export},
      std::pair{spool->add_subcommand("drain", "Write what waits; 0 only when nothing is left"),
                Command::spool_drain},
      std::pair{spool->add_subcommand("import", "Let what a cache.json of the predecessor holds wait too"),
                Command::spool_import},
      std::pair{spool->add_subcommand("clear", "Remove what waits"), Command::spool_clear},
  };
  spool->get_subcommand("import")
      ->add_option("FILE", arguments.file, "It is renamed to FILE.imported")
      ->required();
  commands.back().first->add_flag("--yes", arguments.yes, "Yes, remove points that no bucket has");
  for (const char* name : {"list", "export", "drain", "clear"})
    spool->get_subcommand(name)->add_flag("--rejected", arguments.rejected,
                                          "What a store refused for good, instead of what waits");
  spool->require_subcommand(1);
  app.require_subcommand(0, 1);

  try {
    app.parse(argc, argv);
    if (arguments.config.empty()) throw CLI::RequiredError("--config");
  } catch (const CLI::CallForHelp&) {
    return Instead{0, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Instead{0, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return Instead{static_cast<int>(ExitCode::bad_input),
                   "error: " + std::string(error.what()) + "\nremedy: see weather-collector --help\n"};
  }

  arguments.json = output == "json";
  if (dry_run) arguments.mode = Mode::dry_run;
  if (test_validation) arguments.mode = Mode::test_validation;
  if (test_mode) arguments.mode = Mode::test_mode;
  if (check->parsed()) arguments.command = Command::config_check;
  for (const auto& [parsed, command] : commands)
    if (parsed->parsed()) arguments.command = command;
  return arguments;
}

}  // namespace wx::collector
