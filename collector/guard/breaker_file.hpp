// What is known of one server, on disk, shared by all processes that use the same spool. A file that is not
// there, cannot be read or is damaged stands for a server that answers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "collector/domain/breaker.hpp"
#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

class BreakerFile {
 public:
  // In `directory`, which is made when there is something to remember. `files` must outlive this object.
  BreakerFile(FileSystem& files, std::string directory, std::string server);

  Breaker load();
  // Replace what is there by what `change` makes of it; answers that.
  Result<Breaker> update(const std::function<Breaker(const Breaker&)>& change);
  // Held by the one process that may try a server; `busy` when another does.
  Result<std::unique_ptr<FileLock>> lock_probe();

 private:
  FileSystem& files_;
  std::string directory_;
  std::string server_;
  std::string path_;
};

}  // namespace wx::collector
