#include "orchestrator/domain/retention.hpp"

#include "common/core/duration.hpp"
#include "common/core/text.hpp"

namespace wx {

std::vector<std::string> reasons_to_stay(const std::vector<StoredBackup>& newest_first,
                                         const Retention& retention, WallTime now,
                                         std::set<std::string> needed,
                                         const std::optional<std::string>& verified) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < newest_first.size(); ++at) {
    const StoredBackup& backup = newest_first[at];
    const bool newest_of_needed = needed.erase(backup.release) > 0;
    if (backup.id == verified)
      out.push_back("the newest that is known to be good");
    else if (newest_of_needed)
      out.push_back("the newest of a release in a slot");
    else if (at < retention.keep)
      out.push_back("one of the newest " + std::to_string(retention.keep));
    else if (retention.older_than && now - backup.made < *retention.older_than)
      out.push_back("not older than " + format_duration(*retention.older_than));
    else
      out.emplace_back();
  }
  return out;
}

}  // namespace wx
