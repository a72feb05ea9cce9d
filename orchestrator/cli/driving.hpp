// Getting at an engine: pinning, starting, stopping it.
#pragma once

#include <memory>
#include <string>

#include "orchestrator/cli/world.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/deploy.hpp"
#include "orchestrator/engine/rollout.hpp"

namespace wx {

// "o-" with the time and four random digits: sorts by time.
std::string new_rollout_id(const World& world);

// Copies of wxctl and wxctl-router below DATA/engine, named by their content; the directory. Units name only
// these, so that replacing or removing the package harms nothing.
Result<std::string> pin_engine(const World& world, const Layout& layout);

// Secrets that the manifest names: stored ones stay, missing ones are taken from the environment. `invalid`
// when one is missing.
Status store_secrets(const World& world, const Layout& layout, const Manifest& manifest);

// Store one secret anew.
Status replace_secret(const World& world, const Layout& layout, const std::string& name, const std::string& value);

// Code::busy while a rollout is in progress; one whose engine is gone is sent on its way first.
Status refuse_when_busy(World& world, const Layout& layout);

// Start the engine as a transient service of its own.
Status start_engine(World& world, const Layout& layout, const DeployRequest& request,
                    const std::string& engine_dir);
// Begin anew what an ended rollout was to bring: the same release, config, playbook and settings; follow it unless `detach`.
Result<int> deploy_again(World& world, const Layout& layout, const RolloutView& ended, const std::optional<Micros>& wait,
                         bool detach);
Status start_resume(World& world, const Layout& layout, const std::string& engine_dir);

// Stop whoever drives the app's rollout and take the lock.
Result<std::unique_ptr<FileLock>> preempt(World& world, const Layout& layout, const std::string& verb);

}  // namespace wx
