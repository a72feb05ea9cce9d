#include "common/yaml/document.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/core/duration.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"
#include "common/yaml/node_data.hpp"

namespace wx::yaml {
namespace {

constexpr std::size_t quoted_bytes = 80;

std::string quote(std::string_view text) {
  return "\"" + printable(text, quoted_bytes) + "\"";
}

// What stands in the file instead of what was expected; the value of a secret is not repeated.
std::string found(std::string_view key, const Node& node) {
  switch (node.kind()) {
    case Kind::null:
      return "an empty value";
    case Kind::sequence:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      break;
  }
  if (is_secret_name(key)) return "the given value";
  return quote(node.scalar()) + (node.quoted() ? " in quotes" : "");
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A leading zero would be octal to some readers and decimal to others.
bool has_leading_zero(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E';
}

}  // namespace

std::string Mark::text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Kind Node::kind() const {
  return data_->kind;
}
Mark Node::mark() const {
  return {*data_->file, data_->line, data_->column};
}
const std::string& Node::scalar() const {
  return data_->scalar;
}
bool Node::quoted() const {
  return data_->quoted;
}

std::vector<Node> Node::items() const {
  std::vector<Node> nodes;
  nodes.reserve(data_->items.size());
  for (const auto& item : data_->items) nodes.emplace_back(item);
  return nodes;
}

std::vector<std::pair<Node, Node>> Node::entries() const {
  std::vector<std::pair<Node, Node>> nodes;
  nodes.reserve(data_->entries.size());
  for (const auto& [key, value] : data_->entries) nodes.emplace_back(Node(key), Node(value));
  return nodes;
}

std::optional<Node> Node::find(std::string_view key) const {
  for (const auto& [name, value] : data_->entries) {
    if (name->scalar == key) return Node(value);
  }
  return std::nullopt;
}

void Problems::add(const Mark& mark, const std::string& message) {
  lines_.push_back(mark.text() + ": " + message);
}

Status Problems::status() const {
  if (lines_.empty()) return {};
  return Error{Code::invalid, join(lines_, "\n"), "correct the places that are named, then try again"};
}

Map::Map(const Node& node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node_.kind() != Kind::map) {
    problems_.add(node_.mark(), "expected " + what_ + " to be a map, not " + found(what_, node_));
  }
}

std::optional<Node> Map::take(std::string_view key) {
  asked_.emplace_back(key);
  auto value = node_.find(key);
  if (value && value->kind() == Kind::null) return std::nullopt;
  return value;
}

std::optional<Node> Map::optional_node(std::string_view key) {
  return take(key);
}

std::optional<Node> Map::required_node(std::string_view key) {
  auto value = take(key);
  // A node that is no map was reported already; what it lacks would be noise.
  if (value || node_.kind() != Kind::map) return value;
  const std::string name(key);
  if (has(key)) {
    problems_.add(mark_of(key), name + " must have a value, it is empty");
  } else {
    problems_.add(node_.mark(), "key " + quote(key) + " is missing in " + what_);
  }
  return std::nullopt;
}

namespace {

std::optional<std::string> text_of(std::string_view key, const std::optional<Node>& value,
                                   Problems& problems) {
  if (!value) return std::nullopt;
  if (value->kind() == Kind::scalar) return value->scalar();
  problems.add(value->mark(), std::string(key) + " must be a text, not " + found(key, *value));
  return std::nullopt;
}

std::vector<std::string> texts_of(std::string_view key, const std::optional<Node>& value,
                                  Problems& problems) {
  std::vector<std::string> texts;
  if (!value) return texts;
  if (value->kind() != Kind::sequence) {
    problems.add(value->mark(), std::string(key) + " must be a list of texts, not " + found(key, *value));
    return texts;
  }
  for (const Node& item : value->items()) {
    if (item.kind() == Kind::scalar) {
      texts.push_back(item.scalar());
    } else {
      problems.add(item.mark(),
                   "an item of " + std::string(key) + " must be a text, not " + found(key, item));
    }
  }
  return texts;
}

}  // namespace

std::string Map::required_string(std::string_view key) {
  const auto value = required_node(key);
  auto text = text_of(key, value, problems_);
  if (text && text->empty())
    problems_.add(value->mark(), std::string(key) + " must have a value, it is empty");
  return std::move(text).value_or(std::string());
}

std::optional<std::string> Map::optional_string(std::string_view key) {
  return text_of(key, take(key), problems_);
}

std::vector<std::string> Map::required_strings(std::string_view key) {
  const auto value = required_node(key);
  if (value && value->kind() == Kind::sequence && value->items().empty()) {
    problems_.add(value->mark(), std::string(key) + " must have at least one item");
  }
  return texts_of(key, value, problems_);
}

std::vector<std::string> Map::optional_strings(std::string_view key) {
  return texts_of(key, take(key), problems_);
}

std::optional<bool> Map::optional_bool(std::string_view key) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  if (value->kind() == Kind::scalar && !value->quoted()) {
    if (value->scalar() == "true") return true;
    if (value->scalar() == "false") return false;
  }
  problems_.add(value->mark(), std::string(key) + " must be true or false, not " + found(key, *value));
  return std::nullopt;
}

std::optional<std::int64_t> Map::optional_int(std::string_view key) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  if (value->kind() == Kind::scalar && !value->quoted() && !has_leading_zero(value->scalar())) {
    if (const auto number = parse_number<std::int64_t>(value->scalar())) return number;
  }
  problems_.add(value->mark(), std::string(key) + " must be a whole number, not " + found(key, *value));
  return std::nullopt;
}

std::optional<double> Map::optional_double(std::string_view key) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  if (value->kind() == Kind::scalar && !value->quoted() && !has_leading_zero(value->scalar())) {
    const auto number = parse_number<double>(value->scalar());
    if (number && std::isfinite(*number)) return number;
  }
  problems_.add(value->mark(), std::string(key) + " must be a number, not " + found(key, *value));
  return std::nullopt;
}

std::optional<Micros> Map::optional_duration(std::string_view key) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  if (value->kind() == Kind::scalar) {
    if (const auto duration = parse_duration(value->scalar())) return *duration;
  }
  problems_.add(value->mark(),
                std::string(key) + " must be a duration such as 30s or 5m, not " + found(key, *value));
  return std::nullopt;
}

std::optional<std::string> Map::optional_choice(std::string_view key,
                                                const std::vector<std::string>& allowed) {
  const auto value = take(key);
  if (!value) return std::nullopt;
  std::string near;
  if (value->kind() == Kind::scalar) {
    if (std::find(allowed.begin(), allowed.end(), value->scalar()) != allowed.end()) return value->scalar();
    near = nearest(value->scalar().substr(0, quoted_bytes), allowed);
  }
  problems_.add(value->mark(), std::string(key) + " must be one of " + join(allowed, ", ") + ", not " +
                                   found(key, *value) +
                                   (near.empty() ? "" : " (did you mean " + quote(near) + "?)"));
  return std::nullopt;
}

bool Map::has(std::string_view key) const {
  return node_.find(key).has_value();
}

Mark Map::mark_of(std::string_view key) const {
  const auto value = node_.find(key);
  return value ? value->mark() : node_.mark();
}

void Map::finish() {
  for (const auto& [key, value] : node_.entries()) {
    const std::string& name = key.scalar();
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    problems_.add(key.mark(), "unknown key " + quote(name) + " in " + what_ +
                                  suggestion(std::string_view(name).substr(0, quoted_bytes), asked_));
  }
}

}  // namespace wx::yaml
