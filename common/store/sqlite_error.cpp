#include "common/store/sqlite_error.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/core/text.hpp"

namespace wx {
namespace {

Error cannot_open(const std::string& said, const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {Code::invalid, said + "it is a directory", "name a file inside it"};
    return {Code::permission, said + "it cannot be opened",
            "give the user who runs this read and write access to " + path + " and its directory"};
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return {Code::not_found, said + "there is no such file",
            "make it with `wxctl bucket create " + path + "`"};
  }
  return {Code::permission, said + "its directory cannot be searched",
          "check the rights of " + parent_path(path)};
}

}  // namespace

Error sqlite_error(const SqliteFailure& failure, const std::string& doing, const std::string& path) {
  const std::string said = "cannot " + doing + " the bucket file " + path + ": ";
  const int primary = failure.code & 0xFF;
  const int cause = failure.system_errno;
  if (primary == SQLITE_FULL ||
      ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && (cause == ENOSPC || cause == EDQUOT))) {
    return {Code::no_space, said + "the disk or the quota is full",
            "free some space where " + path + " lies"};
  }
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::unavailable, said + "it was locked by another writer for 5 s",
              "find the program that keeps a transaction open (`fuser " + path + "`) and try again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Code::permission, said + "it may only be read",
              "give the user who runs this write access to " + path + " and its directory"};
    case SQLITE_CANTOPEN:
      return cannot_open(said, path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::invalid, said + "it is not a bucket file, or it is damaged (" + failure.detail + ")",
              "name another file, or restore this one from a backup"};
    case SQLITE_TOOBIG:
      return {Code::refused, said + "a text in it is longer than 1 MiB", "remove that value"};
    default:
      break;
  }
  return {Code::unavailable, said + failure.detail, "check the disk and the file, then try again"};
}

}  // namespace wx
