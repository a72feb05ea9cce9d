#include "orchestrator/engine/foreign_generation.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/core/files.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/generation_files.hpp"
#include "orchestrator/engine/progress.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_file = 4ull << 20;

bool switches(StepKind kind) {
  return kind == StepKind::install || kind == StepKind::configure || kind == StepKind::route ||
         kind == StepKind::cutover;
}

// The last commit of this rollout may not have got as far as the link.
bool is_switching(const RolloutContext& rollout) {
  for (std::size_t i = 0; i < rollout.plan.steps.size(); ++i)
    if (switches(rollout.plan.steps[i].kind) && rollout.journal.first("intent", index_of(i)) != nullptr &&
        rollout.journal.last("result", index_of(i)) == nullptr)
      return true;
  return false;
}

std::string link_to(std::uint64_t number) {
  return "generations/" + std::to_string(number);
}

// The generations of this rollout, newest first.
Result<std::vector<std::uint64_t>> own_generations(RolloutContext& rollout) {
  std::vector<std::uint64_t> out;
  const auto names = rollout.ports.files.list(rollout.layout.generations());
  if (!names) return out;
  for (const auto& name : *names) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    const auto generation = rollout.generations.read(number);
    if (generation && generation->route.rollout == rollout.plan.id) out.push_back(number);
  }
  std::sort(out.rbegin(), out.rend());
  return out;
}

Status compare(RolloutContext& rollout, const std::string& path, const std::optional<std::string>& ours,
               std::vector<ForeignFile>& out) {
  WX_LET(auto present, read_if_present(rollout.ports.files, path, largest_file));
  if (present != ours) out.push_back({path, FileKind::config, std::move(present), ours, false});
  return {};
}

// What follows from route, manifest and source of the generation that is in use.
Status add_rendered(RolloutContext& rollout, std::uint64_t number, std::vector<ForeignFile>& out) {
  WX_LET(const Generation generation, rollout.generations.read(number));
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const auto& spec = generation.slot(slot);
    if (!spec) continue;
    WX_LET(const SlotDocuments documents, render_slot(rollout.layout, generation.route, slot, *spec, number));
    const std::string folder = rollout.layout.generation(number) + "/" + std::string(to_string(slot));
    WX_TRY(compare(rollout, folder + "/run.json", documents.run, out));
    WX_TRY(compare(rollout, folder + "/env", documents.env, out));
    WX_TRY(compare(rollout, folder + "/config", documents.config, out));
  }
  return {};
}

}  // namespace

Result<std::vector<ForeignFile>> find_foreign_generation(RolloutContext& rollout) {
  WX_LET(const Before before,
         read_before(rollout.ports.files, rollout.layout.rollout(rollout.plan.id) + "/before"));
  std::vector<ForeignFile> out;
  WX_LET(const auto own, own_generations(rollout));
  const auto target = rollout.ports.files.read_link(rollout.layout.current());
  const auto link = target ? std::optional(*target) : std::nullopt;
  std::vector<std::optional<std::string>> ours;
  for (const auto number : own) ours.emplace_back(link_to(number));
  if (own.empty())
    ours.push_back(before.generation ? std::optional(link_to(before.generation->route.generation))
                                     : std::nullopt);
  if (is_switching(rollout)) {
    ours.push_back(before.generation ? std::optional(link_to(before.generation->route.generation))
                                     : std::nullopt);
  } else {
    ours.resize(1);
  }
  if (std::find(ours.begin(), ours.end(), link) == ours.end()) {
    out.push_back({rollout.layout.current(), FileKind::config, link, ours.front(), false});
    return out;
  }
  const auto number = own.empty() ? std::optional<std::uint64_t>{} : std::optional(own.front());
  if (number && link == link_to(*number)) WX_TRY(add_rendered(rollout, *number, out));
  return out;
}

}  // namespace wx
