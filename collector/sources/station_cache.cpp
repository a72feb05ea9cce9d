#include "collector/sources/station_cache.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;

constexpr auto max_age = 7 * 24h;  // stations open and close; a week costs one call
constexpr std::uint64_t max_bytes = 1 << 20;
constexpr std::size_t max_entries = 2'000;

std::string text_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string two_decimals(double degrees) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", degrees);
  std::string result(text.data());
  return result == "-0.00" ? "0.00" : result;
}

bool is_geohash(const std::string& text) {
  return !text.empty() && text.size() <= 12 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  });
}

StationCache::StationCache(FileSystem& files, std::string file, std::string service, bool read_only,
                           Telemetry& telemetry)
    : files_(files),
      file_(std::move(file)),
      service_(std::move(service)),
      read_only_(read_only),
      telemetry_(telemetry) {
  load();
}

void StationCache::load() {
  const auto text = read_if_present(files_, file_, max_bytes);
  if (!text || !*text) return;
  const auto document = nlohmann::json::parse(**text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || document.value("format", nlohmann::json()) != 1) return;
  const auto list = document.find("stations");
  if (list == document.end() || !list->is_array() || list->size() > max_entries) return;
  for (const auto& item : *list) {
    if (!item.is_object()) continue;
    const auto found = parse_instant(text_in(item, "found"));
    Entry entry{text_in(item, "service"),
                text_in(item, "latitude"),
                text_in(item, "longitude"),
                {text_in(item, "geohash"), text_in(item, "area")},
                {}};
    if (!found || !is_geohash(entry.station.geohash)) continue;
    entry.found = *found;
    entries_.push_back(std::move(entry));
  }
}

bool StationCache::matches(const Entry& entry, const Location& location) const {
  return entry.service == service_ && entry.latitude == two_decimals(location.latitude) &&
         entry.longitude == two_decimals(location.longitude);
}

std::optional<Station> StationCache::find(const Location& location, WallTime now) {
  for (const auto& entry : entries_) {
    // An entry from the future means that the clock was wrong then or is now: ask.
    if (matches(entry, location) && entry.found <= now && now - entry.found < max_age) {
      ++telemetry_.cache[CacheOperation::hit];
      return entry.station;
    }
  }
  ++telemetry_.cache[CacheOperation::miss];
  return std::nullopt;
}

Status StationCache::put(const Location& location, const Station& station, WallTime now) {
  std::erase_if(entries_, [&](const Entry& entry) { return matches(entry, location); });
  if (entries_.size() == max_entries) entries_.erase(entries_.begin());
  entries_.push_back(
      {service_, two_decimals(location.latitude), two_decimals(location.longitude), station, now});
  if (read_only_) return {};

  auto list = nlohmann::json::array();
  for (const auto& entry : entries_) {
    list.push_back({{"service", entry.service},
                    {"latitude", entry.latitude},
                    {"longitude", entry.longitude},
                    {"geohash", entry.station.geohash},
                    {"area", entry.station.area},
                    {"found", format_instant(entry.found)}});
  }
  const nlohmann::json document{{"format", 1}, {"stations", std::move(list)}};
  // The service's texts may hold anything; what is no UTF-8 is replaced rather than thrown at.
  const auto text = document.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  auto written = make_directories(files_, parent_path(file_), 0700);
  if (written) written = replace_file(files_, file_, text, 0600);
  ++telemetry_.cache[written ? CacheOperation::write : CacheOperation::error];
  return written;
}

}  // namespace wx::collector
