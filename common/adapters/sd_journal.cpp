#include "common/adapters/sd_journal.hpp"

#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace wx {
namespace {

constexpr std::size_t max_message_bytes = 4096;
// Fields are read whole up to this size, the field's name included.
constexpr std::size_t max_field_bytes = max_message_bytes + 256;
constexpr int default_priority = 6;

struct Closer {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using Handle = std::unique_ptr<sd_journal, Closer>;

Error unreadable(const std::string& why) {
  return {Code::unavailable, "cannot read the journal of this machine: " + why,
          "check that systemd-journald runs and that this user may read the journal (group systemd-journal)"};
}

Error failed(const char* what, int result) {
  return unreadable(std::string(what) + ": " + std::strerror(-result));
}

std::string field(sd_journal* journal, const std::string& name) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal, name.c_str(), &data, &size) < 0 || size <= name.size()) return {};
  return std::string(static_cast<const char*>(data) + name.size() + 1, size - name.size() - 1);
}

// At most max_message_bytes, never ending within a UTF-8 sequence.
std::string shortened(std::string message) {
  if (message.size() <= max_message_bytes) return message;
  std::size_t end = max_message_bytes;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
  message.resize(end);
  return message;
}

int priority_of(const std::string& text) {
  int value = default_priority;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && value >= 0 && value <= 7 ? value : default_priority;
}

class SdJournal final : public Journal {
 public:
  explicit SdJournal(Scope scope) : scope_(scope) {}

  Result<std::vector<JournalEntry>> entries(const JournalQuery& query) override {
    WX_LET(const Handle journal, open());
    if (query.units.empty() || query.limit == 0) return std::vector<JournalEntry>{};
    WX_TRY(add_matches(journal.get(), query));
    if (const int result = sd_journal_seek_tail(journal.get()); result < 0) return failed("seek", result);

    std::vector<JournalEntry> entries;
    while (entries.size() < query.limit) {
      const int moved = sd_journal_previous(journal.get());
      if (moved < 0) return failed("read", moved);
      if (moved == 0) break;
      std::uint64_t at_us = 0;
      if (const int result = sd_journal_get_realtime_usec(journal.get(), &at_us); result < 0)
        return failed("read", result);
      const WallTime at{Micros{static_cast<Micros::rep>(at_us)}};
      if (at < query.since) break;
      JournalEntry entry = current_entry(journal.get(), at);
      if (entry.priority <= query.max_priority) entries.push_back(std::move(entry));
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
  }

 private:
  static Result<Handle> open() {
    sd_journal* raw = nullptr;
    // No flag for the current user: root's entries are in the system's file, where that flag would not look.
    if (const int result = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY); result < 0)
      return failed("open", result);
    Handle journal(raw);
    sd_journal_set_data_threshold(raw, max_field_bytes);
    // Opening succeeds without any readable file; no entry at all tells that apart from no match.
    if (sd_journal_seek_tail(raw) < 0 || sd_journal_previous(raw) <= 0)
      return unreadable("there is no readable journal file");
    return journal;
  }

  [[nodiscard]] Status add_matches(sd_journal* journal, const JournalQuery& query) const {
    // Alike fields are alternatives, unlike ones must all match, the disjunction parts the two groups.
    const bool user = scope_ == Scope::user;
    const std::string uid = "_UID=" + std::to_string(::getuid());
    WX_TRY(add_group(journal, user ? "_SYSTEMD_USER_UNIT=" : "_SYSTEMD_UNIT=", query,
                     user ? uid : std::string{}));
    if (const int result = sd_journal_add_disjunction(journal); result < 0) return failed("match", result);
    // What the system manager says about a unit is trusted from PID 1 alone.
    return add_group(journal, user ? "USER_UNIT=" : "UNIT=", query, user ? uid : "_PID=1");
  }

  static Status add_group(sd_journal* journal, const std::string& unit_field, const JournalQuery& query,
                          const std::string& also) {
    for (const std::string& unit : query.units) WX_TRY(add_match(journal, unit_field + unit));
    if (!also.empty()) WX_TRY(add_match(journal, also));
    // Entries without a priority count as the default one, so that only stricter limits can be matched by
    // field.
    if (query.max_priority < default_priority)
      for (int priority = 0; priority <= query.max_priority; ++priority)
        WX_TRY(add_match(journal, "PRIORITY=" + std::to_string(priority)));
    return {};
  }

  static Status add_match(sd_journal* journal, const std::string& match) {
    if (const int result = sd_journal_add_match(journal, match.data(), match.size()); result < 0)
      return failed("match", result);
    return {};
  }

  [[nodiscard]] JournalEntry current_entry(sd_journal* journal, WallTime at) const {
    JournalEntry entry;
    entry.at = at;
    entry.priority = priority_of(field(journal, "PRIORITY"));
    entry.identifier = field(journal, "SYSLOG_IDENTIFIER");
    // What the manager says about a unit names the unit's invocation in a field of its own.
    entry.invocation = field(journal, scope_ == Scope::user ? "USER_INVOCATION_ID" : "INVOCATION_ID");
    if (entry.invocation.empty()) entry.invocation = field(journal, "_SYSTEMD_INVOCATION_ID");
    entry.message = shortened(field(journal, "MESSAGE"));
    return entry;
  }

  Scope scope_;
};

}  // namespace

std::unique_ptr<Journal> make_sd_journal(Scope scope) {
  return std::make_unique<SdJournal>(scope);
}

}  // namespace wx
