#include "collector/report/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/core/files.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

constexpr std::uint64_t max_file_bytes = 1 << 20;
constexpr std::array bucket_bounds{"0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30"};

template <class Key>
using Names = std::vector<std::pair<Key, std::string_view>>;

const Names<RequestStatus> request_names{{RequestStatus::ok, "ok"},
                                         {RequestStatus::http_3xx, "http_3xx"},
                                         {RequestStatus::http_4xx, "http_4xx"},
                                         {RequestStatus::http_429, "http_429"},
                                         {RequestStatus::http_5xx, "http_5xx"},
                                         {RequestStatus::malformed, "malformed"},
                                         {RequestStatus::timeout, "timeout"},
                                         {RequestStatus::error, "error"}};
const Names<CacheOperation> cache_names{{CacheOperation::hit, "hit"},
                                        {CacheOperation::miss, "miss"},
                                        {CacheOperation::write, "write"},
                                        {CacheOperation::error, "error"}};
const Names<StoreStatus> store_names{{StoreStatus::ok, "ok"}, {StoreStatus::error, "error"}};

double parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : std::nan("");
}

std::string number(double value) {
  std::array<char, 32> text{};
  // Fixed notation up to 2^53: time stamps stay readable.
  const bool whole = value == std::floor(value) && std::fabs(value) < 9.0e15;
  const auto result =
      whole ? std::to_chars(text.data(), text.data() + text.size(), static_cast<std::int64_t>(value))
            : std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

std::string escape_label(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

double seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Builds the text block by block; counters add to what the last file held.
class Writer {
 public:
  explicit Writer(const MetricSamples& previous) : previous_(previous) {}

  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ +=
        "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void gauge(double value, const std::string& labels = "") { line(name_ + labels, value); }
  void count(double increase, const std::string& suffix_and_labels = "") {
    const auto key = name_ + suffix_and_labels;
    const double before = last(key).value_or(0);
    line(key, std::max(before, 0.0) + increase);
  }
  [[nodiscard]] std::optional<double> last(const std::string& key) const {
    const auto found = previous_.find(key);
    return found == previous_.end() ? std::nullopt : std::optional(found->second);
  }
  template <class Key>
  void counters(const std::string& label, const Names<Key>& names,
                const std::map<Key, std::uint64_t>& increases) {
    for (const auto& [key, text] : names) {
      const auto found = increases.find(key);
      const double increase = found == increases.end() ? 0 : static_cast<double>(found->second);
      count(increase, "{" + label + "=\"" + std::string(text) + "\"}");
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void line(const std::string& key, double value) { text_ += key + " " + number(value) + "\n"; }

  const MetricSamples& previous_;
  std::string name_;
  std::string text_;
};

void write_durations(Writer& writer, const std::vector<double>& durations) {
  writer.family("weather_api_request_duration_seconds", "histogram",
                "Time that requests to the weather service took.");
  for (const std::string_view bound : bucket_bounds) {
    const double limit = parse_number(bound);
    const auto within =
        std::count_if(durations.begin(), durations.end(), [&](double d) { return d <= limit; });
    writer.count(static_cast<double>(within), "_bucket{le=\"" + std::string(bound) + "\"}");
  }
  double sum = 0;
  for (const double duration : durations) sum += duration;
  const auto all = static_cast<double>(durations.size());
  writer.count(all, "_bucket{le=\"+Inf\"}");
  writer.count(sum, "_sum");
  writer.count(all, "_count");
}

void write_last_run(Writer& writer, const Summary& summary, WallTime now) {
  const bool succeeded = !summary.failure;
  writer.family("weather_collector_last_run_timestamp_seconds", "gauge", "When the last run ended.");
  writer.gauge(seconds(now));
  const std::string success = "weather_collector_last_success_timestamp_seconds";
  writer.family(success, "gauge", "When the last successful run ended; 0 before the first.");
  writer.gauge(succeeded ? seconds(now) : writer.last(success).value_or(0));
  writer.family("weather_collector_last_run_duration_seconds", "gauge", "How long the last run took.");
  writer.gauge(std::chrono::duration<double>(summary.duration).count());
  writer.family("weather_collector_last_run_success", "gauge",
                "Whether the last run succeeded (1) or not (0).");
  writer.gauge(succeeded ? 1 : 0);
}

void write_spool(Writer& writer, const Summary& summary) {
  writer.family("weather_collector_points_spooled_total", "counter",
                "Points put into the spool because no store took them.");
  writer.count(static_cast<double>(summary.spooled));
  writer.family("weather_collector_points_drained_total", "counter",
                "Points written to a bucket from the spool.");
  writer.count(static_cast<double>(summary.drained));
  writer.family("weather_collector_points_refused_total", "counter",
                "Points that the store refused for good, set aside.");
  writer.count(static_cast<double>(summary.refused));
  writer.family("weather_collector_spool_lost_total", "counter",
                "What left the spool unwritten: points beyond its limits, records that the disk damaged.");
  writer.count(static_cast<double>(summary.losses.dropped), "{reason=\"limits\"}");
  writer.count(static_cast<double>(summary.losses.damaged), "{reason=\"damaged\"}");
  writer.family("weather_collector_spool_points", "gauge", "Points that wait in the spool for the bucket.");
  writer.gauge(static_cast<double>(summary.waiting));
  writer.family("weather_collector_spool_rejected_points", "gauge",
                "Points set aside because the store refused them for good.");
  writer.gauge(static_cast<double>(summary.set_aside));
  writer.family("cache_size_bytes", "gauge", "Size of the spool on disk.");
  writer.gauge(static_cast<double>(summary.spool_bytes));
}

void write_quota(Writer& writer, const std::vector<QuotaState>& quota) {
  if (quota.empty()) return;
  const auto labels = [](const QuotaState& state) {
    return "{source=\"" + escape_label(state.source) + "\"}";
  };
  writer.family("weather_collector_quota_calls", "gauge",
                "Calls made with the key of a source this UTC day.");
  for (const auto& state : quota) writer.gauge(static_cast<double>(state.used), labels(state));
  writer.family("weather_collector_quota_calls_limit", "gauge",
                "Calls that it may make a day; 0 for no limit.");
  for (const auto& state : quota) writer.gauge(static_cast<double>(state.limit), labels(state));
  writer.family("weather_collector_quota_resting", "gauge",
                "Whether the service asked to be left alone (1) or not (0).");
  for (const auto& state : quota) writer.gauge(state.until ? 1 : 0, labels(state));
}

void write_freshness(Writer& writer, const Summary& summary, const std::vector<Location>& locations) {
  const std::string name = "weather_collector_last_observation_timestamp_seconds";
  writer.family(name, "gauge", "Time of the newest observation by location: the freshness of the data.");
  for (const auto& location : locations) {
    const auto labels = "{location=\"" + escape_label(location.name) + "\"}";
    const auto newest = summary.newest.find(location.name);
    // What was fetched but never reached the bucket is not fresh data to anyone who reads it.
    const bool stored =
        newest != summary.newest.end() && !(summary.failure && (summary.failure->stage == Stage::store ||
                                                                summary.failure->stage == Stage::spooled));
    const auto value = stored ? std::optional(seconds(newest->second)) : writer.last(name + labels);
    if (value) writer.gauge(*value, labels);
  }
}

}  // namespace

MetricSamples parse_metrics(std::string_view text) {
  MetricSamples samples;
  for (const auto& line : split(text, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.rfind(' ');
    if (space == std::string::npos) continue;
    const double value = parse_number(std::string_view(line).substr(space + 1));
    if (std::isfinite(value)) samples.insert_or_assign(line.substr(0, space), value);
  }
  return samples;
}

std::string render_metrics(const MetricSamples& previous, const Summary& summary, const Telemetry& telemetry,
                           const std::vector<Location>& locations, WallTime now) {
  Writer writer(previous);
  writer.family("weather_api_requests_total", "counter",
                "Requests to the weather service by how they ended.");
  writer.counters("status", request_names, telemetry.requests);
  write_durations(writer, telemetry.request_seconds);
  writer.family("cache_operations_total", "counter", "Uses of the station cache.");
  writer.counters("operation", cache_names, telemetry.cache);
  writer.family("influxdb_operations_total", "counter", "Writes to the store by how they ended.");
  writer.counters("status", store_names, telemetry.store);
  writer.family("weather_collector_store_retries_total", "counter", "Requests to the store made once more.");
  writer.count(summary.store ? static_cast<double>(summary.store->retries) : 0);
  writer.family("weather_collector_store_breaker_open", "gauge",
                "Whether the store is left alone (1) or not (0).");
  writer.gauge(summary.store && summary.store->state == BreakerState::open ? 1 : 0);
  writer.family("weather_collector_points_written_total", "counter", "Points written to the bucket.");
  writer.count(static_cast<double>(summary.written));
  writer.family("weather_collector_rejected_total", "counter",
                "Values and records that validation refused, by reason.");
  writer.counters("reason", Names<Reason>(all_reasons().begin(), all_reasons().end()), summary.rejected);
  write_spool(writer, summary);
  write_quota(writer, summary.quota);
  write_last_run(writer, summary, now);
  write_freshness(writer, summary, locations);
  writer.family("weather_collector_build_info", "gauge", "Version of the program that wrote this file.");
  writer.gauge(1, "{version=\"" WX_VERSION "\"}");
  return writer.take();
}

Status update_metrics(FileSystem& files, const std::string& path, const Summary& summary,
                      const Telemetry& telemetry, const std::vector<Location>& locations, WallTime now) {
  const auto text = read_if_present(files, path, max_file_bytes);
  const auto previous = text && *text ? parse_metrics(**text) : MetricSamples{};
  WX_TRY(make_directories(files, parent_path(path), 0755));
  return replace_file(files, path, render_metrics(previous, summary, telemetry, locations, now), 0644);
}

}  // namespace wx::collector
