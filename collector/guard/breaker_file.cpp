#include "collector/guard/breaker_file.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/crc32c.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"

namespace wx::collector {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_bytes = 4096;
constexpr std::int64_t patience_ms = 1000;  // whoever holds the lock replaces one small file

std::string name_for(const std::string& server) {
  std::array<char, 9> name{};
  std::snprintf(name.data(), name.size(), "%08x", static_cast<unsigned>(crc32c(server)));
  return name.data();
}

}  // namespace

BreakerFile::BreakerFile(FileSystem& files, std::string directory, std::string server)
    : files_(files),
      directory_(std::move(directory)),
      server_(std::move(server)),
      path_(directory_ + "/" + name_for(server_)) {}

Breaker BreakerFile::load() {
  const auto text = read_if_present(files_, path_ + ".json", most_bytes);
  if (!text || !*text) return {};
  const auto document = Json::parse(**text, nullptr, false);
  try {
    if (document.at("server") != server_) return {};
    const auto since = parse_instant(document.at("since").get<std::string>());
    if (!since) return {};
    return {document.at("failures").get<int>(), *since, Millis(document.at("rest_ms").get<std::int64_t>()),
            document.at("asked").get<bool>()};
  } catch (const Json::exception&) {
    return {};
  }
}

Result<Breaker> BreakerFile::update(const std::function<Breaker(const Breaker&)>& change) {
  WX_TRY(make_directories(files_, directory_, 0700));
  WX_LET(const auto lock, files_.lock(path_ + ".lock", LockMode::exclusive, patience_ms));
  const auto before = load();
  const auto after = change(before);
  if (after == before) return after;
  if (after.failures == 0) {
    WX_TRY(files_.remove_file(path_ + ".json"));
    return after;
  }
  const Json document{{"server", server_},
                      {"failures", after.failures},
                      {"since", format_instant(after.since, /*millis=*/true)},
                      {"rest_ms", std::chrono::duration_cast<Millis>(after.rest).count()},
                      {"asked", after.asked}};
  WX_TRY(replace_file(files_, path_ + ".json",
                      document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", 0600));
  return after;
}

Result<std::unique_ptr<FileLock>> BreakerFile::lock_probe() {
  return files_.lock(path_ + ".probe", LockMode::exclusive, 0);
}

}  // namespace wx::collector
