// The only file that knows yaml-cpp. It builds its own tree from parser events, because yaml-cpp's nodes
// accept duplicate keys, resolve aliases silently and carry no marks once they were converted.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/text.hpp"
#include "common/yaml/document.hpp"
#include "common/yaml/node_data.hpp"

namespace wx::yaml {
namespace {

constexpr std::size_t max_bytes = 1u << 20;
constexpr std::size_t max_depth = 32;
constexpr std::string_view core_tags = "tag:yaml.org,2002:";

// Leaves the parser from inside an event; caught in parse().
struct Refusal {
  int line;
  int column;
  std::string message;
};

int from_one(int zero_based) {
  return zero_based < 0 ? 1 : zero_based + 1;
}

[[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
  throw Refusal{from_one(mark.line), from_one(mark.column), std::move(message)};
}

// The length of the well-formed UTF-8 sequence at the start of `text` that YAML allows in a file, 0 when
// there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const std::uint32_t first = byte(0);
  if (first < 0x80)
    return first == '\t' || first == '\n' || first == '\r' || (first >= 0x20 && first != 0x7F);
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

// yaml-cpp passes bytes through; what is not text would only fail later, far from its place.
void require_text(std::string_view text) {
  int line = 1;
  int column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) throw Refusal{line, column, "this byte is not UTF-8 text"};
    if (text[at] == '\n') {
      ++line;
      column = 1;
    } else {
      column += static_cast<int>(length);
    }
    at += length;
  }
}

// YAML forbids tabs in indentation; yaml-cpp lets some of them pass and then sees another structure than the
// person does.
void require_no_tab_before(std::string_view line, int line_number) {
  const std::size_t text = line.find_first_not_of(" \t");
  const std::size_t tab = line.find('\t');
  if (text == std::string_view::npos || line[text] == '\r' || line[text] == '#' || tab >= text) return;
  throw Refusal{line_number, static_cast<int>(tab) + 1, "a tab must not be used for indentation, use spaces"};
}

// yaml-cpp takes the end of the file for the end of a quoted text. `text` begins with the scalar, perhaps
// with its tag.
bool ends_if_quoted(std::string_view text) {
  if (text.starts_with('!')) {
    text.remove_prefix(std::min(text.size(), text.find_first_of(" \n")));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \r\n")));
  }
  if (!text.starts_with('"') && !text.starts_with('\'')) return true;
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool escape = quote == '"' ? text[at] == '\\' : text.substr(at, 2) == "''";
    if (escape) {
      ++at;
    } else if (text[at] == quote) {
      return true;
    }
  }
  return false;
}

class Builder final : public YAML::EventHandler {
 public:
  Builder(const std::string& file, std::string_view text)
      : file_(std::make_shared<const std::string>(file)), text_(text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') line_starts_.push_back(at + 1);
    }
  }

  [[nodiscard]] DataPtr root() const { return root_ ? root_ : make(Kind::null, 1, 1); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    if (at(mark).substr(0, 3) == "---") refuse(mark, "a second document begins here, expected only one");
    refuse(mark, "this does not belong to the document before it");
  }
  void OnDocumentEnd() override {}

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    refuse(mark,
           "anchors and aliases are not supported: \"&" + printable(name, 40) + "\"; write the value out");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "anchors and aliases are not supported; write the value out");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    require_no_tab(mark);
    const std::string_view text = at(mark);
    const bool written = text.substr(0, 1) == "~" || to_lower(text.substr(0, 4)) == "null";
    // The mark of a value that is left out is that of whatever follows; its key is the better place.
    if (!written && !open_.empty() && open_.back().key) {
      add(mark, make(Kind::null, open_.back().key->line, open_.back().key->column));
    } else {
      add(mark, make(Kind::null, from_one(mark.line), from_one(mark.column)));
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    require_no_tab(mark);
    const std::string_view name = core_tag(mark, tag);
    if (!ends_if_quoted(at(mark))) refuse(mark, "this text in quotes has no end");
    if (name == "map" || name == "seq")
      refuse(mark, "the tag !!" + std::string(name) + " does not fit a scalar");
    auto data = make(name == "null" ? Kind::null : Kind::scalar, from_one(mark.line), from_one(mark.column));
    if (data->kind == Kind::scalar) {
      data->scalar = value;
      data->quoted = tag == "!" || name == "str";
    }
    add(mark, std::move(data));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Kind::sequence, "seq");
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, Kind::map, "map");
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YAML::Mark mark;
    std::shared_ptr<Node::Data> data;
    std::shared_ptr<const Node::Data> key;    // maps: read, its value not yet
    std::map<std::string, int> keys_by_line;  // maps: for duplicates
  };

  [[nodiscard]] std::shared_ptr<Node::Data> make(Kind kind, int line, int column) const {
    auto data = std::make_shared<Node::Data>();
    data->kind = kind;
    data->file = file_;
    data->line = line;
    data->column = column;
    return data;
  }

  // The text from `mark` on.
  [[nodiscard]] std::string_view at(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.line < 0 || line >= line_starts_.size()) return {};
    return text_.substr(std::min(text_.size(), line_starts_[line] + static_cast<std::size_t>(mark.column)));
  }

  void require_no_tab(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.line < 0 || line >= line_starts_.size()) return;
    const std::string_view rest = text_.substr(line_starts_[line]);
    require_no_tab_before(rest.substr(0, rest.find('\n')), mark.line + 1);
  }

  // The name of an explicit core tag, empty without one ("!" and "?" are what yaml-cpp gives to untagged
  // nodes).
  static std::string_view core_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "!" || tag == "?") return {};
    const std::string_view text = tag;
    if (text.substr(0, core_tags.size()) == core_tags) {
      const std::string_view name = text.substr(core_tags.size());
      for (const std::string_view known : {"str", "int", "float", "bool", "null", "map", "seq"}) {
        if (name == known) return known;
      }
    }
    refuse(mark, "the tag \"" + printable(tag, 60) + "\" is not supported");
  }

  void open(const YAML::Mark& mark, const std::string& tag, Kind kind, std::string_view fitting_tag) {
    const std::string_view name = core_tag(mark, tag);
    if (!name.empty() && name != fitting_tag) {
      refuse(mark,
             "the tag !!" + std::string(name) + " does not fit a " + (kind == Kind::map ? "map" : "list"));
    }
    if (open_.size() >= max_depth)
      refuse(mark, "nested deeper than " + std::to_string(max_depth) + " levels");
    open_.push_back({mark, make(kind, from_one(mark.line), from_one(mark.column)), nullptr, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(done.mark, std::move(done.data));
  }

  // Hand a finished node to the map or list that is open.
  void add(const YAML::Mark& mark, DataPtr data) {
    if (open_.empty()) {
      root_ = std::move(data);
      return;
    }
    Open& parent = open_.back();
    if (parent.data->kind == Kind::sequence) {
      parent.data->items.push_back(std::move(data));
    } else if (parent.key) {
      parent.data->entries.emplace_back(std::exchange(parent.key, nullptr), std::move(data));
    } else {
      if (data->kind != Kind::scalar) refuse(mark, "a key must be a word or a text");
      const auto [first, added] = parent.keys_by_line.emplace(data->scalar, data->line);
      if (!added) {
        refuse(mark, "duplicate key \"" + printable(data->scalar, 80) + "\", first given in line " +
                         std::to_string(first->second));
      }
      parent.key = std::move(data);
    }
  }

  std::shared_ptr<const std::string> file_;
  std::string_view text_;
  std::vector<std::size_t> line_starts_{0};
  std::vector<Open> open_;
  DataPtr root_;
  int documents_ = 0;
};

Error invalid(const std::string& file, int line, int column, const std::string& message) {
  return {Code::invalid, Mark{file, line, column}.text() + ": " + message,
          "correct " + file + " at the place that is named, then try again"};
}

}  // namespace

Result<Node> parse(const std::string& file, std::string_view text) {
  if (text.size() > max_bytes) {
    return Error{
        Code::invalid,
        file + ": " + std::to_string(text.size()) + " bytes are too many for a YAML file, the limit is 1 MiB",
        "make the file smaller"};
  }
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  try {
    require_text(text);
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(file, text);
    // A second document is refused by the builder, so this ends after one.
    while (parser.HandleNextDocument(builder)) {
    }
    return Node(builder.root());
  } catch (const Refusal& refusal) {
    return invalid(file, refusal.line, refusal.column, refusal.message);
  } catch (const YAML::Exception& error) {
    return invalid(file, from_one(error.mark.line), from_one(error.mark.column),
                   "this is no YAML: " + error.msg);
  } catch (const std::exception& error) {
    return Error{Code::bug, file + ": the YAML parser failed: " + error.what(), "report this with the file"};
  }
}

}  // namespace wx::yaml
