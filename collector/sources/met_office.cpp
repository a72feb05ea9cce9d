#include "collector/sources/met_office.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "collector/sources/records.hpp"
#include "collector/sources/requester.hpp"
#include "collector/sources/station_cache.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using enum FieldKind;

// Of a run every half an hour the last ones are enough for one place.
constexpr QuotaPolicy free_plan{360, 60};

constexpr std::array land_fields{
    FieldRule{"temperature", "temperature", number, possible::coldest, possible::hottest},
    FieldRule{"humidity", "humidity", number, 0, 100},
    FieldRule{"mslp", "msl_pressure", number, possible::lowest_pressure, possible::highest_pressure},
    FieldRule{"pressure_tendency", "pressure_tendency", tendency, 0, 0},
    FieldRule{"visibility", "visibility", number, 0, possible::farthest_view},
    FieldRule{"weather_code", "weather_code", code, -1, 30},
    FieldRule{"wind_direction", "wind_direction", compass, 0, 0},
    FieldRule{"wind_gust", "wind_gust", number, 0, possible::strongest_wind},
    FieldRule{"wind_speed", "wind_speed", number, 0, possible::strongest_wind},
};

class MetOffice final : public Source {
 public:
  MetOffice(SourceSettings settings, SourceTools tools)
      : settings_(std::move(settings)),
        tools_(std::move(tools)),
        stations_(tools_.files, tools_.cache_directory + "/stations.json", settings_.base_url,
                  tools_.read_only, tools_.telemetry) {}

  Yield fetch() override {
    Requester requester(tools_, settings_,
                        {"Met Office", settings_.name,
                         "check met_office.api_key (MET_OFFICE_API_KEY): the key is wrong or has expired",
                         "the key belongs to another product: subscribe it to Land Observations at "
                         "datahub.metoffice.gov.uk"});
    // Two places may share a station: it is asked once and written under both names.
    Fetched by_station;
    Yield yield;
    for (const auto& location : settings_.locations) {
      auto records = observe(requester, location, by_station);
      if (records) {
        yield.harvests.push_back({location, land_observations(), std::move(records).value()});
      } else {
        yield.errors.push_back(std::move(records).error());
        if (requester.is_hopeless()) break;
      }
    }
    return yield;
  }

 private:
  using Fetched = std::map<std::string, std::vector<RawRecord>>;

  Result<std::vector<RawRecord>> observe(Requester& requester, const Location& location, Fetched& fetched) {
    const auto now = tools_.surroundings.clock.now();
    auto known = stations_.find(location, now);
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
    const std::string what = "nearest station to " + location.name;
    const auto path =
        "nearest?lat=" + two_decimals(location.latitude) + "&lon=" + two_decimals(location.longitude);
    std::vector<RawRecord> records;
    WX_LET(const auto answer, get(requester, path, what, records));
    if (answer.status == 404 || records.empty()) {
      return Error{Code::failed, "Met Office: " + what + ": there is none",
                   "check the coordinates; the service covers the United Kingdom"};
    }
    Station station{text_of(records.front(), "geohash"), text_of(records.front(), "area")};
    if (!is_geohash(station.geohash))
      return Error{Code::failed, "Met Office: " + what + ": the answer holds no geohash"};
    const auto kept = stations_.put(location, station, tools_.surroundings.clock.now());
    if (!kept) {
      tools_.surroundings.log.write(LogLevel::warning,
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
    WX_LET(const auto answer, get(requester, station.geohash, "observations of " + station.geohash, records));
    if (answer.status == 404) return std::optional<std::vector<RawRecord>>();
    fetched.emplace(station.geohash, records);
    return std::optional(std::move(records));
  }

  Result<Answer> get(Requester& requester, const std::string& path, const std::string& what,
                     std::vector<RawRecord>& records) {
    return requester.get(settings_.base_url + "/observation-land/1/" + path, what,
                         [&](const std::string& body) -> Status {
                           WX_LET(records, parse_records(body));
                           return {};
                         });
  }

  static std::string text_of(const RawRecord& record, const std::string& key) {
    const auto found = record.find(key);
    const auto* text = found == record.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? std::string() : *text;
  }

  SourceSettings settings_;
  SourceTools tools_;
  StationCache stations_;
};

}  // namespace

const Product& land_observations() {
  // The service serves 48 hours; a week leaves room for a longer window, not for another year. Clocks that
  // are honest differ by less than a quarter, observations by an hour.
  static const Product product{"met_office",
                               measurement::observed,
                               measurement::observed,
                               "datetime",
                               TimeForm::rfc3339,
                               7 * 24h,
                               15min,
                               land_fields};
  return product;
}

MakeSource read_met_office(SourceBlock& block) {
  block.needs_key();
  block.asks("https://data.hub.api.metoffice.gov.uk", free_plan);
  return [](const SourceSettings& settings, const SourceTools& tools) {
    return std::make_unique<MetOffice>(settings, tools);
  };
}

Result<std::vector<Reading>> parse_met_office(std::string_view answer) {
  WX_LET(auto records, parse_records(answer));
  return std::vector<Reading>{{land_observations(), std::move(records)}};
}

}  // namespace wx::collector
