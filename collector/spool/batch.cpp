#include "collector/spool/batch.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace wx::collector {
namespace {

enum class Kind : std::uint8_t { number, whole, text, truth };

class Encoder {
 public:
  void number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(value >> shift & 0xFFu);
  }
  void small(std::uint8_t value) { out_ += static_cast<char>(value); }
  void time(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void sink(const Sink& sink) {
    for (const auto* part :
         {&sink.store.kind, &sink.store.path, &sink.store.url, &sink.store.org, &sink.bucket})
      text(*part);
  }
  void operator()(double value) {
    small(static_cast<std::uint8_t>(Kind::number));
    number(std::bit_cast<std::uint64_t>(value));
  }
  void operator()(std::int64_t value) {
    small(static_cast<std::uint8_t>(Kind::whole));
    time(value);
  }
  void operator()(const std::string& value) {
    small(static_cast<std::uint8_t>(Kind::text));
    text(value);
  }
  void operator()(bool value) {
    small(static_cast<std::uint8_t>(Kind::truth));
    small(value ? 1 : 0);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// After the first thing that is not there, everything is empty and good() false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    const auto bytes = take(8);
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return value;
  }
  std::uint8_t small() {
    const auto bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
  }
  std::int64_t time() { return static_cast<std::int64_t>(number()); }
  std::string text() { return std::string(take(number())); }
  Sink sink() {
    Sink sink;
    for (auto* part : {&sink.store.kind, &sink.store.path, &sink.store.url, &sink.store.org, &sink.bucket})
      *part = text();
    return sink;
  }
  FieldValue value() {
    switch (static_cast<Kind>(small())) {
      case Kind::number:
        return std::bit_cast<double>(number());
      case Kind::whole:
        return time();
      case Kind::text:
        return text();
      case Kind::truth:
        return small() != 0;
    }
    good_ = false;
    return {};
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
    }
    const auto taken = rest_.substr(0, good_ ? static_cast<std::size_t>(size) : 0);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  bool good_ = true;
};

BatchHead read_head(Decoder& in) {
  BatchHead head;
  head.sink = in.sink();
  head.kept = WallTime(Micros(in.time()));
  head.reason = in.text();
  head.points = static_cast<std::uint32_t>(in.number());
  head.first_ns = in.time();
  head.last_ns = in.time();
  return head;
}

Point read_point(Decoder& in) {
  Point point;
  point.measurement = in.text();
  point.tags = in.text();
  point.time_ns = in.time();
  const auto fields = in.number();
  for (std::uint64_t i = 0; i < fields && in.good(); ++i) {
    auto name = in.text();
    point.fields.insert_or_assign(std::move(name), in.value());
  }
  return point;
}

}  // namespace

std::string told(const Sink& sink) {
  return "bucket " + sink.bucket + " at " + (sink.store.kind == "sqlite" ? sink.store.path : sink.store.url);
}

std::string encode(const Batch& batch) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(),
               last = std::numeric_limits<std::int64_t>::min();
  for (const auto& point : batch.points) {
    first = std::min(first, point.time_ns);
    last = std::max(last, point.time_ns);
  }
  Encoder out;
  out.sink(batch.sink);
  out.time(batch.kept.time_since_epoch().count());
  out.text(batch.reason);
  out.number(batch.points.size());
  out.time(first);
  out.time(last);
  for (const auto& point : batch.points) {
    out.text(point.measurement);
    out.text(point.tags);
    out.time(point.time_ns);
    out.number(point.fields.size());
    for (const auto& [name, value] : point.fields) {
      out.text(name);
      std::visit(out, value);
    }
  }
  return out.take();
}

std::optional<BatchHead> decode_head(std::string_view bytes) {
  Decoder in(bytes);
  auto head = read_head(in);
  return in.good() ? std::optional(std::move(head)) : std::nullopt;
}

std::optional<Batch> decode(std::string_view bytes) {
  Decoder in(bytes);
  auto head = read_head(in);
  Batch batch{std::move(head.sink), head.kept, std::move(head.reason), {}};
  for (std::uint32_t i = 0; i < head.points && in.good(); ++i) batch.points.push_back(read_point(in));
  return in.finished() ? std::optional(std::move(batch)) : std::nullopt;
}

std::string encode(const Positions& positions) {
  Encoder out;
  out.number(positions.size());
  for (const auto& [sink, position] : positions) {
    out.sink(sink);
    out.number(position.segment);
    out.number(position.offset);
  }
  return out.take();
}

std::optional<Positions> decode_positions(std::string_view bytes) {
  Decoder in(bytes);
  Positions positions;
  const auto count = in.number();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    auto sink = in.sink();
    const auto segment = in.number();
    positions.emplace_back(std::move(sink), Position{segment, in.number()});
  }
  return in.finished() ? std::optional(std::move(positions)) : std::nullopt;
}

Position position_of(const Positions& positions, const Sink& sink) {
  const auto found = std::find_if(positions.begin(), positions.end(),
                                  [&](const auto& entry) { return entry.first == sink; });
  return found == positions.end() ? Position{} : found->second;
}

void set_position(Positions& positions, const Sink& sink, Position position) {
  for (auto& [known, at] : positions) {
    if (known != sink) continue;
    at = std::max(at, position);
    return;
  }
  positions.emplace_back(sink, position);
}

}  // namespace wx::collector
