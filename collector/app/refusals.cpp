#include "collector/app/refusals.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "collector/domain/points.hpp"

namespace wx::collector {
namespace {

// InfluxDB says how many points of a batch it has dropped, not which.
bool drops_all(const std::string& reason, std::size_t points) {
  constexpr std::string_view word = "dropped=";
  const auto at = reason.rfind(word);
  if (at == std::string::npos) return false;
  std::size_t dropped = 0;
  std::from_chars(reason.data() + at + word.size(), reason.data() + reason.size(), dropped);
  return dropped == points;
}

class Sieve {
 public:
  Sieve(BucketStore& store, const std::string& bucket, std::vector<Point> points,
        const std::function<bool()>& stop)
      : store_(store), bucket_(bucket), points_(std::move(points)), stop_(stop) {}

  Sifted sift() {
    if (!points_.empty()) write(0, points_.size());
    return std::move(result_);
  }

 private:
  // Whether to go on behind `end`.
  bool write(std::size_t begin, std::size_t end) {
    if (stop_()) return leave(begin);
    const std::vector<Point> batch(place(begin), place(end));
    auto written = store_.write(bucket_, batch);
    if (written) {
      result_.written += batch.size();
      return true;
    }
    auto& error = written.error();
    if (error.code != Code::refused) {
      result_.error = std::move(error);
      return leave(begin);
    }
    if (batch.size() == 1 || drops_all(error.message, batch.size())) {
      refuse(std::move(error.message), batch);
      return true;
    }
    const auto middle = begin + batch.size() / 2;
    return write(begin, middle) && write(middle, end);
  }

  void refuse(std::string reason, const std::vector<Point>& batch) {
    auto& list = result_.refused;
    auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.reason == reason; });
    if (found == list.end()) found = list.insert(list.end(), {std::move(reason), {}});
    found->points.insert(found->points.end(), batch.begin(), batch.end());
  }

  bool leave(std::size_t begin) {
    result_.left.assign(place(begin), points_.cend());
    return false;
  }

  [[nodiscard]] std::vector<Point>::const_iterator place(std::size_t index) const {
    return points_.begin() + static_cast<std::ptrdiff_t>(index);
  }

  BucketStore& store_;
  const std::string& bucket_;
  std::vector<Point> points_;
  const std::function<bool()>& stop_;
  Sifted result_;
};

}  // namespace

Sifted write_sifted(BucketStore& store, const std::string& bucket, std::vector<Point> points,
                    const std::function<bool()>& stop) {
  return Sieve(store, bucket, std::move(points), stop).sift();
}

Result<std::vector<Point>> not_set_aside(Spool& rejected, const Sink& sink, std::vector<Point> points) {
  WX_LET(const auto held, rejected.held(sink, points));
  return changes(held, std::move(points)).due;
}

Status set_aside(Spool& rejected, const Sink& sink, const std::vector<Refused>& refused) {
  for (const auto& [reason, points] : refused) WX_TRY(rejected.keep(sink, points, reason));
  return {};
}

std::uint64_t count_points(const std::vector<Refused>& refused) {
  std::uint64_t points = 0;
  for (const auto& entry : refused) points += entry.points.size();
  return points;
}

}  // namespace wx::collector
