#include "common/adapters/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// The place in this file where the call stands would be the same for every entry.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cstdlib>

#include "common/core/text.hpp"

namespace wx {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t longest_line = 16UL * 1024;
constexpr std::size_t longest_field_name = 64;  // journald drops longer ones

std::string priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "7";
    case LogLevel::info:
      return "6";
    case LogLevel::warning:
      return "4";
    case LogLevel::error:
      return "3";
  }
  return "3";
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view label_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
    case LogLevel::info:
      return "";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      return "error: ";
  }
  return "";
}

// What a server or a program sent must not steer the terminal.
std::string harmless(const std::string& message) {
  auto lines = split(message, '\n');
  for (auto& line : lines) line = printable(line, longest_line);
  return join(lines, "\n");
}

// systemd names device and inode of the stream that it connected; only if stderr is still that one is it the
// journal. In a root directory of its own a service may have that stream alone: sd-journal would drop entries
// without a word.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) &&
         ::access("/run/systemd/journal/socket", W_OK) == 0;
}

bool wants_colour() {
  const char* forbidden = std::getenv("NO_COLOR");
  return forbidden == nullptr || *forbidden == '\0';
}

class LineLog final : public Log {
 public:
  LineLog(const std::string& identifier, LogLevel least)
      : logger_(identifier, wants_colour() ? colour_sink() : plain_sink()) {
    logger_.set_pattern("%^%v%$");
    logger_.set_level(spdlog_level(least));
    logger_.flush_on(spdlog::level::trace);
  }

  void write(LogLevel level, const std::string& message, const Fields&) override {
    const auto line = std::string(label_of(level)) + harmless(message);
    logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  static spdlog::sink_ptr colour_sink() { return std::make_shared<spdlog::sinks::stderr_color_sink_mt>(); }
  static spdlog::sink_ptr plain_sink() { return std::make_shared<spdlog::sinks::stderr_sink_mt>(); }
  spdlog::logger logger_;
};

bool is_field_name(std::string_view name) {
  // A leading underscore is journald's own.
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= longest_field_name && name.front() >= 'A' && name.front() <= 'Z' &&
         std::all_of(name.begin(), name.end(), allowed);
}

class JournalLog final : public Log {
 public:
  JournalLog(std::string identifier, LogLevel least) : identifier_(std::move(identifier)), least_(least) {}

  void write(LogLevel level, const std::string& message, const Fields& fields) override {
    if (level < least_) return;
    std::vector<std::string> entry{"MESSAGE=" + harmless(message), "PRIORITY=" + priority_of(level),
                                   "SYSLOG_IDENTIFIER=" + identifier_};
    for (const auto& [name, value] : fields) {
      if (is_field_name(name)) entry.push_back(name + "=" + value);
    }
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    for (auto& text : entry) parts.push_back({text.data(), text.size()});
    if (::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) to_stream(level, message);
  }

 private:
  // stderr is connected to the journal all the same; "<N>" is the priority there.
  static void to_stream(LogLevel level, const std::string& message) {
    const auto line = "<" + priority_of(level) + ">" + harmless(message) + "\n";
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  }
  std::string identifier_;
  LogLevel least_;
};

}  // namespace

std::unique_ptr<Log> make_log(const std::string& identifier, LogLevel least) {
  if (stderr_is_journal()) return std::make_unique<JournalLog>(identifier, least);
  return std::make_unique<LineLog>(identifier, least);
}

}  // namespace wx
