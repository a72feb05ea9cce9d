#include "common/adapters/systemd_verifier.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/core/text.hpp"

namespace wx {

namespace {

constexpr Micros longest_look{10'000'000};
using Files = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t most_output = 16UL * 1024;

class Scratch {
 public:
  Scratch() {
    std::array<char, 32> name{"/tmp/wxctl-verify-XXXXXX"};
    if (::mkdtemp(name.data()) != nullptr) path_ = name.data();
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool put(const std::string& path, const std::string& content) {
  std::error_code failed;
  std::filesystem::create_directories(parent_path(path), failed);
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  return !failed && !file.fail();
}

class SystemdVerifier final : public UnitVerifier {
 public:
  SystemdVerifier(Process& process, std::string path) : process_(process), path_(std::move(path)) {}

  Result<std::vector<std::string>> complaints(const Files& files) override {
    const Scratch scratch;
    if (scratch.path().empty())
      return Error{Code::unavailable, "no directory for systemd-analyze can be made in /tmp", "df /tmp"};
    ProcessRequest request;
    request.argv = {"systemd-analyze", "--user", "--man=no", "verify"};
    for (const auto& [name, content] : files) {
      const std::string path = scratch.path() + "/" + name;
      if (!put(path, content)) return Error{Code::unavailable, path + " cannot be written", "df /tmp"};
      if (name.find('/') == std::string::npos) request.argv.push_back(path);
    }
    request.directory = "/";
    request.environment = environment();
    request.timeout = longest_look;
    request.max_output_bytes = most_output;
    const auto outcome = process_.run(request);
    if (!outcome)
      return Error{Code::unavailable, "systemd-analyze cannot be asked: " + outcome.error().message,
                   outcome.error().remedy};
    if (outcome->timed_out || outcome->signal != 0)
      return Error{Code::unavailable, "systemd-analyze verify gave no answer"};
    std::vector<std::string> out;
    for (const auto& line : split(outcome->output, '\n'))
      if (auto told = about(scratch.path(), files, line); !told.empty()) out.push_back(std::move(told));
    if (out.empty() && outcome->exit_status != 0)
      return Error{Code::unavailable, "systemd-analyze verify: " + printable(outcome->output, 200)};
    return out;
  }

 private:
  // The line without the directory when it is about one of these files, else nothing: units that they need
  // may be somebody else's trouble.
  static std::string about(const std::string& directory, const Files& files, std::string line) {
    if (const std::size_t at = line.find(directory + "/"); at != std::string::npos)
      return line.erase(at, directory.size() + 1);
    for (const auto& [name, content] : files)
      if (line.starts_with(name + ": ")) return line;
    return {};
  }

  // Where it finds the manager's own units and directories.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const {
    std::vector<std::pair<std::string, std::string>> out{{"PATH", path_}, {"LC_ALL", "C.UTF-8"}};
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"})
      if (const char* value = std::getenv(name); value != nullptr) out.emplace_back(name, value);
    return out;
  }

  Process& process_;
  std::string path_;
};

}  // namespace

std::unique_ptr<UnitVerifier> make_systemd_verifier(Process& process, std::string path) {
  return std::make_unique<SystemdVerifier>(process, std::move(path));
}

}  // namespace wx
