#include "orchestrator/cli/program.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/core/exit.hpp"
#include "common/core/suggest.hpp"
#include "orchestrator/cli/choice.hpp"
#include "orchestrator/cli/complete.hpp"
#include "orchestrator/cli/completion_values.hpp"
#include "orchestrator/cli/manual.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/usage.hpp"
#include "orchestrator/cli/verbs.hpp"

namespace wx {

namespace {

// Words of the contract that are still to come: said so, instead of "unknown".
const std::vector<std::string>& later_verbs() {
  static const std::vector<std::string> verbs{"eject",     "report",   "monitor",
                                              "benchmark", "loadtest", "checklist"};
  return verbs;
}

std::string exit_help() {
  std::string text = "Exit status:\n";
  for (const auto& row : exit_table) {
    std::string number = std::to_string(to_int(row.status));
    number.insert(0, 5 - std::min<std::size_t>(number.size(), 4), ' ');
    text += number + "  " + std::string(row.meaning) + "\n";
  }
  return text;
}

void add_globals(CLI::App& app, World& world, std::string& output, std::string& color) {
  GlobalOptions& options = world.options;
  app.add_option("--app", options.app, "the app, where several are installed")->option_text("NAME");
  app.add_option("-f,--file", options.manifest, "the app's manifest")->option_text("FILE");
  app.add_flag_callback(
      "--user", [] {}, "the user's own systemd (default)");
  app.add_flag_callback(
      "--system",
      [] { throw CLI::ValidationError("--system", "the system's systemd is not there yet; use --user"); },
      "the system's systemd: not there yet");
  app.add_option("-o,--output", output, "text or json; validate and doctor also junit and github")
      ->option_text("FORMAT");
  app.add_option("--color", color, "auto, always or never")
      ->option_text("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", options.quiet, "say only how it ended");
  app.add_flag("-v,--verbose", options.verbose, "say more");
  app.add_flag("--yes", options.yes, "do not ask");
}

void add_trial_options(CLI::App& verb, DeployOptions& options) {
  verb.add_option("--release", options.release, "directory of the release (default: the manifest's)")
      ->option_text("DIR");
  verb.add_option("--config", options.config, "config of the app instead of the installed one")
      ->option_text("FILE");
  verb.add_option("--playbook", options.playbook, "a playbook of your own")->option_text("FILE");
  verb.add_option("--set", options.settings, "a variable of the playbook, such as soak=10m")
      ->option_text("NAME=VALUE");
  verb.add_flag("--auto", options.auto_confirm, "do not wait for a person");
}

void add_deploy_options(CLI::App& verb, DeployOptions& options) {
  verb.add_option("--strategy", options.strategy, "the playbook: gradual, blue-green or canary")
      ->option_text("NAME");
  add_trial_options(verb, options);
}

void add_following_options(CLI::App& verb, WordOptions& options) {
  verb.add_flag("--detach", options.detach, "do not follow it");
  verb.add_option("--wait", options.wait, "follow at most this long")->option_text("DURATION");
}

// A person's word to the rollout in progress.
void add_requests(CLI::App& app, World& world, Choice& choice) {
  const auto add = [&](const std::string& name, const std::string& what, const std::string& example,
                       auto act) {
    auto* verb = app.add_subcommand(name, what);
    verb->add_flag("--dry-run", choice.word.dry_run, "say what would be done");
    verb->footer("Example: wxctl " + example);
    verb->callback(
        [&world, &choice, act] { choice.act = [&world, &choice, act] { return act(world, choice.word); }; });
    return verb;
  };
  auto* promote =
      add("promote", "let the step in progress count as passed and go on", "promote --full", verb_promote);
  promote->add_flag("--full", choice.word.full,
                    "leave out every analyze, pause, route and soak before the cutover");
  add_following_options(*promote, choice.word);

  add("pause", "hold the rollout where it is; its route stays", "pause", verb_pause);

  add_following_options(*add("resume", "let a paused rollout go on", "resume", verb_resume), choice.word);

  auto* retry = add("retry", "begin the step that is held up again, or a rollout that was rolled back",
                    "retry", verb_retry);
  retry->add_flag("--take-ours", choice.word.take_ours,
                  "replace what somebody else changed, and keep it beside");
  retry->add_flag("--take-theirs", choice.word.take_theirs, "leave what somebody else changed as it is");
  add_following_options(*retry, choice.word);
}

void add_canary(CLI::App& app, World& world, Choice& choice) {
  auto* canary = app.add_subcommand(
      "canary", "give a new version a share of the runs, or the one on trial another share");
  canary->add_option("--percent", choice.canary.percent, "share of the runs, such as 10 or 2.5")
      ->required()
      ->option_text("N");
  canary->add_option("--mode", choice.canary.mode, "split: instead of the active one; mirror: besides it")
      ->option_text("MODE")
      ->check(CLI::IsMember({"split", "mirror"}));
  add_trial_options(*canary, choice.canary.deploy);
  add_driving_options(*canary, choice.canary.deploy);
  canary->footer("Example: wxctl canary --percent 10 --set soak=2h");
  canary->callback([&] { choice.act = [&] { return verb_canary(world, choice.canary); }; });
}

void add_deploying(CLI::App& app, World& world, Choice& choice) {
  auto* deploy =
      app.add_subcommand("deploy", "bring a release to the host, step by step, and back when it is bad");
  add_deploy_options(*deploy, choice.deploy);
  add_driving_options(*deploy, choice.deploy);
  deploy->footer("Example: wxctl deploy --strategy gradual --set soak=10m");
  deploy->callback([&] { choice.act = [&] { return verb_deploy(world, choice.deploy); }; });

  auto* plan =
      app.add_subcommand("plan", "say what deploy would do: steps with undos, changed settings, fitness");
  add_deploy_options(*plan, choice.deploy);
  plan->add_flag("--exit-code", choice.exit_code, "exit 3 when there is something to do");
  plan->footer("Example: wxctl plan --strategy gradual --release build/release/myapp");
  plan->callback([&] { choice.act = [&] { return verb_plan(world, choice.deploy, choice.exit_code); }; });

  auto* rollback = app.add_subcommand("rollback", "go back to the version before, within moments");
  rollback->add_option("--to", choice.rollback.to, "a version or release that was active once, or a backup")
      ->option_text("RELEASE|BACKUP");
  rollback->add_flag("--now", choice.rollback.now, "stop a run of the failed version that is in progress");
  rollback->add_flag("--clean", choice.rollback.clean, "empty the idle slot afterwards: release, state");
  rollback->add_flag("--state", choice.rollback.state, "with --to BACKUP: its state directory too");
  rollback->add_flag("--no-run", choice.rollback.no_run, "do not verify by a run");
  rollback->add_flag("--dry-run", choice.rollback.dry_run, "say what would be done");
  rollback->footer("Example: wxctl rollback --yes");
  rollback->callback([&] { choice.act = [&] { return verb_rollback(world, choice.rollback); }; });

  auto* abort_verb = app.add_subcommand("abort", "end the rollout in progress and go back to what was");
  abort_verb->add_flag("--dry-run", choice.dry_run, "say what would be done");
  abort_verb->footer("Example: wxctl abort");
  abort_verb->callback([&] { choice.act = [&] { return verb_abort(world, choice.dry_run); }; });

  auto* engine = app.add_subcommand("engine", "")->group("");
  engine->add_option("--id", choice.engine.id);
  engine->add_option("--manifest", choice.engine.manifest);
  engine->add_option("--release", choice.engine.release);
  engine->add_option("--config", choice.engine.config);
  engine->add_option("--playbook", choice.engine.playbook);
  engine->add_option("--set", choice.engine.settings);
  engine->add_option("--engine-dir", choice.engine.engine_dir);
  engine->add_flag("--auto", choice.engine.auto_confirm);
  engine->add_flag("--force", choice.engine.force);
  engine->add_flag("--resume", choice.engine.resume);
  engine->add_flag("--deadman", choice.engine.deadman);
  engine->callback([&] { choice.act = [&] { return verb_engine(world, choice.engine); }; });
}

void add_reading(CLI::App& app, World& world, Choice& choice) {
  auto* status = app.add_subcommand("status", "where things stand: slots, route, timer, rollout");
  status->add_flag("--watch", choice.watch,
                   "look again each second, until a rollout has ended: with its exit status");
  status->footer("Example: wxctl status --watch");
  status->callback([&] { choice.act = [&] { return verb_status(world, choice.watch); }; });

  auto* runs = app.add_subcommand("runs", "the ledger: every run, its slot, result, duration, memory");
  runs->add_option("--since", choice.since, "only the last of them")->option_text("DURATION");
  runs->footer("Example: wxctl runs --since 1h");
  runs->callback([&] { choice.act = [&] { return verb_runs(world, choice.since); }; });

  auto* logs = app.add_subcommand(
      "logs", "what the runs of both slots logged, as patterns: errors by hour, what is new");
  logs->add_option("--since", choice.logs.since, "how far back (default: 24h; --follow: the last ten lines)")
      ->option_text("DURATION");
  logs->add_flag("--all", choice.logs.all, "every pattern, not the first ten");
  logs->add_flag("--follow", choice.logs.follow,
                 "the lines themselves, of both slots and the entry, as they come");
  logs->footer("Example: wxctl logs --since 2h");
  logs->callback([&] { choice.act = [&] { return verb_logs(world, choice.logs); }; });

  auto* history = app.add_subcommand("history", "all rollouts, newest first");
  history->footer("Example: wxctl history");
  history->callback([&] { choice.act = [&] { return verb_history(world); }; });

  auto* analyze =
      app.add_subcommand("analyze", "the verdict on a rollout, computed again from what is stored of it");
  analyze->add_option("--replay", choice.id, "the rollout's id, see wxctl history")
      ->required()
      ->option_text("ROLLOUT");
  analyze->footer("Example: wxctl analyze --replay o-20261124T080000Z-1a2b");
  analyze->callback([&] { choice.act = [&] { return verb_analyze(world, choice.id); }; });

  auto* show = app.add_subcommand("show", "one rollout: every step, check and its output");
  show->add_option("rollout", choice.id, "its id, see wxctl history")->required()->option_text("ID");
  show->footer("Example: wxctl show o-20261124T080000Z-1a2b");
  show->callback([&] { choice.act = [&] { return verb_show(world, choice.id); }; });
}

void add_checking(CLI::App& app, World& world, Choice& choice) {
  auto* preflight = app.add_subcommand("preflight", "is this machine fit for a rollout?");
  preflight->footer("Example: wxctl preflight");
  preflight->callback([&] { choice.act = [&] { return verb_preflight(world); }; });

  auto* validate = app.add_subcommand("validate", "is what is deployed healthy? for people and for CI");
  validate->add_option("--check", choice.validate.checks, "only this one; may be given again")
      ->option_text("ID");
  validate->add_flag("--list", choice.validate.list, "list the checks");
  validate
      ->add_option("--since", choice.validate.since,
                   "how far back errors matter (default: 1h, not before the present version took over)")
      ->option_text("DURATION");
  validate->add_flag("--strict", choice.validate.strict, "a warning fails");
  validate->footer("Example: wxctl validate -o junit > report.xml");
  validate->callback([&] { choice.act = [&] { return verb_validate(world, choice.validate); }; });

  auto* doctor = app.add_subcommand(
      "doctor", "what is wrong, from evidence, and the command that cures it; with -v also what is well");
  doctor->add_option("--since", choice.validate.since, "how far back runs matter (default: 24h)")
      ->option_text("DURATION");
  doctor->add_flag("--strict", choice.validate.strict, "a warning fails");
  doctor->footer("Example: wxctl -v doctor");
  doctor->callback([&] { choice.act = [&] { return verb_doctor(world, choice.validate); }; });
}

void add_completion(CLI::App& app, Choice& choice) {
  auto* completion = app.add_subcommand("completion", "what a shell reads to complete the words of wxctl");
  completion->add_option("shell", choice.id, "bash, zsh or fish")
      ->required()
      ->option_text("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Example: wxctl completion bash > ~/.local/share/bash-completion/completions/wxctl");
  completion->callback([&] {
    choice.act = [&] {
      print(completion_script(choice.id));
      return 0;
    };
  });
}

// The scripts' question. Not a verb of its own: what it asks about may be half of a word.
int answer_shell(World& world, CLI::App& app, std::vector<std::string> words) {
  words.erase(words.begin(), words.begin() + (words.size() > 1 && words[1] == "--" ? 2 : 1));
  const auto named = std::find(words.begin(), words.end(), "--app");
  if (named != words.end() && named + 1 != words.end()) world.options.app = *(named + 1);
  print(render_completion(
      complete(app, words, [&](const std::string& name) { return values_now(world, name); })));
  return 0;
}

int refuse(World& world, const std::string& message, const std::string& help = "wxctl --help") {
  return report(world, Error{Code::invalid, message, help});
}

std::optional<int> apply_formats(World& world, const std::string& output, const std::string& color,
                                 bool validating, std::string& report_format) {
  if (color == "always") world.options.color = ColorWhen::always;
  if (color == "never") world.options.color = ColorWhen::never;
  world.options.json = output == "json";
  if (output == "text" || output == "json") return std::nullopt;
  if (validating && (output == "junit" || output == "github")) {
    report_format = output;
    return std::nullopt;
  }
  return refuse(world, "--output cannot be \"" + output + "\"" + suggestion(output, {"text", "json"}));
}

}  // namespace

void add_driving_options(CLI::App& verb, DeployOptions& options) {
  verb.add_flag("--detach", options.detach, "return as soon as the engine runs");
  verb.add_flag("--foreground", options.foreground, "drive it in this process, without a service");
  verb.add_option("--wait", options.wait, "follow at most this long")->option_text("DURATION");
  verb.add_flag("--force", options.force, "also when it is active already");
  verb.add_flag("--dry-run", options.dry_run, "say what would be done");
}

int run_wxctl(World& world, const std::vector<std::string>& arguments) {
  CLI::App app{"wxctl: progressive delivery for plain systemd hosts, judged by the data a program writes",
               "wxctl"};
  app.set_version_flag("--version", std::string("wxctl ") + WX_VERSION);
  app.footer(exit_help());
  app.fallthrough();
  app.require_subcommand(0, 1);
  Choice choice;
  std::string output = "text";
  std::string color = "auto";
  add_globals(app, world, output, color);
  add_deploying(app, world, choice);
  add_canary(app, world, choice);
  add_requests(app, world, choice);
  add_reading(app, world, choice);
  add_checking(app, world, choice);
  add_points(app, world, choice);
  add_data(app, world, choice);
  add_playbooks(app, world, choice);
  add_completion(app, choice);
  if (!arguments.empty() && arguments.front() == "complete") return answer_shell(world, app, arguments);
  if (!arguments.empty() && arguments.front() == "manual") {
    print(manual_page(app));
    return 0;
  }
  complete_footers(app);
  if (const std::string unknown = unknown_verb(app, arguments, later_verbs()); !unknown.empty())
    return refuse(world, unknown);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ExtrasError&) {
    return refuse(world, unexpected(app), help_command(app));
  } catch (const CLI::ParseError& problem) {
    // What is missing may be there, mistyped.
    const bool mistyped =
        dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr && app.remaining_size(true) > 0;
    return refuse(world, mistyped ? unexpected(app) : problem.what(), help_command(app));
  }
  if (const auto refused =
          apply_formats(world, output, color, app.got_subcommand("validate") || app.got_subcommand("doctor"),
                        choice.validate.output))
    return *refused;
  if (!choice.act) return verb_overview(world);
  return choice.act();
}

}  // namespace wx
