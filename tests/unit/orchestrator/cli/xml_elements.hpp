// Enough of an XML reader to see that a report is well-formed and what it says. Strict: anything but elements
// with attributes in double quotes, text and the five entities is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wx::testkit {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;
  std::vector<XmlElement> children;
};

class XmlReader {
 public:
  // The root element; nothing when the text is not well-formed.
  static std::optional<XmlElement> read(std::string_view text) {
    XmlReader reader(text);
    reader.take("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    XmlElement root = reader.element();
    reader.take("\n");
    if (!reader.good_ || !reader.rest_.empty()) return std::nullopt;
    return root;
  }

 private:
  explicit XmlReader(std::string_view text) : rest_(text) {}

  bool at(std::string_view token) const { return rest_.starts_with(token); }
  void take(std::string_view token) {
    if (!at(token)) good_ = false;
    rest_.remove_prefix(good_ ? token.size() : rest_.size());
  }
  std::string until(std::string_view stops) {
    const auto end = rest_.find_first_of(stops);
    if (end == std::string_view::npos) good_ = false;
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(good_ ? end : rest_.size());
    return out;
  }
  void skip_spaces() {
    while (at(" ")) rest_.remove_prefix(1);
  }

  std::string unescaped(const std::string& raw) {
    static const std::map<std::string, char> entities{
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '<' || (static_cast<unsigned char>(raw[i]) < 0x20 && raw[i] != '\n')) good_ = false;
      if (raw[i] != '&') {
        out += raw[i];
        continue;
      }
      const auto end = raw.find(';', i);
      const auto entity = entities.find(raw.substr(i + 1, end == std::string::npos ? end : end - i - 1));
      if (entity == entities.end()) {
        good_ = false;
        return out;
      }
      out += entity->second;
      i = end;
    }
    return out;
  }

  XmlElement element() {
    XmlElement out;
    take("<");
    out.name = until(" />");
    skip_spaces();
    while (good_ && !at(">") && !at("/>")) {
      const std::string key = until("=");
      take("=\"");
      const std::string value = unescaped(until("\""));
      if (!out.attributes.emplace(key, value).second) good_ = false;
      take("\"");
      skip_spaces();
    }
    if (at("/>")) {
      take("/>");
      return out;
    }
    take(">");
    while (good_ && !at("</")) {
      if (at("<"))
        out.children.push_back(element());
      else
        out.text += unescaped(until("<"));
    }
    take("</" + out.name + ">");
    return out;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace wx::testkit
