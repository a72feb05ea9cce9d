#include "orchestrator/engine/running_program.hpp"

#include <algorithm>

#include "common/core/text.hpp"

namespace wx {

namespace {

constexpr std::uint64_t largest_line = 1ull << 20;

std::string process(const std::string& pid) {
  return "/proc/" + pid;
}

// "a\0b\0" -> a, b
std::vector<std::string> words_of_command(const std::string& command_line) {
  auto words = split(command_line, '\0');
  if (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

// Its own child, when it has begun one and that lives.
void add_child(FileSystem& files, const std::string& pid, RunningProgram& program) {
  const auto children = files.read(process(pid) + "/task/" + pid + "/children", largest_line);
  const std::string child = children ? split(std::string(trim(*children)), ' ').front() : "";
  if (child.empty()) return;
  const auto executable = files.read_link(process(child) + "/exe");
  const auto command_line = files.read(process(child) + "/cmdline", largest_line);
  if (!executable || !command_line) return;
  program.executable = *executable;
  program.argv = words_of_command(*command_line);
}

bool below(const std::string& path, const std::string& directory) {
  return path.starts_with(directory + "/");
}

}  // namespace

Result<std::optional<RunningProgram>> running_program(Ports& ports, const std::string& unit) {
  WX_LET(const UnitState state, ports.systemd.unit(unit));
  if (state.main_pid == 0) return std::optional<RunningProgram>{};
  const std::string pid = std::to_string(state.main_pid);
  const auto main = ports.files.read_link(process(pid) + "/exe");
  if (!main) return std::optional<RunningProgram>{};
  RunningProgram program{state.main_pid, *main, {}, {}};
  add_child(ports.files, pid, program);
  return std::optional(std::move(program));
}

std::string not_of_release(const RunningProgram& program, const Layout& layout,
                           const std::string& release_dir) {
  if (!below(program.main, layout.engines()))
    return "process " + std::to_string(program.pid) + " is " + program.main + ", not wxctl's router";
  // Forked and about to become the program.
  if (program.executable.empty() || below(program.executable, layout.engines())) return {};
  if (program.executable.ends_with(" (deleted)"))
    return program.executable.substr(0, program.executable.rfind(' ')) + " runs and was replaced on the disk";
  // An interpreter lies elsewhere and is given a file of the release.
  const bool of_release = below(program.executable, release_dir) ||
                          std::any_of(program.argv.begin(), program.argv.end(),
                                      [&](const auto& word) { return below(word, release_dir); });
  return of_release ? std::string{} : program.executable + " runs, which does not belong to " + release_dir;
}

}  // namespace wx
