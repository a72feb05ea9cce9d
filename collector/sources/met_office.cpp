#include "collector/sources/met_office.hpp"

#include <map>
#include <optional>
#include <utility>

#include "collector/sources/records.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

class MetOffice final : public Source {
 public:
  MetOffice(MetOfficeSettings settings, std::vector<Location> locations, Surroundings surroundings,
            StationCache& stations, Telemetry& telemetry)
      : settings_(std::move(settings)),
        locations_(std::move(locations)),
        surroundings_(std::move(surroundings)),
        stations_(stations),
        telemetry_(telemetry) {}

  Result<std::vector<Harvest>> fetch() override {
    Requester requester(surroundings_, settings_.retry, telemetry_);
    // Two places may share a station: it is asked once and written under both names.
    std::map<std::string, std::vector<RawRecord>> by_station;
    std::vector<Harvest> harvests;
    for (const auto& location : locations_) {
      WX_LET(auto records, observe(requester, location, by_station));
      harvests.push_back({location, std::move(records)});
    }
    return harvests;
  }

 private:
  using Fetched = std::map<std::string, std::vector<RawRecord>>;

  Result<std::vector<RawRecord>> observe(Requester& requester, const Location& location, Fetched& fetched) {
    auto known = stations_.find(location, surroundings_.clock.now());
    const bool remembered = known.has_value();
    if (!known) {
      WX_LET(known, nearest(requester, location));
    }
    auto records = observations(requester, *known, fetched);
    if (!records || *records) return present(std::move(records), *known, location);
    if (!remembered) return present(std::move(records), *known, location);
    // The remembered station is gone: ask once more which one is nearest now.
    WX_LET(const auto station, nearest(requester, location));
    return present(observations(requester, station, fetched), station, location);
  }

  static Result<std::vector<RawRecord>> present(Result<std::optional<std::vector<RawRecord>>> records,
                                                const Station& station, const Location& location) {
    if (!records) return std::move(records).error();
    if (*records && !(*records)->empty()) return *std::move(*records);
    const std::string why = *records ? "has no observations" : "is unknown to the service (HTTP 404)";
    return Error{Code::failed,
                 "Met Office: station " + station.geohash + ", nearest to " + location.name + ", " + why,
                 "the next run asks again; if it stays so, choose other coordinates"};
  }

  Result<Station> nearest(Requester& requester, const Location& location) {
    const std::string what = "Met Office: nearest station to " + location.name;
    const auto path =
        "nearest?lat=" + two_decimals(location.latitude) + "&lon=" + two_decimals(location.longitude);
    std::vector<RawRecord> records;
    WX_LET(const auto answer, get(requester, path, what, records));
    if (answer.status == 404 || records.empty()) {
      return Error{Code::failed, what + ": there is none",
                   "check the coordinates; the service covers the United Kingdom"};
    }
    Station station{text_of(records.front(), "geohash"), text_of(records.front(), "area")};
    if (!is_geohash(station.geohash)) return Error{Code::failed, what + ": the answer holds no geohash"};
    const auto kept = stations_.put(location, station, surroundings_.clock.now());
    if (!kept) {
      surroundings_.log.write(LogLevel::warning,
                              "station cache: " + kept.error().message + "; going on without");
    }
    return station;
  }

  // Nothing when the service does not know the station.
  Result<std::optional<std::vector<RawRecord>>> observations(Requester& requester, const Station& station,
                                                             Fetched& fetched) {
    const auto found = fetched.find(station.geohash);
    if (found != fetched.end()) return std::optional(found->second);
    std::vector<RawRecord> records;
    WX_LET(const auto answer,
           get(requester, station.geohash, "Met Office: observations of " + station.geohash, records));
    if (answer.status == 404) return std::optional<std::vector<RawRecord>>();
    fetched.emplace(station.geohash, records);
    return std::optional(std::move(records));
  }

  Result<Answer> get(Requester& requester, const std::string& path, const std::string& what,
                     std::vector<RawRecord>& records) {
    HttpRequest request;
    request.url = settings_.base_url + "/observation-land/1/" + path;
    request.headers = {{"apikey", settings_.api_key}, {"Accept", "application/json"}};
    request.timeout = std::chrono::ceil<Millis>(settings_.timeout);
    request.max_body_bytes = settings_.max_response_bytes;
    return requester.get(request, what, settings_.api_key, [&](const HttpResponse& response) -> Status {
      auto parsed = parse_records(response.body);
      if (!parsed) {
        const auto type =
            response.content_type.empty() ? "no content type" : printable(response.content_type, 80);
        return Error{Code::failed, "the answer is unusable: " + parsed.error().message + " (" + type + ", " +
                                       plural(response.body.size(), "byte") + ")"};
      }
      records = std::move(parsed).value();
      return {};
    });
  }

  static std::string text_of(const RawRecord& record, const std::string& key) {
    const auto found = record.find(key);
    const auto* text = found == record.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? std::string() : *text;
  }

  MetOfficeSettings settings_;
  std::vector<Location> locations_;
  Surroundings surroundings_;
  StationCache& stations_;
  Telemetry& telemetry_;
};

}  // namespace

std::unique_ptr<Source> make_met_office(MetOfficeSettings settings, std::vector<Location> locations,
                                        Surroundings surroundings, StationCache& stations,
                                        Telemetry& telemetry) {
  return std::make_unique<MetOffice>(std::move(settings), std::move(locations), std::move(surroundings),
                                     stations, telemetry);
}

}  // namespace wx::collector
