#include "common/store/sqlite_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace wx {
namespace {

Error told(int code, int system_errno = 0) {
  return sqlite_error({code, system_errno, "SQLite's words"}, "write to", "/no/such/file.db");
}

TEST(SqliteErrors, BecomeTheCodeThatThePersonCanActOn) {
  EXPECT_EQ(told(SQLITE_FULL).code, Code::no_space);
  EXPECT_EQ(told(SQLITE_IOERR_WRITE, ENOSPC).code, Code::no_space);
  EXPECT_EQ(told(SQLITE_IOERR_WRITE, EDQUOT).code, Code::no_space);
  EXPECT_EQ(told(SQLITE_IOERR_WRITE, EIO).code, Code::unavailable);
  EXPECT_EQ(told(SQLITE_READONLY_DBMOVED).code, Code::permission);
  EXPECT_EQ(told(SQLITE_PERM).code, Code::permission);
  EXPECT_EQ(told(SQLITE_CANTOPEN).code, Code::not_found);
  EXPECT_EQ(told(SQLITE_CORRUPT_INDEX).code, Code::invalid);
  EXPECT_EQ(told(SQLITE_NOTADB).code, Code::invalid);
  EXPECT_EQ(told(SQLITE_TOOBIG).code, Code::refused);
}

TEST(SqliteErrors, ALockSaysHowLongItWasWaitedFor) {
  const Error error = told(SQLITE_BUSY_SNAPSHOT);
  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_THAT(error.message, testing::HasSubstr("locked by another writer for 5 s"));
}

TEST(SqliteErrors, NameTheFileTheActionAndARemedy) {
  for (const int code :
       {SQLITE_FULL, SQLITE_BUSY, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_CORRUPT, SQLITE_IOERR}) {
    const Error error = told(code);
    EXPECT_THAT(error.message, testing::HasSubstr("cannot write to the bucket file /no/such/file.db: "));
    EXPECT_FALSE(error.remedy.empty()) << code;
  }
}

}  // namespace
}  // namespace wx
