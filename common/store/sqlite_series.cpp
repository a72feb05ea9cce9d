#include "common/store/sqlite_series.hpp"

#include <optional>
#include <utility>

namespace wx {
namespace {

// NULL and blobs, which another program may have written, are no field values.
std::optional<FieldValue> field_value(const SqliteStatement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_INTEGER:
      return FieldValue(row.integer(column));
    case SQLITE_FLOAT:
      return FieldValue(row.real(column));
    case SQLITE_TEXT:
      return FieldValue(row.text(column));
    default:
      return std::nullopt;
  }
}

class SqliteStream final : public PointStream {
 public:
  explicit SqliteStream(SqliteConnection connection) : connection_(std::move(connection)) {}

  Status begin(const PointRange& range) {
    // One transaction for all queries: they see one moment of the file.
    WX_TRY(connection_.run("BEGIN", "read"));
    WX_LET(series_, SqliteSeries::of(connection_, range));
    WX_LET(rows_, SqliteStatement::prepare(connection_,
                                           "SELECT time, field, value FROM points" +
                                               std::string(SqliteSeries::where) + " ORDER BY time, field",
                                           "read"));
    return {};
  }

  Result<bool> next(Point& point) override {
    point.fields.clear();
    while (point.fields.empty()) {
      if (row_) {
        WX_TRY(read_point(point));
        continue;
      }
      WX_LET(const bool more, series_->next());
      if (!more) return false;
      rows_->reset();
      series_->bind(*rows_);
      WX_LET(row_, rows_->step());
    }
    point.measurement = series_->measurement();
    point.tags = series_->tags();
    return true;
  }

 private:
  // The rows of one time; without a field where another program has written none.
  Status read_point(Point& point) {
    point.time_ns = rows_->integer(0);
    do {
      if (auto value = field_value(*rows_, 2))
        point.fields.emplace_hint(point.fields.end(), rows_->text(1), *std::move(value));
      WX_LET(row_, rows_->step());
    } while (row_ && rows_->integer(0) == point.time_ns);
    return {};
  }

  SqliteConnection connection_;
  std::optional<SqliteSeries> series_;
  std::optional<SqliteStatement> rows_;
  bool row_ = false;  // `rows_` stands on a row that belongs to no point yet
};

}  // namespace

Result<SqliteSeries> SqliteSeries::of(const SqliteConnection& connection, PointRange range) {
  const auto query = [&](const std::string& after) {
    return SqliteStatement::prepare(
        connection,
        "SELECT measurement, tags FROM points WHERE bucket = ?1 AND " +
            (range.measurement.empty() ? "(measurement, tags) " + after + " (?2, ?3)"
                                       : "measurement = ?2 AND tags " + after + " ?3") +
            " ORDER BY measurement, tags LIMIT 1",
        "read");
  };
  WX_LET(auto first, query(">="));
  WX_LET(auto later, query(">"));
  return SqliteSeries(std::move(first), std::move(later), std::move(range));
}

Result<bool> SqliteSeries::next() {
  SqliteStatement& query = begun_ ? later_ : first_;
  begun_ = true;
  query.bind(1, range_.bucket);
  query.bind(2, measurement_);
  query.bind(3, tags_);
  WX_LET(const bool found, query.step());
  if (found) {
    std::string measurement = query.text(0);
    std::string tags = query.text(1);
    query.reset();
    measurement_ = std::move(measurement);
    tags_ = std::move(tags);
  }
  return found;
}

void SqliteSeries::bind(SqliteStatement& query) const {
  query.bind(1, range_.bucket);
  query.bind(2, measurement_);
  query.bind(3, tags_);
  query.bind(4, range_.from_ns);
  query.bind(5, range_.to_ns);
}

Result<std::unique_ptr<PointStream>> stream_sqlite(const std::string& path, const PointRange& range) {
  WX_LET(auto connection, SqliteConnection::open(path, SQLITE_OPEN_READWRITE));
  auto stream = std::make_unique<SqliteStream>(std::move(connection));
  WX_TRY(stream->begin(range));
  return std::unique_ptr<PointStream>(std::move(stream));
}

}  // namespace wx
