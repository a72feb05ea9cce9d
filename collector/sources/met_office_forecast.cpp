#include "collector/sources/met_office_forecast.hpp"

#include <array>
#include <utility>

#include "collector/sources/json_values.hpp"
#include "collector/sources/records.hpp"
#include "collector/sources/requester.hpp"
#include "collector/sources/station_cache.hpp"

namespace wx::collector {
namespace {

using namespace std::chrono_literals;
using enum FieldKind;

// Of a run every half an hour the last ones are enough for one place.
constexpr QuotaPolicy free_forecast_plan{360, 60};

constexpr double pascals_per_hectopascal = 100;

constexpr std::array forecast_fields{
    FieldRule{"screenTemperature", "temperature", number, possible::coldest, possible::hottest},
    FieldRule{"screenDewPointTemperature", "dew_point", number, possible::coldest, possible::hottest},
    FieldRule{"feelsLikeTemperature", "feels_like", number, -130, 80},
    FieldRule{"screenRelativeHumidity", "humidity", number, 0, 100},
    FieldRule{"mslp", "msl_pressure", number, possible::lowest_pressure, possible::highest_pressure, "Pa",
              pascals_per_hectopascal},
    FieldRule{"visibility", "visibility", number, 0, possible::farthest_view},
    FieldRule{"windSpeed10m", "wind_speed", number, 0, possible::strongest_wind},
    FieldRule{"windDirectionFrom10m", "wind_direction_degrees", number, 0, 360},
    FieldRule{"windGustSpeed10m", "wind_gust", number, 0, possible::strongest_wind},
    FieldRule{"uvIndex", "uv_index", number, 0, 30},
    FieldRule{"significantWeatherCode", "weather_code", code, -1, 30},
    FieldRule{"precipitationRate", "precipitation_rate", number, 0, possible::wettest_hour},
    FieldRule{"totalPrecipAmount", "precipitation", number, 0, possible::wettest_hour},
    FieldRule{"probOfPrecipitation", "precipitation_probability", number, 0, 100},
};

const Product& site_forecast() {
  // 49 hours from at most an hour ago; a late model run begins earlier.
  static const Product product{"met_office", measurement::foretold, measurement::foretold,
                               "time",       TimeForm::rfc3339,     24h,
                               4 * 24h,      forecast_fields};
  return product;
}

// 49 hours of some 25 values are 1200.
constexpr std::size_t max_forecast_values = 100'000;

class MetOfficeForecast final : public Source {
 public:
  MetOfficeForecast(SourceSettings settings, SourceTools tools)
      : settings_(std::move(settings)), tools_(std::move(tools)) {}

  Yield fetch() override {
    Requester requester(
        tools_, settings_,
        {"Met Office", settings_.name,
         "check " + settings_.name + ".api_key: the key is wrong or has expired",
         "the key belongs to another product: subscribe it to Site Specific at datahub.metoffice.gov.uk"});
    Yield yield;
    for (const auto& location : settings_.locations) {
      auto reading = ask(requester, location);
      if (reading) {
        yield.harvests.push_back({location, reading->product, std::move(reading->records)});
        continue;
      }
      yield.errors.push_back(std::move(reading).error());
      if (requester.is_hopeless()) break;
    }
    return yield;
  }

 private:
  Result<Reading> ask(Requester& requester, const Location& location) {
    std::vector<Reading> readings;
    const auto what = "forecast for " + location.name;
    const auto url = settings_.base_url +
                     "/sitespecific/v0/point/hourly?latitude=" + two_decimals(location.latitude) +
                     "&longitude=" + two_decimals(location.longitude) +
                     "&includeLocationName=true&excludeParameterMetadata=true";
    WX_LET(const auto answer, requester.get(url, what, [&](const std::string& body) -> Status {
      WX_LET(readings, parse_met_office_forecast(body));
      return {};
    }));
    if (answer.status == 404)
      return Error{Code::failed, "Met Office: there is no " + what + " (HTTP 404)",
                   "check the coordinates and " + settings_.name + ".base_url"};
    return std::move(readings.front());
  }

  SourceSettings settings_;
  SourceTools tools_;
};

}  // namespace

MakeSource read_met_office_forecast(SourceBlock& block) {
  block.needs_key();
  block.asks("https://data.hub.api.metoffice.gov.uk", free_forecast_plan);
  return [](const SourceSettings& settings, const SourceTools& tools) {
    return std::make_unique<MetOfficeForecast>(settings, tools);
  };
}

Result<std::vector<Reading>> parse_met_office_forecast(std::string_view answer) {
  WX_LET(const auto document, parse_bounded(answer, max_forecast_values));
  const auto pointer = nlohmann::json::json_pointer("/features/0/properties/timeSeries");
  if (!document.is_object() || !document.contains(pointer) || !document.at(pointer).is_array())
    return Error{Code::failed, "\"features[0].properties.timeSeries\" is missing"};
  Reading reading{site_forecast(), {}};
  for (const auto& hour : document.at(pointer)) {
    if (!hour.is_object()) return Error{Code::failed, "an object was expected for each hour"};
    reading.records.push_back(raw_record(hour));
  }
  return std::vector<Reading>{std::move(reading)};
}

}  // namespace wx::collector
