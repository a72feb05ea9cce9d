#include <map>
#include <nlohmann/json.hpp>

#include "common/core/text.hpp"
#include "common/store/influx_bucket.hpp"
#include "common/store/influx_dialect.hpp"
#include "common/store/influx_server.hpp"

namespace wx {
namespace {

using nlohmann::json;

constexpr const char* form = "application/x-www-form-urlencoded";

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == quote || c == '\\') out += '\\';
    out += c;
  }
  return out + quote;
}
std::string identifier(std::string_view name) {
  return in_quotes(name, '"');
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto part = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < part.size() ? static_cast<unsigned char>(part[j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += j <= part.size() ? digits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

// float, integer, string, boolean: JSON alone does not tell 1.0 from 1.
using FieldTypes = std::map<std::string, std::string>;

std::optional<FieldValue> field_value(const json& cell, const std::string& type) {
  if (cell.is_string()) return FieldValue(cell.get<std::string>());
  if (cell.is_boolean()) return FieldValue(cell.get<bool>());
  if (!cell.is_number()) return std::nullopt;
  if (type == "float" || (type != "integer" && cell.is_number_float())) return FieldValue(cell.get<double>());
  return FieldValue(cell.get<std::int64_t>());
}

class Influx1 final : public InfluxDialect {
 public:
  explicit Influx1(InfluxServer server) : server_(std::move(server)) {}

  Result<std::vector<SeriesName>> series(const PointRange& range) override {
    std::vector<SeriesName> names;
    WX_LET(const auto answer, query(range.bucket, "SHOW SERIES" + from(range.measurement)));
    for (const auto& table : answer)
      for (const auto& row : table.at("values")) names.push_back(split_series(row.at(0).get<std::string>()));
    return names;
  }

  Result<InfluxPage> page(const PointRange& range, const InfluxSeries& series) override {
    WX_LET(const FieldTypes* types, types_of(range.bucket, series.name.measurement));
    WX_LET(const auto answer,
           query(range.bucket, "SELECT *" + from(series.name.measurement) + " WHERE " + only(series) +
                                   span(range) + " GROUP BY * LIMIT " + std::to_string(influx_page)));
    InfluxPage page;
    for (const auto& table : answer) {
      const auto& columns = table.at("columns");
      for (const auto& row : table.at("values")) {
        Point point{series.name.measurement, series.name.tags, row.at(0).get<std::int64_t>(), {}};
        for (std::size_t i = 1; i < columns.size(); ++i) {
          const auto name = columns.at(i).get<std::string>();
          const auto type = types->find(name);
          if (auto value = field_value(row.at(i), type == types->end() ? std::string{} : type->second))
            point.fields.emplace(name, *std::move(value));
        }
        page.points.push_back(std::move(point));
      }
      // `partial`: the server's own limit (max-row-limit) was reached before ours.
      if (table.value("partial", false)) page.whole = false;
    }
    if (page.points.size() >= influx_page) page.whole = false;
    return page;
  }

  // count() counts the values of one field, which are points only where every point has that field.
  Result<std::optional<std::uint64_t>> count(const PointRange& range) override {
    if (range.measurement.empty()) return std::optional<std::uint64_t>{};
    WX_LET(const FieldTypes* types, types_of(range.bucket, range.measurement));
    if (types->size() != 1) return std::optional<std::uint64_t>{};
    WX_LET(const auto answer, query(range.bucket, "SELECT count(" + identifier(types->begin()->first) + ")" +
                                                      from(range.measurement) + " WHERE " + span(range)));
    std::uint64_t points = 0;
    for (const auto& table : answer)
      for (const auto& row : table.at("values")) points += row.at(1).get<std::uint64_t>();
    return std::optional<std::uint64_t>{points};
  }

  Status write(const std::string& bucket, const std::string& lines) override {
    types_.clear();
    auto written = server_.post("write to database " + bucket, "/write",
                                {{"db", bucket}, {"precision", "ns"}}, "text/plain; charset=utf-8", lines);
    return written ? Status{} : Status(std::move(written).error());
  }

  // Lines without a point pass through authorisation and the look for the database.
  Status check_writable(const std::string& bucket) override {
    WX_TRY(write(bucket, {}));
    return find_database(bucket);
  }

  Status remove_points(const std::string& bucket) override {
    types_.clear();
    WX_TRY(find_database(bucket));
    WX_LET(const auto answer, query(bucket, "SHOW MEASUREMENTS"));
    // DELETE needs the right to write alone, DROP that of an administrator.
    for (const auto& table : answer)
      for (const auto& row : table.at("values"))
        WX_TRY(query(bucket, "DELETE" + from(row.at(0).get<std::string>())));
    return {};
  }

 private:
  // Other statements answer for a database that is not there as for an empty one.
  Status find_database(const std::string& bucket) {
    WX_TRY(query(bucket, "SHOW RETENTION POLICIES"));
    return {};
  }
  static std::string from(const std::string& measurement) {
    return measurement.empty() ? std::string{} : " FROM " + identifier(measurement);
  }
  static std::string span(const PointRange& range) {
    return "time >= " + std::to_string(range.from_ns) + " AND time < " + std::to_string(range.to_ns);
  }
  static std::string only(const InfluxSeries& series) {
    const Tags tags = split_tags(series.name.tags);
    std::string out;
    for (const auto& key : *series.tag_keys) {
      std::string value;
      for (const auto& [name, held] : tags)
        if (name == key) value = held;
      out += identifier(key) + " = " + in_quotes(value, '\'') + " AND ";
    }
    return out;
  }

  // The tables of the one statement's answer. A missing database comes with status 200.
  Result<std::vector<json>> query(const std::string& bucket, const std::string& text) {
    const std::string doing = "read database " + bucket;
    WX_LET(const std::string body,
           server_.post(doing, "/query", {}, form,
                        encode_parameters({{"db", bucket}, {"epoch", "ns"}, {"q", text}})));
    try {
      const json document = json::parse(body);
      std::vector<json> tables;
      for (const auto& result : document.at("results")) {
        if (result.contains("error")) return refusal(doing, result["error"].get<std::string>());
        if (result.contains("series"))
          for (const auto& table : result["series"]) tables.push_back(table);
      }
      return tables;
    } catch (const json::exception&) {
      return Error{Code::failed, server_.told(doing, "the answer is not what an InfluxDB 1.x says"),
                   "check store.url and store.kind"};
    }
  }

  [[nodiscard]] Error refusal(const std::string& doing, const std::string& why) const {
    if (why.find("not found") != std::string::npos)
      return {Code::not_found, server_.told(doing, printable(why, 200)),
              "make it on the server (CREATE DATABASE), or correct the name in the configuration"};
    return {Code::failed, server_.told(doing, printable(why, 300)), "see the server's log"};
  }

  // Valid until something is written.
  Result<const FieldTypes*> types_of(const std::string& bucket, const std::string& measurement) {
    const auto key = std::pair(bucket, measurement);
    if (const auto known = types_.find(key); known != types_.end()) return &known->second;
    WX_LET(const auto answer, query(bucket, "SHOW FIELD KEYS" + from(measurement)));
    FieldTypes types;
    for (const auto& table : answer)
      for (const auto& row : table.at("values")) {
        // A field of two types (in different shards) is told by each value.
        const auto [entry, fresh] = types.emplace(row.at(0).get<std::string>(), row.at(1).get<std::string>());
        if (!fresh) entry->second.clear();
      }
    return &types_.emplace(key, std::move(types)).first->second;
  }

  InfluxServer server_;
  std::map<std::pair<std::string, std::string>, FieldTypes> types_;
};

}  // namespace

std::unique_ptr<BucketStore> open_influx1_bucket(Http& http, const std::string& url,
                                                 const InfluxToken& token) {
  InfluxServer server(http, url, token.secret.empty() ? std::string{} : "Basic " + base64(token.secret),
                      token.place);
  return make_influx_store(std::make_shared<Influx1>(std::move(server)));
}

}  // namespace wx
