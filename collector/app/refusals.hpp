// Points that a store refuses for good: found one by one, so that they hold up no others, and set aside in a
// spool of their own with the reason that the server gave.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collector/spool/spool.hpp"
#include "common/core/result.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx::collector {

// Where points wait for their store, and where those lie that it refused.
struct Spools {
  Spool& waiting;
  Spool& rejected;
};

struct Refused {
  std::string reason;
  std::vector<Point> points;
};

struct Sifted {
  std::uint64_t written = 0;
  std::vector<Refused> refused;  // by reason
  std::vector<Point> left;       // not known to be in the bucket when it ended early
  std::optional<Error> error;    // why it did; none when it was stopped
};

// Write points. A batch with some that are refused for good is halved until those stand alone; what is
// written twice on the way is the same.
Sifted write_sifted(BucketStore& store, const std::string& bucket, std::vector<Point> points,
                    const std::function<bool()>& stop);

// What of `points` was not set aside before, as it is.
Result<std::vector<Point>> not_set_aside(Spool& rejected, const Sink& sink, std::vector<Point> points);
Status set_aside(Spool& rejected, const Sink& sink, const std::vector<Refused>& refused);
std::uint64_t count_points(const std::vector<Refused>& refused);

}  // namespace wx::collector
