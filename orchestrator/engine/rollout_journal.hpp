// The journal of one rollout (orchestrator/FORMATS.md): append-only, each line with its length and CRC-32C,
// synced before the effect it announces. A torn last line is normal; damage before it is an error.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"

namespace wx {

struct JournalRecord {
  std::string kind;  // header intent result note phase request taken undo measure end
  WallTime at{};
  std::optional<int> step;  // index into the plan's steps
  std::map<std::string, std::string> fields;

  [[nodiscard]] std::string field(const std::string& key) const;  // empty when absent
};

std::string render_record(const JournalRecord& record);

struct JournalContent {
  std::vector<JournalRecord> records;
  std::size_t whole_bytes = 0;  // up to the end of the last whole line
};

// `failed` when a line other than the last is damaged: which one.
Result<JournalContent> parse_journal(std::string_view text);

class RolloutJournal {
 public:
  // Reads what is there; cuts nothing: the next append closes a torn tail with an empty line.
  static Result<RolloutJournal> open(FileSystem& files, Clock& clock, const std::string& path);

  // Told of every record that is appended from now on, beside those who are told already.
  void watch(std::function<void(const JournalRecord&)> watcher) { watchers_.push_back(std::move(watcher)); }
  // Durable when it returns.
  Status append(std::string kind, std::optional<int> step, std::map<std::string, std::string> fields);
  [[nodiscard]] const std::vector<JournalRecord>& records() const { return records_; }
  // The last record of that kind, for that step when given.
  [[nodiscard]] const JournalRecord* last(std::string_view kind,
                                          std::optional<int> step = std::nullopt) const;
  [[nodiscard]] const JournalRecord* first(std::string_view kind,
                                           std::optional<int> step = std::nullopt) const;

 private:
  RolloutJournal(FileSystem& files, Clock& clock, std::string path)
      : files_(files), clock_(clock), path_(std::move(path)) {}
  FileSystem& files_;
  Clock& clock_;
  std::string path_;
  std::vector<JournalRecord> records_;
  std::vector<std::function<void(const JournalRecord&)>> watchers_;
  bool torn_ = false;
};

}  // namespace wx
