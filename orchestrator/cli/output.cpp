#include "orchestrator/cli/output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace wx {

namespace {

constexpr std::size_t id_width = 16;

std::string_view code(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\033[32m";
    case Tone::bad:
      return "\033[31m";
    case Tone::warn:
      return "\033[33m";
    case Tone::dim:
      return "\033[2m";
    case Tone::strong:
      return "\033[1m";
    case Tone::plain:
      return "";
  }
  return "";
}

// Characters, not bytes: UTF-8 continuation bytes take no column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string toned(const World& world, Tone tone, std::string_view text) {
  if (!world.colored() || tone == Tone::plain) return std::string(text);
  return std::string(code(tone)) + std::string(text) + "\033[0m";
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_line(std::string_view text) {
  print(std::string(text) + "\n");
}

int report(const World& world, const Error& error) {
  std::string text = "wxctl: " + error.message + "\n";
  if (!error.remedy.empty()) text += "       " + error.remedy + "\n";
  if (error.code == Code::bug)
    text +=
        "       this is a bug in wxctl " WX_VERSION ": please report it with the command and this message\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  static_cast<void>(world);
  return to_int(exit_status(error.code));
}

int told(const World& world, const Result<int>& result) {
  return result ? *result : report(world, result.error());
}

std::string check_line(const World& world, const CheckResult& check) {
  Tone tone = Tone::dim;
  if (check.status == CheckStatus::pass) tone = Tone::good;
  if (check.status == CheckStatus::fail) tone = Tone::bad;
  if (check.status == CheckStatus::warn || check.status == CheckStatus::skip) tone = Tone::warn;
  std::string status(to_string(check.status));
  status.resize(5, ' ');
  std::string id = check.id;
  id.resize(std::max(id.size() + 1, id_width), ' ');
  std::string line = "  " + toned(world, tone, status) + id + check.message;
  if (!check.remedy.empty() && check.status != CheckStatus::pass)
    line += "\n" + std::string(23, ' ') + toned(world, Tone::strong, "-> " + check.remedy);
  return line;
}

std::string human_ms(std::int64_t milliseconds) {
  std::array<char, 32> buffer{};
  if (milliseconds < 1000)
    std::snprintf(buffer.data(), buffer.size(), "%lld ms", static_cast<long long>(milliseconds));
  else if (milliseconds < 120'000)
    std::snprintf(buffer.data(), buffer.size(), "%.1f s", static_cast<double>(milliseconds) / 1e3);
  else
    std::snprintf(buffer.data(), buffer.size(), "%.0f min", static_cast<double>(milliseconds) / 6e4);
  return buffer.data();
}

std::string table(const World& world, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      line += rows[r][i];
      if (i + 1 < rows[r].size()) line.append(widths[i] - width(rows[r][i]) + 2, ' ');
    }
    out += (r == 0 ? toned(world, Tone::dim, line) : line) + "\n";
  }
  return out;
}

}  // namespace wx
