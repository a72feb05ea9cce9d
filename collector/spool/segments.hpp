// The files of a spool: segments, numbered in the order they were begun, and how far each sink has got. What
// changes them is called under the lock of the spool, and what it leaves behind is on the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/spool/batch.hpp"
#include "collector/spool/frame.hpp"
#include "common/core/result.hpp"
#include "common/ports/filesystem.hpp"

namespace wx::collector {

struct Segment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

class Segments {
 public:
  // A segment of `full_bytes` or more is not appended to any more. `files` must outlive this object.
  Segments(FileSystem& files, std::string directory, std::uint64_t full_bytes);

  [[nodiscard]] std::uint64_t full_bytes() const { return full_bytes_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // Oldest first; empty when there is no spool.
  Result<std::vector<Segment>> list();
  Result<std::string> read(const Segment& segment);
  // Append to the last segment of `list`, or begin one; `list` is kept up to date.
  Status append(std::vector<Segment>& list, std::string_view records);
  Status remove(std::uint64_t number);
  // Keep the file of a damaged segment for whoever wants to look at it, in the place of the one before.
  // Answers its name.
  Result<std::string> set_aside(std::uint64_t number);

  // Damaged positions are none: what is written twice is the same.
  Result<Positions> positions();
  Status save(const Positions& positions);

  // Held by whoever changes files, or reads what must not change meanwhile.
  Result<std::unique_ptr<FileLock>> lock(LockMode mode);
  // Held for a whole drain, so that no point is sent twice; `busy` at once when somebody else drains.
  Result<std::unique_ptr<FileLock>> lock_drain(std::int64_t wait_ms);

 private:
  [[nodiscard]] std::string path(std::uint64_t number) const;

  FileSystem& files_;
  std::string directory_;
  std::uint64_t full_bytes_;
};

// Each record and each flaw of a segment from `offset` on, until `see` answers false.
void for_each_frame(std::string_view segment, std::uint64_t offset,
                    const std::function<bool(const Frame&)>& see);

}  // namespace wx::collector
