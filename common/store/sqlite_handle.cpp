#include "common/store/sqlite_handle.hpp"

#include <utility>

#include "common/store/sqlite_error.hpp"

namespace wx {
namespace {

constexpr int busy_timeout_ms = 5000;
constexpr int max_value_bytes = 1 << 20;

SqliteFailure last_failure(sqlite3* db) {
  return {sqlite3_extended_errcode(db), sqlite3_system_errno(db), sqlite3_errmsg(db)};
}

}  // namespace

Result<SqliteConnection> SqliteConnection::open(const std::string& path, int flags) {
  // A relative path could otherwise be one of SQLite's special names, such as ":memory:".
  const std::string name = path.starts_with('/') ? path : "./" + path;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<sqlite3, CloseSqlite> db(raw);
  if (!db) return Error{Code::unavailable, "cannot open the bucket file " + path + ": out of memory"};
  if (code != SQLITE_OK) return sqlite_error(last_failure(db.get()), "open", path);
  sqlite3_busy_timeout(db.get(), busy_timeout_ms);
  sqlite3_limit(db.get(), SQLITE_LIMIT_LENGTH, max_value_bytes);
  SqliteConnection connection(path, std::move(db));
  // trusted_schema: the file may come from anybody; what its schema calls must be harmless.
  WX_TRY(connection.run("PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL", "open"));
  return connection;
}

Error SqliteConnection::error(const std::string& doing) const {
  return sqlite_error(last_failure(get()), doing, path_);
}

Status SqliteConnection::run(const char* sql, const std::string& doing) const {
  if (sqlite3_exec(get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error(doing);
  return {};
}

Result<SqliteStatement> SqliteStatement::prepare(const SqliteConnection& connection, std::string_view sql,
                                                 std::string doing) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(connection.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) !=
      SQLITE_OK) {
    return connection.error(doing);
  }
  return SqliteStatement(connection, raw, std::move(doing));
}

void SqliteStatement::bind(int parameter, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* data = text.empty() ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteStatement::bind(int parameter, std::int64_t number) {
  note(sqlite3_bind_int64(statement_.get(), parameter, number));
}

void SqliteStatement::bind(int parameter, double number) {
  note(sqlite3_bind_double(statement_.get(), parameter, number));
}

Result<bool> SqliteStatement::step() {
  if (bind_result_ != SQLITE_OK) {
    return sqlite_error({bind_result_, 0, sqlite3_errstr(bind_result_)}, doing_, connection_->path());
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->error(doing_);
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
}

std::string SqliteStatement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<SqliteTransaction> SqliteTransaction::begin(const SqliteConnection& connection,
                                                   const std::string& doing) {
  WX_TRY(connection.run("BEGIN IMMEDIATE", doing));
  return SqliteTransaction(connection);
}

SqliteTransaction::~SqliteTransaction() {
  // A failed COMMIT may have rolled back already; then this fails, and that is fine.
  if (connection_ != nullptr) sqlite3_exec(connection_->get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Status SqliteTransaction::commit(const std::string& doing) {
  WX_TRY(connection_->run("COMMIT", doing));
  connection_ = nullptr;
  return {};
}

}  // namespace wx
