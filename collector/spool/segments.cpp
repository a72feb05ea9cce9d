#include "collector/spool/segments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "common/core/files.hpp"

namespace wx::collector {
namespace {

constexpr std::string_view suffix = ".segment";
constexpr std::size_t digits = 16;
constexpr std::uint64_t most_bytes = 64 << 20;  // far above what a segment grows to
constexpr std::int64_t patience_ms = 10'000;    // whoever holds the lock reads or writes a few files

std::optional<std::uint64_t> number_of(std::string_view name) {
  if (name.size() != digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = name.data() + digits;
  const auto read = std::from_chars(name.data(), end, number, 16);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(number) : std::nullopt;
}

}  // namespace

Segments::Segments(FileSystem& files, std::string directory, std::uint64_t full_bytes)
    : files_(files), directory_(std::move(directory)), full_bytes_(full_bytes) {}

std::string Segments::path(std::uint64_t number) const {
  std::array<char, digits + 1> name{};
  std::snprintf(name.data(), name.size(), "%016llx", static_cast<unsigned long long>(number));
  return directory_ + "/" + name.data() + std::string(suffix);
}

Result<std::vector<Segment>> Segments::list() {
  std::vector<Segment> list;
  auto names = files_.list(directory_);
  if (!names && names.error().code == Code::not_found) return list;
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    const auto number = number_of(name);
    if (!number) continue;
    const auto info = files_.info(path(*number));
    if (!info && info.error().code == Code::not_found) continue;  // drained meanwhile
    if (!info) return info.error();
    list.push_back({*number, info->size});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return list;
}

Result<std::string> Segments::read(const Segment& segment) {
  return files_.read(path(segment.number), most_bytes);
}

Status Segments::append(std::vector<Segment>& list, std::string_view records) {
  if (list.empty() || list.back().bytes >= full_bytes_) {
    // A number that was ever used would lie before the positions of those who have read it.
    WX_LET(const auto known, positions());
    std::uint64_t last = list.empty() ? 0 : list.back().number;
    for (const auto& [sink, position] : known) last = std::max(last, position.segment);
    list.push_back({last + 1, 0});
  }
  WX_TRY(files_.append(path(list.back().number), records, /*durable=*/true));
  list.back().bytes += records.size();
  return {};
}

Status Segments::remove(std::uint64_t number) {
  WX_TRY(files_.remove_file(path(number)));
  return files_.sync_directory(directory_);
}

Result<std::string> Segments::set_aside(std::uint64_t number) {
  auto aside = directory_ + "/damaged";
  WX_TRY(files_.rename(path(number), aside));
  WX_TRY(files_.sync_directory(directory_));
  return aside;
}

Result<Positions> Segments::positions() {
  WX_LET(const auto text, read_if_present(files_, directory_ + "/positions", most_bytes));
  if (!text) return Positions{};
  const auto frame = next_frame(*text, 0);
  if (!frame || frame->flaw) return Positions{};
  return decode_positions(frame->payload).value_or(Positions{});
}

Status Segments::save(const Positions& positions) {
  return replace_file(files_, directory_ + "/positions", framed(encode(positions)), 0600);
}

Result<std::unique_ptr<FileLock>> Segments::lock(LockMode mode) {
  return files_.lock(directory_ + "/lock", mode, patience_ms);
}

Result<std::unique_ptr<FileLock>> Segments::lock_drain(std::int64_t wait_ms) {
  return files_.lock(directory_ + "/drain.lock", LockMode::exclusive, wait_ms);
}

void for_each_frame(std::string_view segment, std::uint64_t offset,
                    const std::function<bool(const Frame&)>& see) {
  for (auto frame = next_frame(segment, static_cast<std::size_t>(offset)); frame && see(*frame);)
    frame = next_frame(segment, frame->end);
}

}  // namespace wx::collector
