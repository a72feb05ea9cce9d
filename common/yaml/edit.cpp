#include "common/yaml/edit.hpp"

#include <algorithm>

#include "common/core/text.hpp"

namespace wx::yaml {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] == '#';
}

bool is_document_marker(std::string_view line) {
  if (!line.starts_with("---") && !line.starts_with("...")) return false;
  return line.size() == 3 || line[3] == ' ' || line[3] == '\t';
}

// Letters, digits and what can stand anywhere in a plain scalar, also within {…}.
bool is_harmless(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '+' || c == '-';
}

bool can_be_plain(std::string_view text) {
  if (text.empty() || text == "-" || text.front() == ' ' || text.back() == ' ' || text.starts_with("- "))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_harmless(c) || c == ' '; });
}

struct FlowEnd {
  std::size_t last_end;  // behind the last character that is neither blank nor comment
  char last;
};

// `open` is the offset of the opening brace; the text was parsed, so everything has its end.
FlowEnd flow_end(std::string_view text, std::size_t open) {
  FlowEnd result{open + 1, text[open]};
  int depth = 1;
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const char before = text[at - 1];
    if (c == '#' && (before == ' ' || before == '\t' || before == '\n')) {
      at = text.find('\n', at);
      if (at == std::string_view::npos) break;
      continue;
    }
    const bool starts_token = std::string_view("{[,:").find(result.last) != std::string_view::npos;
    if ((c == '"' || c == '\'') && starts_token) {
      for (++at; at < text.size() && text[at] != c; ++at) {
        if (c == '"' && text[at] == '\\') ++at;
      }
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      break;
    }
    result = {at + 1, c};
  }
  return result;
}

}  // namespace

Source::Source(std::string_view raw) {
  if (raw.starts_with(utf8_mark)) {
    byte_order_mark_ = utf8_mark;
    raw.remove_prefix(utf8_mark.size());
  }
  text_ = raw;
  const std::size_t first_end = text_.find('\n');
  if (first_end != std::string::npos && first_end > 0 && text_[first_end - 1] == '\r') line_end_ = "\r\n";
  if (!text_.empty() && text_.back() != '\n') text_ += line_end_;
  for (std::size_t at = 0; at < text_.size(); at = text_.find('\n', at) + 1) starts_.push_back(at);
}

std::string_view Source::line(std::size_t index) const {
  std::string_view line =
      std::string_view(text_).substr(line_start(index), line_start(index + 1) - line_start(index));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::size_t Source::line_start(std::size_t index) const {
  return index < starts_.size() ? starts_[index] : text_.size();
}

std::size_t Source::offset(const Mark& mark) const {
  return line_start(static_cast<std::size_t>(mark.line - 1)) + static_cast<std::size_t>(mark.column - 1);
}

bool Source::is_flow(const Node& map) const {
  const std::size_t at = offset(map.mark());
  return at < text_.size() && (text_[at] == '{' || text_[at] == '[');
}

std::size_t Source::content_end(const Node& root) const {
  for (std::size_t index = line_of(root) + 1; index < lines(); ++index) {
    if (is_document_marker(line(index))) return index;
  }
  return lines();
}

std::size_t line_of(const Node& node) {
  return static_cast<std::size_t>(node.mark().line - 1);
}

std::size_t indentation(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? line.size() : first;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

std::vector<EntryLines> entry_lines(const Source& source, const Entries& entries, std::size_t end) {
  std::vector<EntryLines> result;
  std::size_t floor = 0;
  for (const auto& [key, value] : entries) {
    const std::size_t key_indentation = static_cast<std::size_t>(key.mark().column - 1);
    std::size_t first = line_of(key);
    // A deeper comment belongs to the block above it.
    while (first > floor && is_comment(source.line(first - 1)) &&
           indentation(source.line(first - 1)) <= key_indentation) {
      --first;
    }
    if (!result.empty()) result.back().end = first;
    result.push_back({first, end});
    floor = line_of(key) + 1;
  }
  return result;
}

std::string double_quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        if (byte < 0x20 || byte == 0x7F) {
          result += {'\\', 'x', digits[byte >> 4], digits[byte & 0xF]};
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

std::string render(const Node& node) {
  std::vector<std::string> parts;
  switch (node.kind()) {
    case Kind::null:
      return "null";
    case Kind::scalar:
      return !node.quoted() && can_be_plain(node.scalar()) ? node.scalar() : double_quoted(node.scalar());
    case Kind::sequence:
      for (const Node& item : node.items()) parts.push_back(render(item));
      return "[" + join(parts, ", ") + "]";
    case Kind::map:
      break;
  }
  for (const auto& [key, value] : node.entries()) parts.push_back(render_entry(key.scalar(), render(value)));
  return "{" + join(parts, ", ") + "}";
}

std::string render_entry(const std::string& key, const std::string& rendered_value) {
  return (can_be_plain(key) ? key : double_quoted(key)) + ": " + rendered_value;
}

std::string insert_all(const std::string& text, std::vector<Insertion> insertions) {
  std::stable_sort(insertions.begin(), insertions.end(),
                   [](const Insertion& left, const Insertion& right) { return left.offset < right.offset; });
  std::string result;
  std::size_t from = 0;
  for (const Insertion& insertion : insertions) {
    result.append(text, from, insertion.offset - from);
    result += insertion.text;
    from = insertion.offset;
  }
  return result.append(text, from, std::string::npos);
}

std::size_t end_of_block(const Source& source, const Node& map, std::size_t end, bool is_root) {
  if (is_root) return source.line_start(end);
  const std::size_t block_indentation = static_cast<std::size_t>(map.mark().column - 1);
  for (std::size_t index = end; index > line_of(map); --index) {
    const std::string_view line = source.line(index - 1);
    if (!is_blank(line) && indentation(line) >= block_indentation) return source.line_start(index);
  }
  return source.line_start(end);
}

Insertion insertion_into_flow(const Source& source, const Node& map,
                              const std::vector<std::string>& entries) {
  const FlowEnd end = flow_end(source.text(), source.offset(map.mark()));
  const std::string_view before = map.entries().empty() ? "" : end.last == ',' ? " " : ", ";
  return {end.last_end, std::string(before) + join(entries, ", ")};
}

bool same(const Node& left, const Node& right) {
  if (left.kind() != right.kind() || left.scalar() != right.scalar()) return false;
  const auto left_items = left.items();
  const auto right_items = right.items();
  if (!std::equal(left_items.begin(), left_items.end(), right_items.begin(), right_items.end(), same))
    return false;
  const auto left_entries = left.entries();
  const auto right_entries = right.entries();
  return std::equal(
      left_entries.begin(), left_entries.end(), right_entries.begin(), right_entries.end(),
      [](const auto& a, const auto& b) { return same(a.first, b.first) && same(a.second, b.second); });
}

}  // namespace wx::yaml
