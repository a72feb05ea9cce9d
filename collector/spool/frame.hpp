// How records lie in a file that is only appended to: each with its length and checksums, so that a reader
// finds its way behind any damage and loses no more than the records that are damaged. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wx::collector {

// The bytes of one record; up to 4 GiB.
std::string framed(std::string_view payload);

enum class Flaw {
  damaged,  // it was whole once: what it held is lost
  torn,     // its writer died or the disk was full before it was whole: nobody was told that it is safe
};

// A record, or a stretch of bytes in which there is none.
struct Frame {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<Flaw> flaw;
  std::string_view payload;  // empty with a flaw
};

// What begins at `at`; nothing at the end of the file.
std::optional<Frame> next_frame(std::string_view file, std::size_t at);

}  // namespace wx::collector
