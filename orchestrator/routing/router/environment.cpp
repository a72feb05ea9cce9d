#include "orchestrator/routing/router/environment.hpp"

#include <unistd.h>

#include <algorithm>

#include "orchestrator/routing/router/posix.hpp"

namespace wx {
namespace {

constexpr std::size_t max_environment_bytes = std::size_t{1024} * 1024;

template <class Take>
void each_assignment(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos || equals == 0) continue;
    take(line.substr(0, equals), line.substr(equals + 1));
  }
}

Status add_secrets(const SlotRun& run, Environment& environment) {
  if (run.secrets.empty()) return {};
  WX_LET(const auto text, read_file(run.secrets_file, max_environment_bytes, Privacy::owner_only));
  auto missing = run.secrets;
  each_assignment(text, [&](std::string_view key, std::string_view value) {
    if (std::find(run.secrets.begin(), run.secrets.end(), key) == run.secrets.end()) return;
    environment.set(key, value);
    missing.erase(std::remove(missing.begin(), missing.end(), key), missing.end());
  });
  // The program can say better than we what it cannot do without it.
  for (const auto& key : missing)
    say(Severity::warning, "the secret " + key + " is not in " + run.secrets_file);
  return {};
}

}  // namespace

Environment Environment::inherited() {
  Environment environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) environment.entries_.emplace_back(*entry);
  return environment;
}

void Environment::set(std::string_view key, std::string_view value) {
  const auto same = [&](const std::string& entry) {
    return entry.size() > key.size() && entry.starts_with(key) && entry[key.size()] == '=';
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), same), entries_.end());
  entries_.push_back(std::string(key) + "=" + std::string(value));
}

void Environment::set_lines(std::string_view text) {
  each_assignment(text, [this](std::string_view key, std::string_view value) { set(key, value); });
}

Result<Environment> environment_of(const AppPaths& paths, std::uint64_t generation, const SlotRun& run) {
  auto environment = Environment::inherited();
  auto text = read_file(paths.slot_file(generation, run.slot, "env"), max_environment_bytes);
  if (text) {
    environment.set_lines(*text);
  } else if (text.error().code != Code::not_found) {
    return std::move(text).error();
  }
  WX_TRY(add_secrets(run, environment));
  return environment;
}

}  // namespace wx
