// A store over either version of InfluxDB: streams made of pages, batches that the server takes.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/store/influx_dialect.hpp"

namespace wx {
namespace {

constexpr std::size_t batch_points = 5000;

bool by_name(const InfluxSeries& a, const InfluxSeries& b) {
  return std::tie(a.name.measurement, a.name.tags) < std::tie(b.name.measurement, b.name.tags);
}

std::vector<InfluxSeries> in_order(std::vector<SeriesName> names) {
  std::map<std::string, std::set<std::string>> keys;
  for (const auto& name : names)
    for (const auto& [key, value] : split_tags(name.tags)) keys[name.measurement].insert(key);
  std::map<std::string, std::shared_ptr<const std::vector<std::string>>> shared;
  for (const auto& name : names) {
    auto& list = shared[name.measurement];
    const auto& found = keys[name.measurement];
    if (!list) list = std::make_shared<const std::vector<std::string>>(found.begin(), found.end());
  }
  std::vector<InfluxSeries> out;
  out.reserve(names.size());
  for (auto& name : names) {
    auto& list = shared[name.measurement];
    out.push_back({std::move(name), list});
  }
  std::sort(out.begin(), out.end(), by_name);
  out.erase(std::unique(out.begin(), out.end(),
                        [](const auto& a, const auto& b) { return !by_name(a, b) && !by_name(b, a); }),
            out.end());
  return out;
}

PointRange within_limits(PointRange range) {
  range.from_ns = std::max(range.from_ns, influx_first_ns);
  range.to_ns = std::min(range.to_ns, influx_last_ns);
  return range;
}

Result<std::string> points_as_lines(const std::vector<Point>& points, std::size_t from, std::size_t to) {
  std::string lines;
  for (std::size_t i = from; i < to; ++i)
    if (auto appended = append_line(lines, points[i]); !appended)
      return Error{Code::refused, std::move(appended).error().message, "no server takes such a point"};
  return lines;
}

// Memory grows with the number of series, not of points.
class InfluxStream final : public PointStream {
 public:
  InfluxStream(std::shared_ptr<InfluxDialect> dialect, const PointRange& range,
               std::vector<InfluxSeries> series)
      : dialect_(std::move(dialect)), range_(range), rest_(range), series_(std::move(series)) {}

  Result<bool> next(Point& point) override {
    while (at_ == page_.points.size()) {
      if (page_.whole && !next_series()) return false;
      WX_LET(page_, dialect_->page(rest_, series_[current_]));
      at_ = 0;
      if (page_.points.empty()) page_.whole = true;
      if (!page_.whole) rest_.from_ns = page_.points.back().time_ns + 1;
    }
    point = std::move(page_.points[at_++]);
    return true;
  }

 private:
  bool next_series() {
    if (begun_) ++current_;
    begun_ = true;
    rest_ = range_;
    return current_ < series_.size();
  }

  std::shared_ptr<InfluxDialect> dialect_;
  PointRange range_;
  PointRange rest_;  // of the current series: what lies behind the page
  std::vector<InfluxSeries> series_;
  std::size_t current_ = 0;
  bool begun_ = false;
  InfluxPage page_;
  std::size_t at_ = 0;
};

class InfluxStore final : public BucketStore {
 public:
  explicit InfluxStore(std::shared_ptr<InfluxDialect> dialect) : dialect_(std::move(dialect)) {}

  Result<std::unique_ptr<PointStream>> stream(const PointRange& asked) override {
    const PointRange range = within_limits(asked);
    std::vector<SeriesName> names;
    if (range.from_ns < range.to_ns) {
      WX_LET(names, dialect_->series(range));
    }
    return std::unique_ptr<PointStream>(
        std::make_unique<InfluxStream>(dialect_, range, in_order(std::move(names))));
  }

  Result<std::uint64_t> count(const PointRange& asked) override {
    const PointRange range = within_limits(asked);
    if (range.from_ns >= range.to_ns) return std::uint64_t{0};
    WX_LET(const auto counted, dialect_->count(range));
    if (counted) return *counted;
    WX_LET(const auto points, stream(range));
    Point point;
    for (std::uint64_t seen = 0;; ++seen) {
      WX_LET(const bool more, points->next(point));
      if (!more) return seen;
    }
  }

  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    for (std::size_t from = 0; from < points.size();) {
      const std::size_t to = std::min(from + most_points_, points.size());
      WX_LET(const auto lines, points_as_lines(points, from, to));
      auto written = dialect_->write(bucket, lines);
      if (!written && written.error().code == Code::no_space) {
        if (to - from == 1)
          return Error{Code::refused, std::move(written).error().message,
                       "raise the server's limit on the size of a request"};
        most_points_ = (to - from) / 2;
        continue;
      }
      WX_TRY(std::move(written));
      from = to;
    }
    return {};
  }

  // Not in one step: a point that somebody else writes in between is replaced.
  Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
    std::vector<Point> absent;
    for (std::size_t begin = 0; begin < points.size();) {
      std::size_t end = begin + 1;
      while (end < points.size() && points[end].tags == points[begin].tags &&
             points[end].measurement == points[begin].measurement)
        ++end;
      WX_LET(const auto there, times_of_series(bucket, points, begin, end));
      for (; begin < end; ++begin)
        if (!there.contains(points[begin].time_ns)) absent.push_back(points[begin]);
    }
    WX_TRY(write(bucket, absent));
    return absent.size();
  }

  Status check_writable(const std::string& bucket) override { return dialect_->check_writable(bucket); }
  Status remove_points(const std::string& bucket) override { return dialect_->remove_points(bucket); }

 private:
  // Which times of [begin, end), points of one series, are there already.
  Result<std::set<std::int64_t>> times_of_series(const std::string& bucket, const std::vector<Point>& points,
                                                 std::size_t begin, std::size_t end) {
    PointRange range{bucket, points[begin].measurement, points[begin].time_ns, points[begin].time_ns};
    for (std::size_t i = begin; i < end; ++i) {
      range.from_ns = std::min(range.from_ns, points[i].time_ns);
      range.to_ns = std::max(range.to_ns, points[i].time_ns + 1);
    }
    range = within_limits(range);
    WX_LET(auto names, dialect_->series(range));
    std::set<std::int64_t> times;
    for (const auto& series : in_order(std::move(names))) {
      if (series.name.tags != points[begin].tags || series.name.measurement != points[begin].measurement)
        continue;
      for (PointRange rest = range;;) {
        WX_LET(const InfluxPage page, dialect_->page(rest, series));
        for (const auto& point : page.points) times.insert(point.time_ns);
        if (page.whole || page.points.empty()) break;
        rest.from_ns = page.points.back().time_ns + 1;
      }
    }
    return times;
  }

  std::shared_ptr<InfluxDialect> dialect_;
  std::size_t most_points_ = batch_points;  // halved when the server finds a batch too large
};

}  // namespace

std::unique_ptr<BucketStore> make_influx_store(std::shared_ptr<InfluxDialect> dialect) {
  return std::make_unique<InfluxStore>(std::move(dialect));
}

}  // namespace wx
