#include "collector/sources/quota_file.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"

namespace wx::collector {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t most_bytes = 4096;
constexpr std::int64_t patience_ms = 1000;  // whoever holds the lock replaces one small file
constexpr std::size_t named_bytes = 8;      // of the hash: enough to tell keys apart

std::string name_for(const std::string& who) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ::EVP_Digest(who.data(), who.size(), digest.data(), &length, ::EVP_sha256(), nullptr);
  std::string name;
  for (std::size_t i = 0; i < named_bytes; ++i) {
    std::array<char, 3> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", digest[i]);
    name += hex.data();
  }
  return name;
}

}  // namespace

QuotaFile::QuotaFile(FileSystem& files, std::string directory, const std::string& who, bool read_only)
    : files_(files),
      directory_(std::move(directory)),
      path_(directory_ + "/" + name_for(who)),
      read_only_(read_only) {}

QuotaUse QuotaFile::load() {
  const auto text = read_if_present(files_, path_ + ".json", most_bytes);
  if (!text || !*text) return {};
  const auto document = Json::parse(**text, nullptr, false);
  try {
    QuotaUse use{document.at("day").get<std::int64_t>(), document.at("calls").get<std::int64_t>()};
    const auto since = parse_instant(document.at("since").get<std::string>());
    if (since) use.since = *since;
    use.rest = Millis(document.at("rest_ms").get<std::int64_t>());
    return use;
  } catch (const Json::exception&) {
    return {};
  }
}

std::string quota_owner(const SourceSettings& settings) {
  return settings.base_url + " " + settings.api_key;
}

Result<QuotaUse> QuotaFile::update(const std::function<QuotaUse(const QuotaUse&)>& change) {
  if (read_only_) return change(load());
  WX_TRY(make_directories(files_, directory_, 0700));
  WX_LET(const auto lock, files_.lock(path_ + ".lock", LockMode::exclusive, patience_ms));
  const auto before = load();
  const auto after = change(before);
  if (after == before) return after;
  const Json document{{"day", after.day},
                      {"calls", after.calls},
                      {"since", format_instant(after.since, /*millis=*/true)},
                      {"rest_ms", std::chrono::duration_cast<Millis>(after.rest).count()}};
  WX_TRY(replace_file(files_, path_ + ".json", document.dump() + "\n", 0600));
  return after;
}

}  // namespace wx::collector
