#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/core/text.hpp"
#include "common/yaml/edit.hpp"
#include "common/yaml/merge.hpp"

namespace wx::yaml {
namespace {

using Path = std::vector<std::string>;

bool is_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // from_chars reads "inf" and "nan" as well.
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

bool is_bool(std::string_view text) {
  return text == "true" || text == "false";
}

// A word that every reader of YAML, also of 1.1, takes for a text.
bool is_safe_word(std::string_view text) {
  static constexpr std::array<std::string_view, 9> special{"true", "false", "null", "yes", "no",
                                                           "on",   "off",   "y",    "n"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || !is_letter(text.front())) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return plain && std::find(special.begin(), special.end(), to_lower(text)) == special.end();
}

std::string spelled(const std::string& value, const Node* before) {
  const bool was_plain = before == nullptr || before->kind() != Kind::scalar || !before->quoted();
  if (was_plain && is_safe_word(value)) return value;
  if (before != nullptr && before->kind() == Kind::scalar && !before->quoted()) {
    if (is_number(value) && is_number(before->scalar())) return value;
    if (is_bool(value) && is_bool(before->scalar())) return value;
  }
  return double_quoted(value);
}

Error not_settable(const Mark& mark, const std::string& path, const std::string& why) {
  return {Code::invalid, mark.text() + ": cannot set " + path + ": " + why,
          "write it as `key: value` on one line"};
}

// How many bytes the scalar at `text` takes; 0 when it is no quoted and no one-line plain scalar.
std::size_t scalar_length(std::string_view text, const Node& value) {
  if (text.starts_with('"') || text.starts_with('\'')) {
    const char quote = text.front();
    for (std::size_t at = 1; at < text.size(); ++at) {
      const bool escape = quote == '"' ? text[at] == '\\' : text.substr(at, 2) == "''";
      if (escape) {
        ++at;
      } else if (text[at] == quote) {
        return at + 1;
      }
    }
    return 0;
  }
  return text.starts_with(value.scalar()) ? value.scalar().size() : 0;
}

// Where the ':' behind a key stands.
std::size_t colon_of(const Source& source, const Node& key) {
  const std::size_t start = source.offset(key.mark());
  const std::size_t length = scalar_length(std::string_view(source.text()).substr(start), key);
  return source.text().find(':', start + length);
}

struct Replacement {
  std::size_t offset;
  std::size_t length;
  std::string text;
};

// `key: value` for a path of which nothing is there, as one line within {…} or as nested lines.
std::string flow_entry(const Path& path, std::size_t from, const std::string& value) {
  std::string text = value;
  for (std::size_t index = path.size(); index > from; --index) {
    text = render_entry(path[index - 1], text);
    if (index - 1 > from) text = "{" + text + "}";
  }
  return text;
}

std::string block_entry(const Path& path, std::size_t from, const std::string& value, std::size_t indent,
                        std::string_view line_end) {
  std::string text;
  for (std::size_t index = from; index < path.size(); ++index, indent += 2) {
    const bool last = index + 1 == path.size();
    std::string line = render_entry(path[index], last ? value : "");
    if (!last) line.pop_back();
    text.append(indent, ' ').append(line).append(line_end);
  }
  return text;
}

Result<Replacement> replacement(const Source& source, const Node& root, const Path& path,
                                const std::string& value) {
  const std::string name = join(path, ".");
  Node map = root;
  std::size_t end = source.content_end(root);
  for (std::size_t depth = 0;; ++depth) {
    const Entries entries = map.entries();
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return entry.first.scalar() == path[depth]; });
    if (found == entries.end()) {
      if (source.is_flow(map)) {
        const auto insertion =
            insertion_into_flow(source, map, {flow_entry(path, depth, spelled(value, nullptr))});
        return Replacement{insertion.offset, 0, insertion.text};
      }
      return Replacement{end_of_block(source, map, end, depth == 0), 0,
                         block_entry(path, depth, spelled(value, nullptr),
                                     static_cast<std::size_t>(map.mark().column - 1), source.line_end())};
    }
    const auto& [key, current] = *found;
    const bool last = depth + 1 == path.size();
    if (current.kind() == Kind::null) {
      const std::string text =
          last ? spelled(value, nullptr) : "{" + flow_entry(path, depth + 1, spelled(value, nullptr)) + "}";
      const std::size_t at = source.offset(current.mark());
      if (at != source.offset(key.mark())) {
        return Replacement{at, source.text()[at] == '~' ? 1u : 4u, text};
      }
      const std::size_t colon = colon_of(source, key);
      if (colon == std::string::npos)
        return not_settable(key.mark(), name, "its key is written in an unusual way");
      return Replacement{colon + 1, 0, " " + text};
    }
    if (last) {
      if (current.kind() != Kind::scalar) {
        return not_settable(current.mark(), name,
                            std::string("it is a ") + (current.kind() == Kind::map ? "map" : "list") +
                                ", not a single value");
      }
      const std::size_t at = source.offset(current.mark());
      const std::size_t length = scalar_length(std::string_view(source.text()).substr(at), current);
      if (length == 0) return not_settable(current.mark(), name, "its value takes several lines");
      return Replacement{at, length, spelled(value, &current)};
    }
    if (current.kind() != Kind::map) {
      return not_settable(current.mark(), name, path[depth] + " is no map");
    }
    end = entry_lines(source, entries, end)[static_cast<std::size_t>(found - entries.begin())].end;
    map = current;
  }
}

// Whether the map `after` has the entries `before` with `value` at the path from `depth` on, and nothing else
// changed.
bool is_set(const Entries& before, const Node& after, const Path& path, std::size_t depth,
            const std::string& value) {
  if (depth == path.size()) return after.kind() == Kind::scalar && after.scalar() == value;
  const Entries now = after.entries();
  bool found = false;
  for (std::size_t index = 0; index < now.size(); ++index) {
    const auto& [key, current] = now[index];
    const bool was_there = index < before.size();
    if (was_there && !same(before[index].first, key)) return false;
    if (key.scalar() == path[depth]) {
      found = true;
      const Entries within = was_there ? before[index].second.entries() : Entries{};
      if (!is_set(within, current, path, depth + 1, value)) return false;
    } else if (!was_there || !same(before[index].second, current)) {
      return false;
    }
  }
  return found && now.size() >= before.size();
}

Result<std::string> set_one(const std::string& file, const std::string& text, const Path& path,
                            const std::string& value) {
  const std::string name = join(path, ".");
  if (std::find(path.begin(), path.end(), "") != path.end()) {
    return Error{Code::invalid, file + ": \"" + printable(name, 80) + "\" is no path of a key",
                 "write it as words with dots between them, such as influxdb.bucket"};
  }
  WX_LET(const Node original, parse(file, text));
  const Source source(text);
  if (original.kind() == Kind::null) {
    // Nothing but comments: the new key comes behind them.
    const std::string added =
        source.text() + block_entry(path, 0, spelled(value, nullptr), 0, source.line_end());
    return source.with_mark(added);
  }
  if (original.kind() != Kind::map) {
    return Error{Code::invalid, original.mark().text() + ": expected a map of keys and values",
                 "correct " + file};
  }
  WX_LET(const Node root, parse(file, source.text()));
  WX_LET(const Replacement change, replacement(source, root, path, value));
  std::string result = source.text();
  result.replace(change.offset, change.length, change.text);
  const auto check = parse(file, result);
  if (!check || !is_set(root.entries(), *check, path, 0, value)) {
    return not_settable(root.mark(), name, "the text around it would change too");
  }
  // A change within the text leaves a line end that was missing at its end missing.
  const bool line_end_is_ours = !text.ends_with('\n') && change.offset < source.text().size();
  if (line_end_is_ours) result.resize(result.size() - source.line_end().size());
  return source.with_mark(result);
}

}  // namespace

Result<std::string> set_values(const std::string& file, std::string_view text,
                               const std::vector<std::pair<std::string, std::string>>& values) {
  std::string result(text);
  for (const auto& [path, value] : values) {
    WX_LET(std::string next, set_one(file, result, split(path, '.'), value));
    result = std::move(next);
  }
  return result;
}

}  // namespace wx::yaml
