// Reading an embedded bucket series by series; private to this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/ports/bucket_store.hpp"
#include "common/store/sqlite_handle.hpp"

namespace wx {

// The series of a range one after the other, each found by a seek: points outside the range cost nothing. The
// connection must outlive it.
class SqliteSeries {
 public:
  static Result<SqliteSeries> of(const SqliteConnection& connection, PointRange range);

  // False: no more.
  Result<bool> next();
  [[nodiscard]] const std::string& measurement() const { return measurement_; }
  [[nodiscard]] const std::string& tags() const { return tags_; }

  // Restricts a query of `points` to this series and the range; bind() gives its parameters, which live until
  // the next call of next().
  static constexpr std::string_view where =
      " WHERE bucket = ?1 AND measurement = ?2 AND tags = ?3 AND time >= ?4 AND time < ?5";
  void bind(SqliteStatement& query) const;

 private:
  SqliteSeries(SqliteStatement first, SqliteStatement later, PointRange range)
      : first_(std::move(first)),
        later_(std::move(later)),
        range_(std::move(range)),
        measurement_(range_.measurement) {}

  SqliteStatement first_;
  SqliteStatement later_;
  PointRange range_;
  std::string measurement_;
  std::string tags_;
  bool begun_ = false;
};

// The points of a range as they are now, over a connection of its own.
Result<std::unique_ptr<PointStream>> stream_sqlite(const std::string& path, const PointRange& range);

}  // namespace wx
