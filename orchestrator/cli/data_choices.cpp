// The command lines of the verbs about data.
#include <sys/stat.h>

#include "orchestrator/cli/choice.hpp"

namespace wx {

void add_points(CLI::App& app, World& world, Choice& choice) {
  auto* compare = app.add_subcommand("compare", "the points of both buckets side by side, and a verdict");
  compare->add_option("--window", choice.compare.window, "how far back (default: 1h)")
      ->option_text("DURATION");
  compare->add_option("--watch", choice.compare.interval, "look again and again (default: every 60s)")
      ->option_text("DURATION")
      ->expected(0, 1);
  compare->footer("Example: wxctl compare --window 2h -o json");
  compare->callback([&, compare] {
    choice.compare.watch = compare->count("--watch") > 0;
    if (choice.compare.interval.empty()) choice.compare.interval = "60s";
    choice.act = [&] { return verb_compare(world, choice.compare); };
  });

  auto* reconcile =
      app.add_subcommand("reconcile", "bring points home to main that only the candidate's bucket has");
  reconcile
      ->add_option("--window", choice.reconcile.window, "how far back (default: as far as the rollout began)")
      ->option_text("DURATION");
  reconcile
      ->add_option("--accept", choice.reconcile.accept,
                   "take the points of this rollout in spite of its verdict")
      ->option_text("ROLLOUT");
  reconcile->add_flag("--dry-run", choice.reconcile.dry_run, "say what would be copied");
  reconcile->footer("Example: wxctl reconcile --dry-run");
  reconcile->callback([&] { choice.act = [&] { return verb_reconcile(world, choice.reconcile); }; });
}

void add_data(CLI::App& app, World& world, Choice& choice) {
  auto* init = app.add_subcommand("init", "write a manifest to start from");
  init->add_option("--unit", choice.unit, "adopt a unit that runs: not there yet")->option_text("UNIT");
  init->footer("Example: wxctl --app myapp -f wxctl.yaml init");
  init->callback([&] { choice.act = [&] { return verb_init(world, choice.unit); }; });

  auto* backup =
      app.add_subcommand("backup", "back up program, config, units and state; list and verify backups");
  backup->require_subcommand(1);
  backup->footer("Example: wxctl backup create");
  auto* make = backup->add_subcommand("create", "make one and verify it");
  make->add_flag("--dry-run", choice.dry_run, "say what would be done");
  make->callback([&] { choice.act = [&] { return verb_backup_create(world, choice.dry_run); }; });
  backup->add_subcommand("list", "newest first")->callback([&] {
    choice.act = [&] { return verb_backup_list(world); };
  });
  auto* verify = backup->add_subcommand("verify", "compare every file with its hash");
  verify->add_option("backup", choice.id, "its id")->required()->option_text("ID");
  verify->callback([&] { choice.act = [&] { return verb_backup_verify(world, choice.id); }; });

  auto* prune = backup->add_subcommand("prune", "remove old ones, never what a rollback may need");
  prune->add_option("--keep", choice.prune.keep, "so many of the newest stay (10)")
      ->check(CLI::Range(1, 100'000))
      ->option_text("N");
  prune->add_option("--older-than", choice.prune.older_than, "remove only what is older, such as 30d")
      ->option_text("D");
  prune->add_flag("--dry-run", choice.prune.dry_run, "say what would be removed");
  prune->footer("Example: wxctl backup prune --keep 5 --older-than 30d --dry-run");
  prune->callback([&] { choice.act = [&] { return verb_backup_prune(world, choice.prune); }; });

  auto* restore = backup->add_subcommand("restore", "go back to it: program, config, units and state");
  restore->add_option("backup", choice.restore.backup, "its id")->required()->option_text("ID");
  restore->add_option("--into", choice.restore.into, "only unpack it into this new directory")
      ->option_text("DIR");
  restore->add_flag("--dry-run", choice.restore.dry_run, "say what would be done");
  restore->callback([&] { choice.act = [&] { return verb_backup_restore(world, choice.restore); }; });

  auto* hooks = app.add_subcommand("hooks", "who is told of each change of phase; try it");
  hooks->require_subcommand(1);
  hooks->footer("Example: wxctl hooks test --phase Failed");
  hooks->add_subcommand("list", "the hooks of the manifest")->callback([&] {
    choice.act = [&] { return verb_hooks_list(world); };
  });
  auto* test =
      hooks->add_subcommand("test", "call each hook once, now, with an event that says that it is a test");
  test->add_option("--phase", choice.phase, "the phase to tell of (default: Healthy)")->option_text("PHASE");
  test->callback([&] { choice.act = [&] { return verb_hooks_test(world, choice.phase); }; });
  auto* deliver = hooks->add_subcommand("deliver", "")->group("");
  deliver->add_option("rollout", choice.id)->required();
  deliver->callback([&] { choice.act = [&] { return verb_hooks_deliver(world, choice.id); }; });

  auto* run = app.add_subcommand("run", "start a run by hand and wait for it");
  run->add_option("--slot", choice.slot, "in this slot, beside the route: blue or green")
      ->option_text("SLOT");
  run->add_flag("--dry-run", choice.dry_run, "say what would be done");
  run->footer("Example: wxctl run");
  run->callback([&] { choice.act = [&] { return verb_run(world, choice.slot, choice.dry_run); }; });

  auto* config =
      app.add_subcommand("config", "the app's config: read it, change it by a rollout of the config alone");
  config->require_subcommand(1);
  config->footer("Example: wxctl config set batch_size=500 --set soak=10m");
  auto* get = config->add_subcommand("get", "the live config, or one value of it; secrets are masked");
  get->add_option("key", choice.id, "such as influxdb.bucket")->option_text("KEY");
  get->callback([&] { choice.act = [&] { return verb_config_get(world, choice.id); }; });
  auto* set = config->add_subcommand("set", "change values by a rollout of the same release");
  set->add_option("values", choice.config.values, "such as influxdb.batch_size=500")
      ->option_text("KEY=VALUE");
  set->add_option("--secret", choice.config.secret, "store this secret, read from standard input")
      ->option_text("NAME");
  set->add_option("--strategy", choice.config.deploy.strategy, "the playbook (default: gradual)")
      ->option_text("NAME");
  set->add_option("--set", choice.config.deploy.settings, "a variable of the playbook, such as soak=10m")
      ->option_text("NAME=VALUE");
  set->add_flag("--auto", choice.config.deploy.auto_confirm, "do not wait for a person");
  add_driving_options(*set, choice.config.deploy);
  set->callback([&] { choice.act = [&] { return verb_config_set(world, choice.config); }; });

  auto* bucket = app.add_subcommand("bucket", "embedded buckets: make one, look into one");
  bucket->require_subcommand(1);
  bucket->footer("Example: wxctl bucket create points.db");
  auto* create = bucket->add_subcommand("create", "make a bucket file");
  create->add_option("file", choice.file)->required();
  create->callback([&] { choice.act = [&] { return verb_bucket_create(world, choice.file); }; });
  auto* show = bucket->add_subcommand("show", "its buckets, series and points");
  show->add_option("file", choice.file)->required();
  show->callback([&] { choice.act = [&] { return verb_bucket_show(world, choice.file); }; });

  auto* verb =
      app.add_subcommand("sandbox", "run a command beside a private systemd user manager, bus and journal");
  verb->add_flag("--keep", choice.sandbox.keep, "keep its home directory");
  verb->add_option("command", choice.sandbox.argv, "the command and its arguments")
      ->required()
      ->expected(1, -1);
  verb->footer("Example: wxctl sandbox -- sh -c 'wxctl deploy --strategy gradual --set soak=0s'");
  verb->callback([&] {
    choice.sandbox.verbose = world.options.verbose;
    choice.act = [&] {
      ::umask(world.caller_umask);
      return sandbox::run_sandbox(choice.sandbox);
    };
  });
}

}  // namespace wx
