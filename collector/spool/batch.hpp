// What a record of the spool holds: points, and the store and bucket that they are meant for. Pure,
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/core/point.hpp"
#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"

namespace wx::collector {

// Where points go. How to be let in is no part of it: that may change while they wait.
struct Sink {
  StoreAddress store;  // token_file is empty
  std::string bucket;

  bool operator==(const Sink&) const = default;
};

// "bucket weather at /var/lib/weather.db"
std::string told(const Sink& sink);

struct Batch {
  Sink sink;
  WallTime kept;       // when it came into the spool
  std::string reason;  // why the server refused the points; empty for what only waits
  std::vector<Point> points;
};

// What is known of a batch without reading its points.
struct BatchHead {
  Sink sink;
  WallTime kept;
  std::string reason;
  std::uint32_t points = 0;
  std::int64_t first_ns = 0;  // the earliest and the latest time of a point
  std::int64_t last_ns = 0;
};

std::string encode(const Batch& batch);
// Nothing when the bytes are no batch.
std::optional<BatchHead> decode_head(std::string_view bytes);
std::optional<Batch> decode(std::string_view bytes);

// Behind this place of the spool everything still waits for its sink.
struct Position {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;

  auto operator<=>(const Position&) const = default;
};

using Positions = std::vector<std::pair<Sink, Position>>;

std::string encode(const Positions& positions);
std::optional<Positions> decode_positions(std::string_view bytes);
// The beginning of the spool for a sink without one.
Position position_of(const Positions& positions, const Sink& sink);
void set_position(Positions& positions, const Sink& sink, Position position);

}  // namespace wx::collector
