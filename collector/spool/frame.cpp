#include "collector/spool/frame.hpp"

#include <algorithm>

#include "common/core/crc32c.hpp"

namespace wx::collector {
namespace {

// mark, length of the payload, its checksum, the checksum of all that
constexpr std::string_view mark = "\x1eWXS1";
constexpr std::size_t number_size = 4;
constexpr std::size_t header_size = mark.size() + 3 * number_size;

void append_number(std::string& out, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFFu);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i < number_size; ++i)
    number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

// Where the record that begins at `at` says to end; nothing when there is no intact header.
std::optional<std::size_t> announced_end(std::string_view file, std::size_t at) {
  const auto header = file.substr(at, header_size);
  if (header.size() < header_size || !header.starts_with(mark)) return std::nullopt;
  const auto checked = header.substr(0, header_size - number_size);
  if (number_at(header, checked.size()) != crc32c(checked)) return std::nullopt;
  return at + header_size + number_at(header, mark.size());
}

std::optional<Frame> record_at(std::string_view file, std::size_t at) {
  const auto end = announced_end(file, at);
  if (!end || *end > file.size()) return std::nullopt;
  const auto payload = file.substr(at + header_size, *end - at - header_size);
  if (number_at(file, at + mark.size() + number_size) != crc32c(payload)) return std::nullopt;
  return Frame{at, *end, {}, payload};
}

std::size_t next_record(std::string_view file, std::size_t from) {
  for (auto at = file.find(mark, from); at != std::string_view::npos; at = file.find(mark, at + 1))
    if (record_at(file, at)) return at;
  return file.size();
}

bool is_beginning_of_header(std::string_view bytes) {
  const auto length = std::min(bytes.size(), mark.size());
  return bytes.size() < header_size && bytes.substr(0, length) == mark.substr(0, length);
}

}  // namespace

std::string framed(std::string_view payload) {
  std::string out(mark);
  out.reserve(header_size + payload.size());
  append_number(out, static_cast<std::uint32_t>(payload.size()));
  append_number(out, crc32c(payload));
  append_number(out, crc32c(out));
  out += payload;
  return out;
}

std::optional<Frame> next_frame(std::string_view file, std::size_t at) {
  if (at >= file.size()) return std::nullopt;
  if (auto record = record_at(file, at)) return record;
  const auto announced = announced_end(file, at);
  // What a damaged payload holds may look like a record: where the next one must begin is known.
  const bool whole =
      announced && (*announced == file.size() || record_at(file, std::min(*announced, file.size())));
  if (whole) return Frame{at, *announced, Flaw::damaged, {}};
  const auto end = next_record(file, at + 1);
  const auto bytes = file.substr(at, end - at);
  // After a power cut the file may be as long as it should be, and hold nothing.
  const bool blank = end == file.size() && bytes.find_first_not_of('\0') == std::string_view::npos;
  const bool torn = (announced && *announced > end) || is_beginning_of_header(bytes) || blank;
  return Frame{at, end, torn ? Flaw::torn : Flaw::damaged, {}};
}

}  // namespace wx::collector
