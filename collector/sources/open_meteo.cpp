#include "collector/sources/open_meteo.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "collector/sources/json_values.hpp"
#include "collector/sources/records.hpp"
#include "collector/sources/requester.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using enum FieldKind;
using Json = nlohmann::json;

// The codes are those of WMO 4677, not of the Met Office: another name keeps them apart.
constexpr std::array model_fields{
    FieldRule{"temperature_2m", "temperature", number, possible::coldest, possible::hottest, "°C"},
    FieldRule{"relative_humidity_2m", "humidity", number, 0, 100, "%"},
    FieldRule{"dew_point_2m", "dew_point", number, possible::coldest, possible::hottest, "°C"},
    FieldRule{"pressure_msl", "msl_pressure", number, possible::lowest_pressure, possible::highest_pressure,
              "hPa"},
    FieldRule{"visibility", "visibility", number, 0, possible::farthest_view, "m"},
    FieldRule{"precipitation", "precipitation", number, 0, possible::wettest_hour, "mm"},
    FieldRule{"cloud_cover", "cloud_cover", number, 0, 100, "%"},
    FieldRule{"weather_code", "weather_code_wmo", code, 0, 99, "wmo code"},
    FieldRule{"wind_speed_10m", "wind_speed", number, 0, possible::strongest_wind, "m/s"},
    FieldRule{"wind_direction_10m", "wind_direction_degrees", number, 0, 360, "°"},
    FieldRule{"wind_gusts_10m", "wind_gust", number, 0, possible::strongest_wind, "m/s"},
};

const Product& model_values() {
  static const Product product{
      "open_meteo", measurement::analysed, measurement::foretold, "time", TimeForm::unix_seconds, 7 * 24h,
      17 * 24h,     model_fields};
  return product;
}

// Keeps an address below what proxies take, and a request within the quota of a minute.
constexpr std::size_t places_per_request = 100;
// 100 places of 48 hours and 11 fields are 60 thousand; of two weeks ahead half a million.
constexpr std::size_t max_values_of_a_batch = 1'000'000;
constexpr int hours_back = 48;

std::string four_decimals(double degrees) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f", degrees);
  return text.data();
}

// Columns that are parallel to the times; one that is not says nothing of any of them.
Result<Reading> read_place(const Json& place) {
  if (!place.is_object()) return Error{Code::failed, "an object was expected for each place"};
  const auto hourly = place.find("hourly");
  if (hourly == place.end() || !hourly->is_object()) return Error{Code::failed, "\"hourly\" is missing"};
  const auto times = hourly->find("time");
  if (times == hourly->end() || !times->is_array()) return Error{Code::failed, "\"hourly.time\" is missing"};
  if (times->size() > max_records)
    return Error{Code::failed, "more than " + std::to_string(max_records) + " hours"};
  const auto units = place.find("hourly_units");
  const bool names_units = units != place.end() && units->is_object();

  Reading reading{model_values(), std::vector<RawRecord>(times->size())};
  for (std::size_t i = 0; i < times->size(); ++i) reading.records[i].emplace("time", raw_value((*times)[i]));
  for (const auto& rule : model_fields) {
    const std::string key(rule.source);
    const auto column = hourly->find(key);
    if (column == hourly->end()) continue;
    const bool parallel = column->is_array() && column->size() == times->size();
    const bool right_unit = names_units && text_member(*units, key.c_str()) == rule.unit;
    for (std::size_t i = 0; i < times->size(); ++i) {
      auto value = parallel ? raw_value((*column)[i]) : RawValue{Unusable{}};
      if (!right_unit && std::holds_alternative<double>(value)) value = WrongUnit{};
      reading.records[i].emplace(key, std::move(value));
    }
  }
  return reading;
}

class OpenMeteo final : public Source {
 public:
  OpenMeteo(SourceSettings settings, SourceTools tools, std::int64_t hours_ahead)
      : settings_(std::move(settings)), tools_(std::move(tools)), hours_ahead_(hours_ahead) {}

  // One request at a time: the free service turns away whoever sends several at once.
  Yield fetch() override {
    Requester requester(tools_, settings_,
                        {"Open-Meteo", settings_.name, "check open_meteo.api_key",
                         "the free service is closed to this machine, or the key is not for this product"});
    Yield yield;
    const auto& all = settings_.locations;
    for (std::size_t from = 0; from < all.size(); from += places_per_request) {
      const auto to = std::min(from + places_per_request, all.size());
      const std::vector<Location> places(all.begin() + static_cast<std::ptrdiff_t>(from),
                                         all.begin() + static_cast<std::ptrdiff_t>(to));
      auto readings = ask(requester, places);
      if (!readings) {
        yield.errors.push_back(std::move(readings).error());
        if (requester.is_hopeless()) break;
        continue;
      }
      for (std::size_t i = 0; i < places.size(); ++i)
        yield.harvests.push_back({places[i], (*readings)[i].product, std::move((*readings)[i].records)});
    }
    return yield;
  }

 private:
  Result<std::vector<Reading>> ask(Requester& requester, const std::vector<Location>& places) {
    std::vector<Reading> readings;
    const auto what = "the hours of " + places.front().name +
                      (places.size() > 1 ? " and " + plural(places.size() - 1, "other place") : "");
    WX_LET(const auto answer, requester.get(address(places), what, [&](const std::string& body) -> Status {
      WX_LET(readings, parse_open_meteo(body));
      if (readings.size() == places.size()) return {};
      return Error{Code::failed,
                   plural(readings.size(), "place") + " instead of " + std::to_string(places.size())};
    }));
    if (answer.status == 404)
      return Error{Code::failed, "Open-Meteo: HTTP 404 for " + what, "check open_meteo.base_url"};
    return readings;
  }

  [[nodiscard]] std::string address(const std::vector<Location>& places) const {
    std::vector<std::string> latitudes, longitudes, variables;
    for (const auto& place : places) {
      latitudes.push_back(four_decimals(place.latitude));
      longitudes.push_back(four_decimals(place.longitude));
    }
    for (const auto& rule : model_fields) variables.emplace_back(rule.source);
    return settings_.base_url + "/v1/forecast?latitude=" + join(latitudes, ",") +
           "&longitude=" + join(longitudes, ",") + "&hourly=" + join(variables, ",") +
           "&past_hours=" + std::to_string(hours_back) +
           "&forecast_hours=" + std::to_string(hours_ahead_ + 1) +  // the present one is counted
           "&timeformat=unixtime&timezone=GMT&wind_speed_unit=ms";
  }

  SourceSettings settings_;
  SourceTools tools_;
  std::int64_t hours_ahead_;
};

}  // namespace

MakeSource read_open_meteo(SourceBlock& block) {
  block.asks("https://api.open-meteo.com", {});
  const auto hours_ahead = block.whole("forecast_hours", 0, 0, 16LL * 24);
  return [hours_ahead](const SourceSettings& settings, const SourceTools& tools) {
    return std::make_unique<OpenMeteo>(settings, tools, hours_ahead);
  };
}

Result<std::vector<Reading>> parse_open_meteo(std::string_view answer) {
  WX_LET(const auto document, parse_bounded(answer, max_values_of_a_batch));
  std::vector<Reading> readings;
  if (!document.is_array()) {
    WX_LET(auto reading, read_place(document));
    readings.push_back(std::move(reading));
    return readings;
  }
  for (const auto& place : document) {
    WX_LET(auto reading, read_place(place));
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace wx::collector
