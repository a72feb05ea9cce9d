#include "orchestrator/engine/expected.hpp"

#include <map>
#include <set>

#include "orchestrator/engine/rollout_units.hpp"

namespace wx {

namespace {

class ExpectedHost {
 public:
  explicit ExpectedHost(RolloutContext& rollout) : rollout_(rollout) {}

  void recorded(const std::string& path, FileKind kind, const ExpectedFile::Content& content) {
    files_[path] = {path, kind, content, {content}};
  }
  // The step `writer` writes it; what it held before counts as long as the step has not been done.
  void written(const std::string& path, FileKind kind, StepKind writer, const std::string& content) {
    auto [file, is_new] = files_.try_emplace(path);
    if (is_new) file->second = {path, kind, std::nullopt, {std::nullopt}};
    written_.insert(path);
    switch (progress(writer)) {
      case Progress::ahead:
        return;
      case Progress::begun:
        file->second.contents.emplace_back(content);
        return;
      case Progress::done:
        file->second.contents = {content};
        return;
    }
  }
  [[nodiscard]] std::vector<ExpectedFile> files() const {
    std::vector<ExpectedFile> out;
    for (const auto& [path, file] : files_) {
      const bool of_others = file.kind == FileKind::unit && file.before && !written_.contains(path) &&
                             !file.before->starts_with(unit_file_mark(rollout_.layout.app));
      if (!of_others) out.push_back(file);
    }
    return out;
  }

 private:
  enum class Progress { ahead, begun, done };

  // The step of that kind; there is one of each that writes files.
  Progress progress(StepKind kind) const {
    for (std::size_t i = 0; i < rollout_.plan.steps.size(); ++i) {
      if (rollout_.plan.steps[i].kind != kind) continue;
      const int index = static_cast<int>(i);
      if (rollout_.journal.last("result", index) != nullptr) return Progress::done;
      if (rollout_.journal.first("intent", index) != nullptr) return Progress::begun;
    }
    return Progress::ahead;
  }

  RolloutContext& rollout_;
  std::map<std::string, ExpectedFile> files_;
  std::set<std::string> written_;
};

}  // namespace

Result<std::vector<ExpectedFile>> expected_files(RolloutContext& rollout, const Before& before) {
  const Layout& layout = rollout.layout;
  ExpectedHost expected(rollout);
  for (const auto& [name, content] : before.units.files)
    expected.recorded(layout.unit_dir + "/" + name, FileKind::unit, content);
  expected.recorded(layout.manifest(), FileKind::config, before.manifest);
  expected.recorded(layout.live_config(), FileKind::config, before.live_config);

  WX_LET(const auto units, recorded_units(rollout.ports.files, layout, rollout.plan.id));
  if (units) {
    for (const auto& file : units->slot)
      expected.written(layout.unit_dir + "/" + file.name, FileKind::unit, StepKind::install, file.content);
    for (const auto& file : units->shared) {
      const bool early = rollout.plan.first() && file.name == template_of(rollout, *units).name;
      expected.written(layout.unit_dir + "/" + file.name, FileKind::unit,
                       early ? StepKind::install : StepKind::cutover, file.content);
    }
  }
  expected.written(layout.manifest(), FileKind::config, StepKind::confirm, rollout.manifest_text);
  WX_LET(const auto generation, rollout.generations.current());
  const auto& slot = generation ? generation->slot(rollout.plan.target) : std::optional<SlotSpec>{};
  if (slot && slot->config_source)
    expected.written(layout.live_config(), FileKind::config, StepKind::confirm, *slot->config_source);
  return expected.files();
}

}  // namespace wx
