#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/core/instant.hpp"
#include "common/store/flux_csv.hpp"
#include "common/store/influx_bucket.hpp"
#include "common/store/influx_dialect.hpp"
#include "common/store/influx_server.hpp"

namespace wx {
namespace {

using nlohmann::json;

// A Flux string literal; `${` would begin an expression.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool expression = c == '$' && i + 1 < text.size() && text[i + 1] == '{';
    if (c == '"' || c == '\\' || expression) out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out + "\"";
}

bool is_tag(const FluxColumn& column) {
  static const std::set<std::string, std::less<>> others{"",      "result", "table",  "_start",      "_stop",
                                                         "_time", "_value", "_field", "_measurement"};
  return !others.contains(column.name);
}

SeriesName series_of(const FluxRow& row) {
  Tags tags;
  for (std::size_t i = 0; i < row.columns.size(); ++i)
    if (is_tag(row.columns[i])) tags.emplace_back(row.columns[i].name, row.cells[i]);
  return {row.at("_measurement"), join_tags(std::move(tags))};
}

class Influx2 final : public InfluxDialect {
 public:
  Influx2(InfluxServer server, std::string org) : server_(std::move(server)), org_(std::move(org)) {}

  Result<std::vector<SeriesName>> series(const PointRange& range) override {
    std::vector<SeriesName> names;
    // One row for each series and field.
    WX_TRY(query(range.bucket,
                 from(range) + " |> first() |> drop(columns: [\"_start\", \"_stop\", \"_time\", \"_value\"])",
                 [&](const FluxRow& row) {
                   names.push_back(series_of(row));
                   return Status{};
                 }));
    return names;
  }

  // Each field is a table of its own with its own limit: what lies behind the end of the shortest table that
  // reached it is for the next page.
  Result<InfluxPage> page(const PointRange& range, const InfluxSeries& series) override {
    std::map<std::int64_t, Point> points;
    std::map<std::string, std::pair<std::size_t, std::int64_t>> fields;  // rows, last time
    WX_TRY(query(range.bucket,
                 from(range) + " |> filter(fn: (r) => " + only(series) + ") |> limit(n: " +
                     std::to_string(influx_page) + ") |> keep(columns: [\"_time\", \"_field\", \"_value\"])",
                 [&](const FluxRow& row) -> Status {
                   WX_LET(const std::int64_t time, parse_instant_ns(row.at("_time")));
                   WX_LET(FieldValue value, flux_value(row.at("_value"), type_of_value(row)));
                   auto& [rows, last] = fields[row.at("_field")];
                   ++rows;
                   last = std::max(last, time);
                   Point& point = points[time];
                   point.fields.insert_or_assign(row.at("_field"), std::move(value));
                   return {};
                 }));
    InfluxPage page;
    std::int64_t horizon = std::numeric_limits<std::int64_t>::max();
    for (const auto& [name, seen] : fields)
      if (seen.first >= influx_page) {
        page.whole = false;
        horizon = std::min(horizon, seen.second);
      }
    for (auto& [time, point] : points) {
      if (time > horizon) break;
      page.points.push_back({series.name.measurement, series.name.tags, time, std::move(point.fields)});
    }
    return page;
  }

  Result<std::optional<std::uint64_t>> count(const PointRange& range) override {
    std::uint64_t points = 0;
    WX_TRY(query(range.bucket,
                 from(range) + " |> drop(columns: [\"_start\", \"_stop\", \"_value\", \"_field\"])" +
                     " |> distinct(column: \"_time\") |> count()",
                 [&](const FluxRow& row) -> Status {
                   WX_LET(const FieldValue value, flux_value(row.at("_value"), "long"));
                   points += static_cast<std::uint64_t>(std::get<std::int64_t>(value));
                   return {};
                 }));
    return std::optional<std::uint64_t>{points};
  }

  Status write(const std::string& bucket, const std::string& lines) override {
    if (lines.empty()) return {};
    return post_lines(bucket, lines);
  }

  // A write without a point is refused (400) only after authorisation and the look for the bucket; reading is
  // asked for apart.
  Status check_writable(const std::string& bucket) override {
    auto written = post_lines(bucket, {});
    if (!written && !(written.error().code == Code::failed &&
                      written.error().message.find("writing requires points") != std::string::npos))
      return written;
    return query(bucket, from({.bucket = bucket, .from_ns = 0, .to_ns = 1}) + " |> limit(n: 1)",
                 [](const FluxRow&) { return Status{}; });
  }

  Status remove_points(const std::string& bucket) override {
    const json order{{"start", format_instant_ns(influx_first_ns)},
                     {"stop", format_instant_ns(influx_last_ns)}};
    auto removed = server_.post("empty bucket " + bucket, "/api/v2/delete",
                                {{"org", org_}, {"bucket", bucket}}, "application/json", order.dump());
    return removed ? Status{} : Status(std::move(removed).error());
  }

 private:
  Status post_lines(const std::string& bucket, const std::string& lines) {
    auto written = server_.post("write to bucket " + bucket, "/api/v2/write",
                                {{"org", org_}, {"bucket", bucket}, {"precision", "ns"}},
                                "text/plain; charset=utf-8", lines);
    return written ? Status{} : Status(std::move(written).error());
  }

  static std::string from(const PointRange& range) {
    std::string out = "from(bucket: " + literal(range.bucket) +
                      ") |> range(start: " + format_instant_ns(range.from_ns) +
                      ", stop: " + format_instant_ns(range.to_ns) + ")";
    if (!range.measurement.empty())
      out += " |> filter(fn: (r) => r[\"_measurement\"] == " + literal(range.measurement) + ")";
    return out;
  }

  static std::string only(const InfluxSeries& series) {
    const Tags tags = split_tags(series.name.tags);
    std::string out = "r[\"_measurement\"] == " + literal(series.name.measurement);
    for (const auto& key : *series.tag_keys) {
      const auto held =
          std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag.first == key; });
      out += held == tags.end() ? " and not exists r[" + literal(key) + "]"
                                : " and r[" + literal(key) + "] == " + literal(held->second);
    }
    return out;
  }

  static std::string type_of_value(const FluxRow& row) {
    for (const auto& column : row.columns)
      if (column.name == "_value") return column.type;
    return {};
  }

  Status query(const std::string& bucket, const std::string& flux,
               const std::function<Status(const FluxRow&)>& see) {
    const std::string doing = "read bucket " + bucket;
    const json request{{"query", flux},
                       {"type", "flux"},
                       {"dialect", {{"annotations", {"datatype"}}, {"header", true}, {"delimiter", ","}}}};
    WX_LET(const std::string csv, server_.post(doing, "/api/v2/query", {{"org", org_}}, "application/json",
                                               request.dump(-1, ' ', false, json::error_handler_t::replace)));
    auto read = read_flux_csv(csv, see);
    return read ? Status{} : Status(std::move(read).error().with_context(server_.told(doing, "")));
  }

  InfluxServer server_;
  std::string org_;
};

}  // namespace

std::unique_ptr<BucketStore> open_influx2_bucket(Http& http, const std::string& url, const std::string& org,
                                                 const InfluxToken& token) {
  InfluxServer server(http, url, token.secret.empty() ? std::string{} : "Token " + token.secret, token.place);
  return make_influx_store(std::make_shared<Influx2>(std::move(server), org));
}

}  // namespace wx
