#include "common/yaml/merge.hpp"

#include <algorithm>

#include "common/yaml/edit.hpp"

namespace wx::yaml {
namespace {

struct Document {
  Source source;
  Node root;
};

Result<Document> read_map(const std::string& file, std::string_view text) {
  WX_LET(Node root, parse(file, text));
  if (root.kind() != Kind::map && root.kind() != Kind::null) {
    return Error{Code::invalid,
                 root.mark().text() + ": expected a map of keys and values, not a " +
                     (root.kind() == Kind::sequence ? "list" : "single value"),
                 "correct " + file};
  }
  Source source(text);
  if (root.kind() == Kind::null) return Document{std::move(source), std::move(root)};
  // Parsed again as it will be edited: a line end at the end is part of the last value if that is a block of
  // text.
  WX_LET(Node complete, parse(file, source.text()));
  return Document{std::move(source), std::move(complete)};
}

std::string path_of(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

// Walks both maps side by side and notes what to insert into the live text.
class Merger {
 public:
  Merger(const Document& live, const Document& defaults) : live_(live), defaults_(defaults) {}

  void run() {
    merge(live_.root, live_.source.content_end(live_.root), defaults_.root,
          defaults_.source.content_end(defaults_.root), "");
  }
  [[nodiscard]] std::vector<Insertion>& insertions() { return insertions_; }
  [[nodiscard]] std::vector<std::string>& added() { return added_; }

 private:
  struct Missing {
    Node key;
    Node value;
    EntryLines lines;
  };

  // The content of either map ends before the line that is given with it.
  void merge(const Node& live, std::size_t live_end, const Node& defaults, std::size_t defaults_end,
             const std::string& path) {
    const Entries live_entries = live.entries();
    const Entries default_entries = defaults.entries();
    const auto live_lines = entry_lines(live_.source, live_entries, live_end);
    const auto default_lines = entry_lines(defaults_.source, default_entries, defaults_end);
    std::vector<Missing> missing;
    for (std::size_t index = 0; index < default_entries.size(); ++index) {
      const auto& [key, value] = default_entries[index];
      const std::size_t there = index_of(live_entries, key.scalar());
      if (there == live_entries.size()) {
        missing.push_back({key, value, default_lines[index]});
        added_.push_back(path_of(path, key.scalar()));
      } else if (value.kind() == Kind::map && live_entries[there].second.kind() == Kind::map) {
        merge(live_entries[there].second, live_lines[there].end, value, default_lines[index].end,
              path_of(path, key.scalar()));
      }
    }
    // After the maps within: what ends at the same place must come first.
    if (!missing.empty()) add(live, live_end, !defaults_.source.is_flow(defaults), missing, path.empty());
  }

  static std::size_t index_of(const Entries& entries, const std::string& key) {
    std::size_t index = 0;
    while (index < entries.size() && entries[index].first.scalar() != key) ++index;
    return index;
  }

  void add(const Node& live, std::size_t live_end, bool copy_lines, const std::vector<Missing>& missing,
           bool is_root) {
    if (live_.source.is_flow(live)) {
      std::vector<std::string> entries;
      entries.reserve(missing.size());
      for (const Missing& entry : missing)
        entries.push_back(render_entry(entry.key.scalar(), render(entry.value)));
      insertions_.push_back(insertion_into_flow(live_.source, live, entries));
      return;
    }
    const std::size_t offset = end_of_block(live_.source, live, live_end, is_root);
    const std::string indent(static_cast<std::size_t>(live.mark().column - 1), ' ');
    std::string text;
    const auto append = [&](std::string_view line) {
      if (!line.empty()) text.append(indent).append(line);
      text += live_.source.line_end();
    };
    for (const Missing& entry : missing) {
      if (copy_lines && starts_its_line(entry.key)) {
        for (const std::string_view line : lines_of(entry)) append(line);
      } else {
        append(render_entry(entry.key.scalar(), render(entry.value)));
      }
    }
    insertions_.push_back({offset, std::move(text)});
  }

  [[nodiscard]] bool starts_its_line(const Node& key) const {
    return indentation(defaults_.source.line(line_of(key))) ==
           static_cast<std::size_t>(key.mark().column - 1);
  }

  // The entry as it stands in the defaults, less its indentation, with one blank line if there is one above
  // it.
  [[nodiscard]] std::vector<std::string_view> lines_of(const Missing& entry) const {
    const Source& source = defaults_.source;
    const std::size_t indent = static_cast<std::size_t>(entry.key.mark().column - 1);
    std::vector<std::string_view> lines;
    if (entry.lines.first > 0 && is_blank(source.line(entry.lines.first - 1))) lines.emplace_back();
    std::size_t end = entry.lines.end;
    while (end > line_of(entry.key) + 1 && !belongs_to(source.line(end - 1), indent)) --end;
    for (std::size_t index = entry.lines.first; index < end; ++index) {
      std::string_view line = source.line(index);
      line.remove_prefix(std::min(indentation(line), indent));
      lines.push_back(is_blank(line) ? std::string_view() : line);
    }
    return lines;
  }

  // Whether a line below a key at this indentation is part of its value: deeper, or an item of its list.
  static bool belongs_to(std::string_view line, std::size_t indent) {
    if (is_blank(line)) return false;
    const std::size_t own = indentation(line);
    return own > indent || (own == indent && line[own] != '#');
  }

  const Document& live_;
  const Document& defaults_;
  std::vector<Insertion> insertions_;
  std::vector<std::string> added_;
};

void note_unknown(const Node& live, const Node& defaults, const std::string& path,
                  std::vector<std::string>& unknown) {
  for (const auto& [key, value] : live.entries()) {
    const auto known = defaults.find(key.scalar());
    if (!known) {
      unknown.push_back(path_of(path, key.scalar()));
    } else if (value.kind() == Kind::map && known->kind() == Kind::map) {
      note_unknown(value, *known, path_of(path, key.scalar()), unknown);
    }
  }
}

// Whether `merged` is `live` with what only `defaults` has behind it, all the way down.
bool is_merge_of(const Node& merged, const Node& live, const Node& defaults) {
  if (live.kind() != Kind::map || defaults.kind() != Kind::map) return same(merged, live);
  Entries rest = merged.entries();
  std::size_t next = 0;
  for (const auto& [key, value] : live.entries()) {
    if (next == rest.size() || !same(rest[next].first, key)) return false;
    const auto other = defaults.find(key.scalar());
    const Node& found = rest[next++].second;
    if (!(other ? is_merge_of(found, value, *other) : same(found, value))) return false;
  }
  for (const auto& [key, value] : defaults.entries()) {
    if (live.find(key.scalar())) continue;
    if (next == rest.size() || !same(rest[next].first, key) || !same(rest[next].second, value)) return false;
    ++next;
  }
  return next == rest.size();
}

// A live text without any key: its comments, then the defaults.
Merged start_from(const Document& live, const Document& defaults) {
  Merged merged;
  for (const auto& [key, value] : defaults.root.entries()) merged.added.push_back(key.scalar());
  const bool has_text = live.source.text().find_first_not_of(" \t\r\n") != std::string::npos;
  merged.text = has_text ? live.source.with_mark(live.source.text() + defaults.source.text())
                         : defaults.source.with_mark(defaults.source.text());
  return merged;
}

}  // namespace

Result<Merged> merge_defaults(const std::string& live_file, std::string_view live,
                              const std::string& defaults_file, std::string_view defaults) {
  WX_LET(const Document live_document, read_map(live_file, live));
  WX_LET(const Document default_document, read_map(defaults_file, defaults));
  if (default_document.root.kind() == Kind::null) {
    Merged merged{std::string(live), {}, {}};
    for (const auto& [key, value] : live_document.root.entries()) merged.unknown.push_back(key.scalar());
    return merged;
  }
  const bool is_empty = live_document.root.kind() == Kind::null;
  Merged merged;
  if (is_empty) {
    merged = start_from(live_document, default_document);
  } else {
    Merger merger(live_document, default_document);
    merger.run();
    merged.added = std::move(merger.added());
    note_unknown(live_document.root, default_document.root, "", merged.unknown);
    merged.text = merged.added.empty() ? std::string(live)
                                       : live_document.source.with_mark(insert_all(
                                             live_document.source.text(), std::move(merger.insertions())));
  }
  // YAML has more ways to be written than an editor of text can know: whatever it did must read back as
  // meant.
  const auto check = parse(live_file, merged.text);
  const bool good = check && (is_empty ? same(*check, default_document.root)
                                       : is_merge_of(*check, live_document.root, default_document.root));
  if (!good) {
    return Error{Code::invalid,
                 live_file + ": the keys that only " + defaults_file +
                     " has cannot be added without changing what is there",
                 "write the file in plain block style, or add the new keys by hand"};
  }
  return merged;
}

}  // namespace wx::yaml
