// UnitVerifier by the program systemd-analyze, which reads the files from a directory of their own that is
// removed again.
#pragma once

#include <memory>
#include <string>

#include "common/ports/process.hpp"
#include "common/ports/unit_verifier.hpp"

namespace wx {

// `path`: the directories that systemd-analyze is looked for in, as in PATH. `process` must outlive the
// result.
std::unique_ptr<UnitVerifier> make_systemd_verifier(Process& process, std::string path);

}  // namespace wx
