#include "orchestrator/engine/rollout_journal.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "common/core/crc32c.hpp"
#include "common/core/files.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

std::string hex(std::uint32_t value) {
  std::array<char, 9> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%08x", value);
  return buffer.data();
}

// "LENGTH CRC JSON" without the newline; nothing when it is not whole.
std::optional<JournalRecord> parse_line(std::string_view line) {
  std::size_t length = 0;
  const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), length);
  const auto used = static_cast<std::size_t>(after - line.data());
  if (error != std::errc{} || line.size() < used + 10 || line[used] != ' ' || line[used + 9] != ' ')
    return std::nullopt;
  const std::string_view checksum = line.substr(used + 1, 8);
  const std::string_view body = line.substr(used + 10);
  if (body.size() != length || hex(crc32c(body)) != checksum) return std::nullopt;
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  try {
    JournalRecord record;
    record.kind = document.at("t").get<std::string>();
    record.at = WallTime{Micros{document.at("at").get<std::int64_t>()}};
    if (document.contains("step")) record.step = document.at("step").get<int>();
    for (const auto& [key, value] : document.at("f").items()) record.fields[key] = value.get<std::string>();
    return record;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::string JournalRecord::field(const std::string& key) const {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string{} : found->second;
}

std::string render_record(const JournalRecord& record) {
  json document{
      {"v", 1}, {"t", record.kind}, {"at", record.at.time_since_epoch().count()}, {"f", record.fields}};
  if (record.step) document["step"] = *record.step;
  const std::string body = dump_line(document);
  return std::to_string(body.size()) + " " + hex(crc32c(body)) + " " + body + "\n";
}

Result<JournalContent> parse_journal(std::string_view text) {
  JournalContent content;
  std::size_t line_number = 0;
  std::size_t begin = 0;
  std::optional<std::size_t> damaged;
  while (begin < text.size()) {
    ++line_number;
    const std::size_t end = text.find('\n', begin);
    const std::string_view line =
        text.substr(begin, end == std::string_view::npos ? std::string_view::npos : end - begin);
    // A record that lacks its newline alone counts: once the line is closed, everybody reads it.
    const auto record = parse_line(line);
    if (line.empty()) {
      damaged.reset();  // whoever came after a crash closed the torn line
    } else if (damaged) {
      return Error{Code::failed, "the journal is damaged at line " + std::to_string(*damaged)};
    } else if (record) {
      content.records.push_back(*record);
    } else {
      damaged = line_number;
    }
    if (!damaged && end != std::string_view::npos) content.whole_bytes = end + 1;
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  return content;
}

Result<RolloutJournal> RolloutJournal::open(FileSystem& files, Clock& clock, const std::string& path) {
  RolloutJournal journal(files, clock, path);
  WX_LET(const auto text, read_if_present(files, path, largest_journal));
  if (text) {
    WX_LET(auto content, parse_journal(*text));
    journal.torn_ = content.whole_bytes != text->size();
    journal.records_ = std::move(content.records);
  }
  return journal;
}

Status RolloutJournal::append(std::string kind, std::optional<int> step,
                              std::map<std::string, std::string> fields) {
  JournalRecord record{std::move(kind), clock_.now(), step, std::move(fields)};
  auto appended = files_.append(path_, (torn_ ? "\n\n" : "") + render_record(record), true);
  torn_ = !appended;
  WX_TRY(std::move(appended));
  records_.push_back(std::move(record));
  for (const auto& watcher : watchers_) watcher(records_.back());
  return {};
}

const JournalRecord* RolloutJournal::last(std::string_view kind, std::optional<int> step) const {
  for (auto it = records_.rbegin(); it != records_.rend(); ++it)
    if (it->kind == kind && (!step || it->step == step)) return &*it;
  return nullptr;
}

const JournalRecord* RolloutJournal::first(std::string_view kind, std::optional<int> step) const {
  for (const auto& record : records_)
    if (record.kind == kind && (!step || record.step == step)) return &record;
  return nullptr;
}

}  // namespace wx
