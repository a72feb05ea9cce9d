// What is known of one key, on disk, shared by all processes and slots that use the directory. The key itself
// is never written, only a hash of it. A file that is not there or is damaged stands for an unused key.
#pragma once

#include <functional>
#include <string>

#include "collector/config/settings.hpp"
#include "collector/domain/quota.hpp"
#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

// Whose calls count together: those with one key to one server.
std::string quota_owner(const SourceSettings& settings);

class QuotaFile {
 public:
  // `who` is the key with the service it is for. `directory` is made when there is something to keep; with
  // `read_only` nothing ever is. `files` must outlive this object.
  QuotaFile(FileSystem& files, std::string directory, const std::string& who, bool read_only);

  QuotaUse load();
  // Replace what is there by what `change` makes of it, under a lock; answers that.
  Result<QuotaUse> update(const std::function<QuotaUse(const QuotaUse&)>& change);

 private:
  FileSystem& files_;
  std::string directory_;
  std::string path_;
  bool read_only_;
};

}  // namespace wx::collector
