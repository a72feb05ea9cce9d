#include "common/adapters/systemd_calendar.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx {

namespace {

constexpr Micros patience{10'000'000};
constexpr std::size_t bytes_per_elapse = 256;
constexpr std::size_t bytes_of_the_head = 4096;
constexpr std::string_view utc = " UTC";
// "2026-11-24 13:00:00 UTC" and no more.
constexpr std::size_t stamp_length = 23;

// A line that tells an elapse in UTC. Where the machine has another time zone, the local time stands above it
// and ends otherwise.
std::optional<WallTime> elapse_on(std::string_view line) {
  line = trim(line);
  const bool tells =
      line.starts_with("Next elapse:") || line.starts_with("Iter. #") || line.starts_with("(in UTC):");
  if (!tells || !line.ends_with(utc) || line.size() < stamp_length) return std::nullopt;
  const std::string stamp(line.substr(line.size() - stamp_length));
  const auto time = parse_instant(stamp.substr(0, 10) + "T" + stamp.substr(11, 8) + "Z");
  return time ? std::optional(*time) : std::nullopt;
}

// The number behind "μs:", however the letter is spelt; "infinity" is the largest one.
std::optional<Micros> micros_on(std::string_view line) {
  line = trim(line);
  const std::size_t colon = line.find("s:");
  if (colon == std::string_view::npos || line.starts_with("Original:")) return std::nullopt;
  const std::string_view digits = trim(line.substr(colon + 2));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const auto most = static_cast<std::uint64_t>(Micros::max().count());
  return Micros{static_cast<Micros::rep>(std::min(value, most))};
}

class SystemdCalendar final : public Calendar {
 public:
  SystemdCalendar(Process& process, std::string path) : process_(process), path_(std::move(path)) {}

  Result<std::vector<WallTime>> elapses(const std::string& expression, std::size_t count) override {
    WX_LET(const std::string told,
           ask({"calendar", "--iterations=" + std::to_string(count), "--", expression}, expression,
               bytes_of_the_head + count * bytes_per_elapse));
    std::vector<WallTime> out;
    for (const auto& line : split(told, '\n'))
      if (const auto time = elapse_on(line)) out.push_back(*time);
    return out;
  }

  Result<Micros> span(const std::string& text) override {
    WX_LET(const std::string told, ask({"timespan", "--", text}, text, bytes_of_the_head));
    for (const auto& line : split(told, '\n'))
      if (const auto micros = micros_on(line)) return *micros;
    return Error{Code::unavailable, "systemd-analyze does not tell how long \"" + text + "\" is"};
  }

 private:
  Result<std::string> ask(std::vector<std::string> words, const std::string& text, std::size_t most_bytes) {
    ProcessRequest request;
    request.argv = std::move(words);
    request.argv.insert(request.argv.begin(), "systemd-analyze");
    request.directory = "/";
    request.environment = {{"PATH", path_}, {"LC_ALL", "C.UTF-8"}};
    request.timeout = patience;
    request.max_output_bytes = most_bytes;
    auto outcome = process_.run(request);
    if (!outcome)
      return Error{Code::unavailable, "systemd-analyze cannot be asked: " + outcome.error().message,
                   outcome.error().remedy};
    if (outcome->timed_out || outcome->signal != 0)
      return Error{Code::unavailable, "systemd-analyze gave no answer"};
    if (outcome->exit_status != 0)
      return Error{Code::invalid, "systemd does not understand \"" + printable(text, 100) + "\"",
                   "man systemd.time"};
    return std::move(outcome->output);
  }

  Process& process_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Calendar> make_systemd_calendar(Process& process, std::string path) {
  return std::make_unique<SystemdCalendar>(process, std::move(path));
}

}  // namespace wx
