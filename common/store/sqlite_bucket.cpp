#include "common/store/sqlite_bucket.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "common/core/text.hpp"
#include "common/store/sqlite_handle.hpp"
#include "common/store/sqlite_series.hpp"

namespace wx {
namespace {

constexpr int format = 1;
constexpr const char* create_points =
    "CREATE TABLE points(bucket TEXT NOT NULL, measurement TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '',"
    " time INTEGER NOT NULL, field TEXT NOT NULL, value,"
    " PRIMARY KEY(bucket, measurement, tags, time, field)) WITHOUT ROWID;"
    "PRAGMA user_version=1";
// Column and position in the primary key, as pragma_table_info tells them.
constexpr std::string_view points_columns = "bucket/1 measurement/2 tags/3 time/4 field/5 value/0";
constexpr std::string_view insert_point =
    "INSERT OR REPLACE INTO points(bucket, measurement, tags, time, field, value) VALUES(?1, ?2, ?3, ?4, ?5, "
    "?6)";
// A larger transaction would keep other writers of the file waiting for longer than they are willing to.
constexpr std::string_view remove_some =
    "DELETE FROM points WHERE (bucket, measurement, tags, time, field) IN"
    " (SELECT bucket, measurement, tags, time, field FROM points WHERE bucket = ?1 LIMIT 5000)";
constexpr std::string_view find_point =
    "SELECT 1 FROM points WHERE bucket = ?1 AND measurement = ?2 AND tags = ?3 AND time = ?4 LIMIT 1";

enum class Content { nothing, bucket };

// What the file holds; `invalid` when it is somebody else's database or a later format.
Result<Content> inspect(const SqliteConnection& connection) {
  const std::string said = "cannot use " + connection.path() + " as a bucket file: ";
  WX_LET(auto version, SqliteStatement::prepare(connection, "PRAGMA user_version", "read"));
  WX_TRY(version.step());
  if (version.integer(0) > format) {
    return Error{Code::invalid,
                 said + "it has format " + std::to_string(version.integer(0)) +
                     ", this program knows format " + std::to_string(format),
                 "use a newer version of this program"};
  }
  WX_LET(auto columns,
         SqliteStatement::prepare(
             connection, "SELECT name || '/' || pk FROM pragma_table_info('points') ORDER BY cid", "read"));
  std::vector<std::string> found;
  while (true) {
    WX_LET(const bool row, columns.step());
    if (!row) break;
    found.push_back(columns.text(0));
  }
  if (join(found, " ") == points_columns) return Content::bucket;
  WX_LET(auto tables, SqliteStatement::prepare(connection, "SELECT count(*) FROM sqlite_schema", "read"));
  WX_TRY(tables.step());
  if (tables.integer(0) == 0) return Content::nothing;
  return Error{Code::invalid,
               said + (found.empty() ? "it is an SQLite database without the table `points`"
                                     : "its table `points` has other columns or another primary key"),
               "name another file"};
}

Status sync_parent(const std::string& path) {
  const std::string directory = parent_path(path);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int cause = errno;
  if (fd >= 0) ::close(fd);
  if (synced) return {};
  return Error{Code::unavailable, "cannot sync the directory " + directory + ": " + std::strerror(cause),
               "check the disk"};
}

// SQLite would create the file with the umask's rights; its WAL takes over the mode of the file.
Status make_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return sync_parent(path);
  }
  const int cause = errno;
  if (cause == EEXIST) return {};
  const std::string said = "cannot make the bucket file " + path + ": " + std::strerror(cause);
  const std::string directory = parent_path(path);
  switch (cause) {
    case ENOENT:
    case ENOTDIR:
      return Error{Code::not_found, said, "make the directory " + directory + " first"};
    case EACCES:
    case EPERM:
    case EROFS:
      return Error{Code::permission, said, "give the user who runs this write access to " + directory};
    case ENOSPC:
    case EDQUOT:
      return Error{Code::no_space, said, "free some space where " + directory + " lies"};
    default:
      return Error{Code::unavailable, said, "check the disk and the path"};
  }
}

Error bad_point(const Point& point, const std::string& why) {
  return {Code::refused,
          "cannot write the point \"" + printable(point.measurement, 80) + "\" at " +
              std::to_string(point.time_ns) + ": " + why,
          "correct the program that makes the point"};
}

Status check_point(const Point& point) {
  if (point.measurement.empty()) return bad_point(point, "it has no measurement");
  if (point.fields.empty()) return bad_point(point, "it has no field");
  for (const auto& [name, value] : point.fields) {
    const auto* number = std::get_if<double>(&value);
    // SQLite would store NaN as NULL.
    if (number != nullptr && std::isnan(*number)) {
      return bad_point(point, "field \"" + printable(name, 80) + "\" is no number");
    }
  }
  return {};
}

Result<SqliteConnection> open_bucket_file(const std::string& path) {
  WX_LET(auto connection, SqliteConnection::open(path, SQLITE_OPEN_READWRITE));
  WX_LET(const Content content, inspect(connection));
  if (content == Content::bucket) return connection;
  return Error{Code::invalid, "cannot use " + path + " as a bucket file: it has no table `points`",
               "make it a bucket with `wxctl bucket create " + path + "`"};
}

class SqliteBucket final : public BucketStore {
 public:
  explicit SqliteBucket(SqliteConnection connection) : connection_(std::move(connection)) {}

  Result<std::unique_ptr<PointStream>> stream(const PointRange& range) override {
    return stream_sqlite(connection_.path(), range);
  }

  Result<std::uint64_t> count(const PointRange& range) override {
    WX_LET(auto series, SqliteSeries::of(connection_, range));
    WX_LET(auto query, SqliteStatement::prepare(connection_,
                                                "SELECT count(*) FROM (SELECT DISTINCT time FROM points" +
                                                    std::string(SqliteSeries::where) +
                                                    " AND typeof(value) IN ('real', 'integer', 'text'))",
                                                "read"));
    std::uint64_t points = 0;
    while (true) {
      WX_LET(const bool more, series.next());
      if (!more) return points;
      query.reset();
      series.bind(query);
      WX_TRY(query.step());
      points += static_cast<std::uint64_t>(query.integer(0));
    }
  }

  Status write(const std::string& bucket, const std::vector<Point>& points) override {
    return status_of(insert(bucket, points, [](const Point&) { return Result<bool>(true); }));
  }

  Result<std::uint64_t> add(const std::string& bucket, const std::vector<Point>& points) override {
    WX_LET(auto find, SqliteStatement::prepare(connection_, find_point, "read"));
    find.bind(1, bucket);
    return insert(bucket, points, [&find](const Point& point) -> Result<bool> {
      find.reset();
      find.bind(2, point.measurement);
      find.bind(3, point.tags);
      find.bind(4, point.time_ns);
      WX_LET(const bool found, find.step());
      find.reset();
      return !found;
    });
  }

  Status check_writable(const std::string& bucket) override {
    const std::string doing = "write to";
    WX_LET(auto transaction, SqliteTransaction::begin(connection_, doing));
    WX_LET(auto insert, SqliteStatement::prepare(connection_, insert_point, doing));
    insert.bind(1, bucket);
    // A measurement that no program has. Not committed: the transaction ends by being rolled back.
    return insert_fields(insert, Point{".wxctl-write-check", "", 0, {{"value", std::int64_t{1}}}});
  }

  Status remove_points(const std::string& bucket) override {
    WX_LET(auto erase, SqliteStatement::prepare(connection_, remove_some, "write to"));
    erase.bind(1, bucket);
    do {
      erase.reset();
      WX_TRY(erase.step());
    } while (sqlite3_changes(connection_.get()) > 0);
    return {};
  }

 private:
  static Status status_of(const Result<std::uint64_t>& result) {
    return result ? Status{} : Status(result.error());
  }

  // The points that are `wanted`, in one transaction; how many.
  template <class Wanted>
  Result<std::uint64_t> insert(const std::string& bucket, const std::vector<Point>& points, Wanted&& wanted) {
    const std::string doing = "write to";
    if (bucket.empty()) return Error{Code::invalid, "cannot write points to a bucket without a name"};
    for (const Point& point : points) WX_TRY(check_point(point));
    if (points.empty()) return std::uint64_t{0};
    std::uint64_t inserted = 0;
    WX_LET(auto transaction, SqliteTransaction::begin(connection_, doing));
    {
      WX_LET(auto insert, SqliteStatement::prepare(connection_, insert_point, doing));
      insert.bind(1, bucket);
      for (const Point& point : points) {
        WX_LET(const bool yes, wanted(point));
        if (!yes) continue;
        WX_TRY(insert_fields(insert, point));
        ++inserted;
      }
    }
    WX_TRY(transaction.commit(doing));
    return inserted;
  }

  // The first parameter, the bucket, is bound already.
  static Status insert_fields(SqliteStatement& insert, const Point& point) {
    insert.bind(2, point.measurement);
    insert.bind(3, point.tags);
    insert.bind(4, point.time_ns);
    for (const auto& [name, value] : point.fields) {
      insert.bind(5, name);
      std::visit([&insert](const auto& held) { insert.bind(6, held); }, value);
      WX_TRY(insert.step());
      insert.reset();
    }
    // Nothing may point into `point` when the next one is bound.
    insert.reset();
    return {};
  }

  SqliteConnection connection_;
};

}  // namespace

Status create_sqlite_bucket(const std::string& path) {
  WX_TRY(make_private_file(path));
  WX_LET(auto connection, SqliteConnection::open(path, SQLITE_OPEN_READWRITE));
  WX_LET(const Content before, inspect(connection));
  if (before == Content::bucket) return {};
  WX_TRY(connection.run("PRAGMA journal_mode=WAL", "make"));
  WX_LET(auto transaction, SqliteTransaction::begin(connection, "make"));
  // Somebody else may have made it while this one waited for the lock.
  WX_LET(const Content content, inspect(connection));
  if (content == Content::bucket) return {};
  WX_TRY(connection.run(create_points, "make"));
  return transaction.commit("make");
}

Result<std::unique_ptr<BucketStore>> open_sqlite_bucket(const std::string& path) {
  WX_LET(auto connection, open_bucket_file(path));
  return std::unique_ptr<BucketStore>(std::make_unique<SqliteBucket>(std::move(connection)));
}

Result<std::vector<BucketSummary>> summarize_sqlite_bucket(const std::string& path) {
  WX_LET(const auto connection, open_bucket_file(path));
  // The primary key has this order, so one pass over the table does it.
  WX_LET(auto query,
         SqliteStatement::prepare(
             connection,
             "SELECT bucket, count(*), sum(points), min(first), max(last) FROM"
             " (SELECT bucket, count(DISTINCT time) AS points, min(time) AS first, max(time) AS last"
             "  FROM points WHERE typeof(time) = 'integer' AND typeof(value) IN ('real', 'integer', 'text')"
             "  GROUP BY bucket, measurement, tags)"
             " GROUP BY bucket ORDER BY bucket",
             "read"));
  std::vector<BucketSummary> buckets;
  while (true) {
    WX_LET(const bool row, query.step());
    if (!row) return buckets;
    buckets.push_back({query.text(0), static_cast<std::uint64_t>(query.integer(1)),
                       static_cast<std::uint64_t>(query.integer(2)), query.integer(3), query.integer(4)});
  }
}

}  // namespace wx
