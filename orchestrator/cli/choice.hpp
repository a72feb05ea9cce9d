// What was chosen on the command line: filled by the parser, carried out afterwards.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "orchestrator/cli/verbs.hpp"
#include "orchestrator/sandbox/sandbox.hpp"

namespace wx {

struct Choice {
  DeployOptions deploy;
  CanaryOptions canary;
  ConfigOptions config;
  RestoreOptions restore;
  PruneOptions prune;
  std::string slot;
  std::string phase = "Healthy";
  WordOptions word;
  bool dry_run = false;
  bool watch = false;
  RollbackOptions rollback;
  ValidateOptions validate;
  CompareOptions compare;
  ReconcileOptions reconcile;
  LogsOptions logs;
  EngineVerbOptions engine;
  sandbox::SandboxOptions sandbox;
  std::string unit;
  std::string since;
  std::string id;
  std::string file;
  bool exit_code = false;
  std::function<int()> act;
};

// How a rollout is driven and followed.
void add_driving_options(CLI::App& verb, DeployOptions& options);
// Verbs about points: compare, reconcile.
void add_points(CLI::App& app, World& world, Choice& choice);
// Verbs about strategies as files: playbook, schema.
void add_playbooks(CLI::App& app, World& world, Choice& choice);
// Verbs about what lies on disk, and the sandbox: init, backup, bucket, sandbox.
void add_data(CLI::App& app, World& world, Choice& choice);

}  // namespace wx
