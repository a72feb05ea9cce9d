// YAML as text and as tree at once: where a map's entries stand and where another one fits in. Private to
// this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/yaml/document.hpp"

namespace wx::yaml {

using Entries = std::vector<std::pair<Node, Node>>;

// A text in lines counted from 0, without byte order mark and with a line end at its end. Marks of parse()
// fit it.
class Source {
 public:
  explicit Source(std::string_view raw);

  [[nodiscard]] const std::string& text() const { return text_; }
  // The text as it is written back, with the byte order mark it had.
  [[nodiscard]] std::string with_mark(const std::string& text) const { return byte_order_mark_ + text; }
  [[nodiscard]] std::string_view line_end() const { return line_end_; }
  [[nodiscard]] std::size_t lines() const { return starts_.size(); }
  [[nodiscard]] std::string_view line(std::size_t index) const;   // without its end
  [[nodiscard]] std::size_t line_start(std::size_t index) const;  // the size of the text behind the last line
  [[nodiscard]] std::size_t offset(const Mark& mark) const;
  [[nodiscard]] bool is_flow(const Node& map) const;  // {…} on a map, […] on a list
  // The line behind the content: the first document marker below `root`, else lines().
  [[nodiscard]] std::size_t content_end(const Node& root) const;

 private:
  std::string text_;
  std::string byte_order_mark_;
  std::string_view line_end_ = "\n";
  std::vector<std::size_t> starts_;
};

// The lines [first, end) of one entry of a block map with the comments directly above its key.
struct EntryLines {
  std::size_t first = 0;
  std::size_t end = 0;
};

std::size_t line_of(const Node& node);  // from 0
std::size_t indentation(std::string_view line);
bool is_blank(std::string_view line);

// One item per entry of a block map whose content ends before line `end`.
std::vector<EntryLines> entry_lines(const Source& source, const Entries& entries, std::size_t end);

// A value, or "key: value", on one line; plain where that reads back the same, also within {…}.
std::string render(const Node& node);
std::string render_entry(const std::string& key, const std::string& rendered_value);
std::string double_quoted(std::string_view text);

struct Insertion {
  std::size_t offset = 0;
  std::string text;
};
// The text with all insertions; those at the same offset keep their order.
std::string insert_all(const std::string& text, std::vector<Insertion> insertions);

// Place for further lines at the end of a block map whose content ends before line `end`.
std::size_t end_of_block(const Source& source, const Node& map, std::size_t end, bool is_root);
// What puts `entries` ("key: value") before the closing brace of a flow map.
Insertion insertion_into_flow(const Source& source, const Node& map, const std::vector<std::string>& entries);

// Equal kinds, texts and order; the style does not matter.
bool same(const Node& left, const Node& right);

}  // namespace wx::yaml
