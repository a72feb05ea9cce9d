// What the files of an app are to hold while a rollout is under way or after it: the record from before it,
// and what its steps have written since, by its plan and journal alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/before.hpp"
#include "orchestrator/engine/context.hpp"

namespace wx {

enum class FileKind { unit, config };

struct ExpectedFile {
  using Content = std::optional<std::string>;  // none: no file

  std::string path;
  FileKind kind = FileKind::unit;
  Content before;  // what the record says
  std::vector<Content>
      contents;  // ours now; more than one while the step that changes it is under way, the first is put back
};

// Files of somebody else that no step writes are left out.
Result<std::vector<ExpectedFile>> expected_files(RolloutContext& rollout, const Before& before);

}  // namespace wx
