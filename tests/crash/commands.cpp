#include "tests/crash/commands.hpp"

#include "orchestrator/engine/forsaken.hpp"
#include "orchestrator/engine/rollback_target.hpp"

namespace wx::crash {

namespace {

constexpr std::int64_t pid = 4711;

Result<std::string> in_progress(Ports& ports, const Layout& layout) {
  WX_LET(const auto running, rollout_in_progress(ports.files, layout));
  if (!running) return Error{Code::impossible, "no rollout is in progress"};
  return running->plan.id;
}

}  // namespace

Result<RolloutView> deploy(FakeWorld& world, EffectObserver& observer, const Order& order) {
  FakeProcess process(world, observer);
  DeployRequest request;
  request.id = order.id;
  request.manifest_file = FakeWorld::manifest_file;
  request.release = order.release;
  request.playbook_file = FakeWorld::playbook(order.strategy);
  request.settings = {{"soak", order.soak}};
  if (!order.percent.empty()) request.settings.emplace_back("percent", order.percent);
  request.auto_confirm = order.auto_confirm;
  request.engine_dir = world.units.engine_dir;
  WX_LET(const PreparedRollout prepared, prepare_deploy(process.ports, world.layout, request));
  if (prepared.already_active) return Error{Code::impossible, "already active"};
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "deploy", pid, 0));
  WX_TRY(create_rollout(process.ports, world.layout, prepared));
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, order.id, world.units));
  return drive(*rollout, {order.stay_paused});
}

void ask(FakeWorld& world, const Request& request) {
  testkit::EffectLog log;
  FakeProcess process(world, log);
  Requests requests(process.ports, world.layout);
  static_cast<void>(requests.leave(request));
}

Result<RolloutView> resume(FakeWorld& world, EffectObserver& observer) {
  FakeProcess process(world, observer);
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "resume", pid, 0));
  WX_LET(const std::string id, in_progress(process.ports, world.layout));
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, id, world.units));
  return drive(*rollout, {false});
}

Result<RolloutView> take_back(FakeWorld& world, EffectObserver& observer, const std::string& outcome) {
  FakeProcess process(world, observer);
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "rollback", pid, 0));
  WX_LET(const std::string id, in_progress(process.ports, world.layout));
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, id, world.units));
  return take_back(*rollout, {outcome, "by a person", world.clock.monotonic()});
}

Result<RolloutView> roll_back(FakeWorld& world, EffectObserver& observer, const std::string& id) {
  FakeProcess process(world, observer);
  WX_LET(const PreparedRollout prepared,
         prepare_rollback(process.ports, world.layout, id, world.units.engine_dir));
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "rollback", pid, 0));
  WX_TRY(create_rollout(process.ports, world.layout, prepared));
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, id, world.units));
  return take_back(*rollout, {"RolledBack", "by a person", world.clock.monotonic()});
}

Result<RolloutView> roll_back_to(FakeWorld& world, EffectObserver& observer, const std::string& version,
                                 const std::string& id, bool verify) {
  FakeProcess process(world, observer);
  WX_LET(const RollbackTarget target, find_rollback_target(process.ports, world.layout, version));
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "rollback", pid, 0));
  WX_LET(PreparedRollout prepared,
         prepare_rollback_to(process.ports, world.layout, target, id, world.units.engine_dir, false));
  prepared.plan.verify = verify;
  WX_TRY(create_rollout(process.ports, world.layout, prepared));
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, id, world.units));
  return drive(*rollout, {false});
}

Result<bool> look_at_lease(FakeWorld& world, EffectObserver& observer) {
  FakeProcess process(world, observer);
  WX_LET(const auto seen, forsaken_rollout(process.ports, world.layout));
  if (!seen) return false;
  WX_LET(const auto lock, take_app_lock(process.ports, world.layout, "deadman", pid, 0));
  WX_LET(const auto forsaken, forsaken_rollout(process.ports, world.layout));
  if (!forsaken) return false;
  WX_LET(const auto rollout, open_rollout(process.ports, world.layout, forsaken->plan.id, world.units));
  TakeBack request{"RolledBack", "the dead-man's lease ran out", world.clock.monotonic()};
  request.by_person = false;
  WX_TRY(take_back(*rollout, request));
  return true;
}

}  // namespace wx::crash
