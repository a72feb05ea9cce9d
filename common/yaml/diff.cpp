#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/text.hpp"
#include "common/yaml/edit.hpp"
#include "common/yaml/merge.hpp"

namespace wx::yaml {
namespace {

constexpr std::size_t context = 3;
// Cells of the table for the longest common subsequence: 16 MiB. Beyond, everything between the equal ends
// counts as changed.
constexpr std::size_t max_cells = 4u << 20;
constexpr std::string_view hidden = "***";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

// Behind the ':' of the first key on the line whose name says that its value is secret; npos without one.
std::size_t secret_value(std::string_view line) {
  std::size_t name = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '{' || c == ',' || c == '[') name = at + 1;
    if (c != ':') continue;
    const bool ends_key = at + 1 == line.size() || line[at + 1] == ' ' || line[at + 1] == '\t' ||
                          (at > 0 && (line[at - 1] == '"' || line[at - 1] == '\''));
    if (ends_key && is_secret_name(line.substr(name, at - name))) return at + 1;
  }
  return std::string_view::npos;
}

// The column of the first key or comment, behind the dashes of list items.
std::size_t key_column(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" -");
  return first == std::string_view::npos ? line.size() : first;
}

// user:password@ in a URL.
std::string without_userinfo(std::string line) {
  for (std::size_t at = line.find("://"); at != std::string::npos; at = line.find("://", at + 3)) {
    const std::size_t start = at + 3;
    const std::size_t end = std::min(line.find_first_of("/ \t\"'", start), line.size());
    const std::size_t sign = line.rfind('@', end == 0 ? 0 : end - 1);
    if (sign != std::string::npos && sign >= start && sign < end) line.replace(start, sign - start, hidden);
  }
  return line;
}

// Each line as it may be shown. What stands deeper than a secret key is the rest of its value.
std::vector<std::string> masked(const std::vector<std::string>& lines) {
  std::vector<std::string> result;
  std::size_t secret_column = std::string::npos;
  for (const std::string& line : lines) {
    const std::size_t first = indentation(line);
    if (secret_column != std::string::npos && !is_blank(line)) {
      const bool is_item = first == secret_column && line.compare(first, 1, "-") == 0;
      if (first > secret_column || is_item) {
        result.push_back(std::string(first, ' ') + std::string(hidden));
        continue;
      }
      secret_column = std::string::npos;
    }
    const std::size_t value = secret_value(line);
    if (value == std::string::npos) {
      result.push_back(without_userinfo(line));
      continue;
    }
    const std::size_t column = key_column(line);
    // A comment has no value that goes on below it.
    if (column < line.size() && line[column] != '#') secret_column = column;
    const bool has_value = !is_blank(std::string_view(line).substr(value));
    result.push_back(without_userinfo(line.substr(0, value)) + (has_value ? " " + std::string(hidden) : ""));
  }
  return result;
}

enum class Change { kept, removed, added };

struct Edit {
  Change change;
  std::size_t line;  // in the text before for kept and removed lines, else in the text after
};

using Lines = std::vector<std::string>;

// The edits between the first `from` and the ends `before_end`, `after_end` of two texts.
void compare_middle(const Lines& before, const Lines& after, std::size_t from, std::size_t before_end,
                    std::size_t after_end, std::vector<Edit>& edits) {
  const std::size_t rows = before_end - from;
  const std::size_t columns = after_end - from;
  const bool small = rows == 0 || columns <= max_cells / (rows + 1);
  // length[i][j]: of the longest common subsequence of the lines from i and from j on.
  std::vector<std::uint32_t> length(small ? (rows + 1) * (columns + 1) : 0);
  const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return length[i * (columns + 1) + j];
  };
  if (small) {
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        cell(i, j) = before[from + i] == after[from + j] ? cell(i + 1, j + 1) + 1
                                                         : std::max(cell(i + 1, j), cell(i, j + 1));
      }
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    if (small && i < rows && j < columns && before[from + i] == after[from + j]) {
      edits.push_back({Change::kept, from + i++});
      ++j;
    } else if (i < rows && (j == columns || !small || cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push_back({Change::removed, from + i++});
    } else {
      edits.push_back({Change::added, from + j++});
    }
  }
}

std::vector<Edit> compare(const Lines& before, const Lines& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::vector<Edit> edits;
  for (std::size_t line = 0; line < head; ++line) edits.push_back({Change::kept, line});
  compare_middle(before, after, head, before.size() - tail, after.size() - tail, edits);
  for (std::size_t line = before.size() - tail; line < before.size(); ++line)
    edits.push_back({Change::kept, line});
  return edits;
}

// "12,3" in a hunk's head: first line from 1 and number of lines; an empty range names the line before it.
std::string range(std::size_t start, std::size_t count) {
  return std::to_string(count == 0 ? start : start + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

std::string masked_diff(std::string_view before, std::string_view after, const std::string& name) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Edit> edits = compare(old_lines, new_lines);
  const Lines old_shown = masked(old_lines);
  const Lines new_shown = masked(new_lines);

  std::string diff;
  std::size_t old_line = 0;
  std::size_t new_line = 0;
  for (std::size_t at = 0; at < edits.size();) {
    // The next hunk begins `context` lines before the next change and ends where twice as many lines are
    // equal.
    std::size_t change = at;
    while (change < edits.size() && edits[change].change == Change::kept) ++change;
    if (change == edits.size()) break;
    const std::size_t start = change - std::min(change - at, context);
    old_line += start - at;
    new_line += start - at;
    std::size_t end = change;
    for (std::size_t look = change; look < edits.size() && look <= end + 2 * context + 1; ++look) {
      if (edits[look].change != Change::kept) end = look;
    }
    end = std::min(end + 1 + context, edits.size());

    std::string body;
    std::size_t old_count = 0;
    std::size_t new_count = 0;
    for (std::size_t index = start; index < end; ++index) {
      const Edit& edit = edits[index];
      old_count += edit.change != Change::added;
      new_count += edit.change != Change::removed;
      body += edit.change == Change::kept ? " " : edit.change == Change::removed ? "-" : "+";
      body += (edit.change == Change::added ? new_shown : old_shown)[edit.line] + "\n";
    }
    if (diff.empty()) diff = "--- " + name + "\n+++ " + name + "\n";
    diff += "@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@\n" + body;
    old_line += old_count;
    new_line += new_count;
    at = end;
  }
  return diff;
}

}  // namespace wx::yaml
