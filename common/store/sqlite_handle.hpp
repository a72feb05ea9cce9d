// Owning wrappers around SQLite's C interface; private to this folder.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/core/result.hpp"

namespace wx {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};

// One connection and the path it was opened with. One thread at a time.
class SqliteConnection {
 public:
  // `flags` are those of sqlite3_open_v2. Sets the busy time-out, synchronous=FULL and the limit of a value's
  // length.
  static Result<SqliteConnection> open(const std::string& path, int flags);

  [[nodiscard]] sqlite3* get() const { return db_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  // The error of the last call, told as "cannot <doing> the bucket file …".
  [[nodiscard]] Error error(const std::string& doing) const;
  // Statements without parameters and results that matter.
  Status run(const char* sql, const std::string& doing) const;

 private:
  SqliteConnection(std::string path, std::unique_ptr<sqlite3, CloseSqlite> db)
      : path_(std::move(path)), db_(std::move(db)) {}
  std::string path_;
  std::unique_ptr<sqlite3, CloseSqlite> db_;
};

// A prepared statement. Parameters and columns count as SQLite counts them: parameters from 1, columns from
// 0. The connection must outlive it. A failed bind shows in the next step().
class SqliteStatement {
 public:
  static Result<SqliteStatement> prepare(const SqliteConnection& connection, std::string_view sql,
                                         std::string doing);

  void bind(int parameter, std::string_view text);  // `text` must live until the statement is reset
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, double number);
  void bind(int parameter, bool flag) { bind(parameter, std::int64_t{flag}); }
  void bind(int parameter, const std::string& text) { bind(parameter, std::string_view(text)); }
  // True: there is a row. False: done.
  Result<bool> step();
  // Ready to run again, with the bindings kept.
  void reset();

  [[nodiscard]] int type(int column) const { return sqlite3_column_type(statement_.get(), column); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_.get(), column); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* statement, std::string doing)
      : connection_(&connection), statement_(statement), doing_(std::move(doing)) {}
  void note(int code) {
    if (bind_result_ == SQLITE_OK) bind_result_ = code;
  }

  const SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string doing_;
  int bind_result_ = SQLITE_OK;
};

// BEGIN IMMEDIATE, so that a lock is waited for at the start and not in the middle; rolled back unless
// committed.
class SqliteTransaction {
 public:
  static Result<SqliteTransaction> begin(const SqliteConnection& connection, const std::string& doing);
  SqliteTransaction(SqliteTransaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();
  Status commit(const std::string& doing);

 private:
  explicit SqliteTransaction(const SqliteConnection& connection) : connection_(&connection) {}
  const SqliteConnection* connection_;
};

}  // namespace wx
