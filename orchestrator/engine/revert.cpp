#include "orchestrator/engine/revert.hpp"

#include <algorithm>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/check_runner.hpp"
#include "orchestrator/engine/closure.hpp"
#include "orchestrator/engine/idle.hpp"
#include "orchestrator/engine/lease.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/rollout.hpp"
#include "orchestrator/engine/spare_theirs.hpp"
#include "orchestrator/engine/units.hpp"
#include "orchestrator/engine/verify_run.hpp"

namespace wx {

namespace {

constexpr Micros short_run{2'000'000};
constexpr Micros stop_margin{5'000'000};
constexpr int attempts = 3;

// What stands at once (entry, template, timer) and what stays in place as long as the rollback can still be
// interrupted.
struct UnitHalves {
  UnitSnapshot first;
  UnitSnapshot last;
};

UnitHalves halves(const UnitSnapshot& whole, const Layout& layout) {
  UnitHalves out;
  const auto late = [&](const std::string& name) {
    return name == layout.resume_unit() || name == layout.deadman_service() ||
           name == layout.deadman_timer() || name.find(".d/") != std::string::npos;
  };
  for (const auto& [name, content] : whole.files) (late(name) ? out.last : out.first).files[name] = content;
  for (const auto& [name, state] : whole.states) (late(name) ? out.last : out.first).states[name] = state;
  return out;
}

std::int64_t elapsed_ms(Ports& ports, Micros since) {
  return (ports.clock.monotonic() - since).count() / 1000;
}

bool was_cut_over(const RolloutContext& rollout, const std::string& taken_back) {
  if (taken_back != rollout.plan.id) return true;
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i)
    if (rollout.plan.steps[i].kind == StepKind::cutover &&
        rollout.journal.first("intent", static_cast<int>(i)) != nullptr)
      return true;
  return false;
}

// A promoted rollout is rolled back to its predecessor; of one that was not, everything is undone, even if
// another rollout began to.
Result<bool> was_promoted(const RolloutContext& rollout, const std::string& taken_back) {
  if (taken_back == rollout.plan.id) return false;
  WX_LET(const RolloutView view, find_rollout(rollout.ports.files, rollout.layout, taken_back));
  return view.phase == "Healthy";
}

// The state that the slot had before comes back; what the failed release left is kept as evidence. Without
// what was kept before its installation nothing was put there yet. A directory is synced where it arrives
// before where it left, so that a power cut may double it but never lose it.
Status restore_slot_state(RolloutContext& rollout, const std::string& taken_back) {
  FileSystem& files = rollout.ports.files;
  const std::string slot = rollout.layout.slot_dir(rollout.plan.target);
  const std::string evidence = rollout.layout.evidence(taken_back);
  const std::string state = rollout.layout.slot_state(rollout.plan.target);
  const std::string before = evidence + "/state-before";
  if (!exists(files, before) || !exists(files, slot)) {
    WX_TRY(sync_name(files, state));
    return sync_name(files, before);
  }
  if (exists(files, state)) {
    std::string failed = evidence + "/state";
    while (exists(files, failed)) failed += "-again";
    WX_TRY(files.rename(state, failed));
    WX_TRY(files.sync_directory(evidence));
    WX_TRY(files.sync_directory(slot));
  }
  WX_TRY(files.rename(before, state));
  WX_TRY(files.sync_directory(slot));
  return files.sync_directory(evidence);
}

Status restore_file(FileSystem& files, const std::string& path, const std::optional<std::string>& content) {
  WX_LET(const auto present, read_if_present(files, path, 16ull << 20));
  if (present == content) return sync_name(files, path);
  if (content) return replace_file(files, path, *content, 0600);
  WX_TRY(files.remove_file(path));
  return files.sync_directory(parent_path(path));
}

// What a rollback of a promoted rollout makes current: its predecessor active, the failed release idle in its
// slot.
Result<Generation> predecessor_generation(RolloutContext& rollout, const Before& before) {
  WX_LET(auto now, rollout.generations.current());
  Generation generation = *before.generation;
  if (now) generation.slot(rollout.plan.target) = now->slot(rollout.plan.target);
  generation.route.candidate = std::nullopt;
  generation.route.mode = RouteMode::none;
  generation.route.percent = 0;
  generation.route.predecessor = std::nullopt;
  return generation;
}

Status observe_release(RolloutContext& rollout, const Generation& generation, std::uint64_t number) {
  const Slot slot = *generation.route.active;
  const SlotSpec& spec = *generation.slot(slot);
  WX_LET(const ReleaseInfo stored, rollout.releases.verify(spec.release));
  WX_LET(const Manifest manifest, parse_manifest(rollout.layout.manifest(), spec.manifest_text));
  const CheckTarget target{rollout.ports, rollout.layout, manifest, generation, number, slot};
  WX_LET(const auto version, ask_version(target));
  if (!stored.declares_version && version && !version->empty() && *version != spec.version)
    return Error{Code::failed, "the release in slot " + std::string(to_string(slot)) + " says it is \"" +
                                   *version + "\", not \"" + spec.version + "\""};
  WX_LET(const auto current, rollout.generations.current_number());
  if (current != number)
    return Error{Code::failed, "the link current does not name generation " + std::to_string(number)};
  return {};
}

// False when a run of the slot under trial still goes on after that time.
Result<bool> run_has_ended(const RevertRequest& request, Micros longest) {
  RolloutContext& rollout = request.rollout;
  return idle_within(rollout.ports, instance_name(rollout.manifest.service, to_string(rollout.plan.target)),
                     longest, request.pulse);
}

// The first deployment leaves nothing behind but its release, its journal and evidence.
Status remove_first_deployment(const RevertRequest& request) {
  RolloutContext& rollout = request.rollout;
  FileSystem& files = rollout.ports.files;
  const Layout& layout = rollout.layout;
  WX_TRY(run_has_ended(request, rollout.manifest.program.drain));
  WX_LET(const auto hold, files.lock(layout.hold(), LockMode::exclusive, 30'000));
  WX_TRY(files.remove_file(layout.current()));
  WX_TRY(rollout.generations.clear());
  WX_TRY(files.remove_tree(layout.data + "/slots"));
  return files.sync_directory(layout.data);
}

// A run ends in the state that it began with, and a rollback does not wait for it.
Status settle_slot_state(const RevertRequest& request) {
  WX_LET(const bool ended, run_has_ended(request, short_run));
  if (ended) return restore_slot_state(request.rollout, request.taken_back);
  return request.rollout.note("a run of " + std::string(to_string(request.rollout.plan.target)) +
                              " is in progress: its slot keeps the state that it works in");
}

Error needs_person(Error error, const RolloutContext& rollout) {
  std::string text = "the rollback could not be completed: " + error.message + told_spared(rollout.journal);
  if (!rollout.manifest.contacts.empty()) {
    text += "; contacts:";
    for (const auto& contact : rollout.manifest.contacts) text += " " + contact;
  }
  return Error{Code::person, std::move(text),
               error.remedy.empty() ? "wxctl status; wxctl rollback tries again" : error.remedy};
}

// Have the old version verified by a run; a program that is not repeatable says only when its next one will
// be.
Status prove(const RevertRequest& request, const Generation& generation, std::uint64_t number,
             Reverted& out) {
  RolloutContext& rollout = request.rollout;
  const Slot slot = *generation.route.active;
  const SlotSpec& spec = *generation.slot(slot);
  WX_LET(const Manifest manifest, parse_manifest(rollout.layout.manifest(), spec.manifest_text));
  WX_LET(const auto proof, verify_by_run({rollout.ports, rollout.layout, manifest, slot, number,
                                          request.since, request.pulse}));
  if (!proof) {
    const auto next = next_activation(rollout.ports, manifest);
    out.message += "; it is not repeatable, so its next activation verifies it" +
                   (next ? ", at " + format_instant(*next) : std::string{});
    return {};
  }
  out.verified_ms = elapsed_ms(rollout.ports, request.begun);
  WX_TRY(
      rollout.journal.append("measure", std::nullopt, {{"verified_ms", std::to_string(*out.verified_ms)}}));
  WX_TRY(rollout.note("verified: a run (" + proof->trigger + ") of " + spec.version + " succeeded, after " +
                      std::to_string(*out.verified_ms) + " ms"));
  out.message += ", verified by a run";
  return {};
}

Result<Reverted> do_revert(const RevertRequest& request) {
  RolloutContext& rollout = request.rollout;
  Ports& ports = rollout.ports;
  WX_LET(const bool promoted, was_promoted(rollout, request.taken_back));
  WX_LET(Before before, read_before(ports.files, rollout.layout.rollout(request.taken_back) + "/before"));
  WX_LET(const auto left, spare_theirs(rollout, request.taken_back, before));
  const bool replaced = was_cut_over(rollout, request.taken_back);
  const UnitHalves unit_halves = halves(before.units, rollout.layout);
  Units units(ports, rollout.layout);
  Reverted out;

  if (!before.generation) {
    WX_TRY(units.restore(unit_halves.first));
    WX_TRY(restore_slot_state(rollout, request.taken_back));
    WX_TRY(remove_first_deployment(request));
    out.message = "nothing of " + rollout.plan.app + " is installed, as before";
  } else {
    Generation generation = *before.generation;
    if (promoted) {
      WX_LET(generation, predecessor_generation(rollout, before));
    }
    WX_LET(const std::uint64_t number, rollout.generations.commit(generation));
    // A run in progress ends by itself, but when the person said --now.
    if (request.now) WX_TRY(stop_run(rollout, rollout.plan.target));
    WX_TRY(units.restore(unit_halves.first));
    WX_TRY(observe_release(rollout, generation, number));
    const std::string slot(to_string(*generation.route.active));
    const std::string version = generation.slot(*generation.route.active)->version;
    out.switched_ms = elapsed_ms(ports, request.begun);
    WX_TRY(
        rollout.journal.append("measure", std::nullopt, {{"switched_ms", std::to_string(*out.switched_ms)}}));
    WX_TRY(rollout.note("switched: " + slot + " (" + version + ") is active, observed after " +
                        std::to_string(*out.switched_ms) + " ms"));
    out.message = version + " is active again in " + slot;
    if (request.verify && (replaced || request.verify_always)) {
      auto proven = prove(request, generation, number, out);
      // A version that was never replaced fails by itself, with or without this rollout.
      if (!proven && (replaced || proven.error().code != Code::failed)) return std::move(proven).error();
      if (!proven) out.message += ", not verified: " + proven.error().message;
    }
    if (!promoted) WX_TRY(settle_slot_state(request));
  }
  if (!left.contains(rollout.layout.manifest()))
    WX_TRY(restore_file(ports.files, rollout.layout.manifest(), before.manifest));
  if (!left.contains(rollout.layout.live_config()))
    WX_TRY(restore_file(ports.files, rollout.layout.live_config(), before.live_config));
  if (!promoted) WX_TRY(units.restore(unit_halves.last));
  WX_TRY(settle_closure(rollout, promoted ? unit_halves.first : before.units, before.surroundings));
  Leases leases(ports, rollout.layout);
  WX_TRY(leases.end());
  out.message += told_spared(rollout.journal);
  return out;
}

}  // namespace

Status stop_run(RolloutContext& rollout, Slot slot) {
  const std::string unit = instance_name(rollout.manifest.service, to_string(slot));
  WX_LET(const UnitState state, rollout.ports.systemd.unit(unit));
  if (state.active_state != "activating" && state.active_state != "active") return {};
  WX_TRY(rollout.note("stopping the run of " + unit + " that is in progress: --now"));
  WX_TRY(rollout.ports.systemd.stop(unit, rollout.manifest.program.stop + stop_margin));
  return {};
}

Result<Reverted> revert(const RevertRequest& request) {
  for (int attempt = 1;; ++attempt) {
    auto done = do_revert(request);
    if (done) return done;
    // A manager that is slow to answer is no reason yet to call a person.
    const bool answered = done.error().code != Code::unavailable && done.error().code != Code::timeout;
    if (answered || attempt == attempts) return needs_person(std::move(done).error(), request.rollout);
    static_cast<void>(request.pulse());
    request.rollout.ports.clock.sleep(retry_after * attempt);
  }
}

}  // namespace wx
