// The verbs. Each answers its exit status; errors have been told when it returns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cli/world.hpp"

namespace wx {

struct DeployOptions {
  std::string strategy;
  std::string release;
  std::string config;
  std::string playbook;
  std::vector<std::string> settings;  // k=v
  bool auto_confirm = false;
  bool detach = false;
  bool foreground = false;
  bool force = false;
  bool dry_run = false;
  std::string wait;  // a duration
};

struct RollbackOptions {
  std::string to;
  bool now = false;
  bool no_run = false;
  bool clean = false;
  bool state = false;
  bool dry_run = false;
};

struct LogsOptions {
  std::string since;    // a duration; empty: 24h, with `follow` the last lines
  bool all = false;     // every pattern, not the first ten
  bool follow = false;  // the lines themselves, as they come
};

struct CanaryOptions {
  DeployOptions deploy;
  std::string percent;
  std::string mode;
};

// Of promote, pause, resume, retry.
struct WordOptions {
  bool full = false;         // promote
  bool take_ours = false;    // retry
  bool take_theirs = false;  // retry
  bool detach = false;
  bool dry_run = false;
  std::string wait;  // a duration
};

struct ConfigOptions {
  std::vector<std::string> values;  // KEY=VALUE
  std::string secret;               // its name; the value comes on stdin
  DeployOptions deploy;
};

struct RestoreOptions {
  std::string backup;
  std::string into;  // a directory to be made; empty: the host
  bool dry_run = false;
};

struct PruneOptions {
  std::size_t keep = 10;
  std::string older_than;  // a duration
  bool dry_run = false;
};

struct ValidateOptions {
  std::vector<std::string> checks;
  bool list = false;
  bool strict = false;
  std::string since;   // a duration; empty: an hour, but not before the present version took over
  std::string output;  // text json junit github; empty: as the global option says
};

struct CompareOptions {
  std::string window = "1h";
  bool watch = false;
  std::string interval = "60s";
};

struct ReconcileOptions {
  std::string window;  // a duration; empty: since the rollout began
  std::string accept;  // the rollout whose points are taken in spite of its verdict
  bool dry_run = false;
};

// How the engine is started; for wxctl's own units only.
struct EngineVerbOptions {
  std::string id;
  std::string manifest;
  std::string release;
  std::string config;
  std::string playbook;
  std::vector<std::string> settings;
  std::string engine_dir;
  bool auto_confirm = false;
  bool force = false;
  bool resume = false;
  bool deadman = false;
};

int verb_overview(World& world);
int verb_init(World& world, const std::string& unit);
int verb_preflight(World& world);
int verb_plan(World& world, const DeployOptions& options, bool exit_code);
int verb_deploy(World& world, const DeployOptions& options);
int verb_engine(World& world, const EngineVerbOptions& options);
int verb_canary(World& world, const CanaryOptions& options);
int verb_promote(World& world, const WordOptions& options);
int verb_pause(World& world, const WordOptions& options);
int verb_resume(World& world, const WordOptions& options);
int verb_retry(World& world, const WordOptions& options);
int verb_rollback(World& world, const RollbackOptions& options);
int verb_abort(World& world, bool dry_run);
int verb_validate(World& world, const ValidateOptions& options);
int verb_doctor(World& world, const ValidateOptions& options);
int verb_reconcile(World& world, const ReconcileOptions& options);
int verb_compare(World& world, const CompareOptions& options);
int verb_status(World& world, bool watch);
int verb_runs(World& world, const std::string& since);
int verb_logs(World& world, const LogsOptions& options);
int verb_history(World& world);
int verb_show(World& world, const std::string& id);
int verb_analyze(World& world, const std::string& rollout);
int verb_hooks_list(World& world);
int verb_hooks_test(World& world, const std::string& phase);
int verb_hooks_deliver(World& world, const std::string& rollout);
int verb_run(World& world, const std::string& slot, bool dry_run);
int verb_config_get(World& world, const std::string& key);
int verb_config_set(World& world, const ConfigOptions& options);
int verb_backup_restore(World& world, const RestoreOptions& options);
int verb_backup_create(World& world, bool dry_run);
int verb_backup_prune(World& world, const PruneOptions& options);
int verb_backup_list(World& world);
int verb_backup_verify(World& world, const std::string& id);
int verb_playbook_list(World& world);
int verb_playbook_show(World& world, const std::string& name);
int verb_playbook_lint(World& world, const std::string& name, const std::vector<std::string>& settings);
int verb_schema(World& world, const std::string& kind);
int verb_bucket_create(World& world, const std::string& file);
int verb_bucket_show(World& world, const std::string& file);

}  // namespace wx
