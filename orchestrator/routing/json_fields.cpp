#include "orchestrator/routing/json_fields.hpp"

#include <nlohmann/json.hpp>

namespace wx {
namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr int largest_small = 65536;

template <class Fits>
const nlohmann::json* find(const nlohmann::json& object, JsonFields& fields, const char* key,
                           const char* wanted, Fits fits) {
  const auto at = object.find(key);
  if (at == object.end()) return fields.complain(key, "is missing"), nullptr;
  if (!fits(*at)) return fields.complain(key, std::string("is not ") + wanted), nullptr;
  return &*at;
}

}  // namespace

struct JsonFields::Node {
  nlohmann::json value;
};

Error damaged(std::string_view document, const std::string& why) {
  return Error{Code::invalid, std::string(document) + " is not readable: " + why, {}};
}

Result<JsonFields> JsonFields::document(std::string_view text, std::string_view document) {
  if (text.size() > max_document_bytes) return damaged(document, "it is larger than 256 KiB");
  auto fields = line(text);
  if (!fields) return damaged(document, "it is not a JSON object");
  const auto format = fields->integer("format");
  if (!fields->complaint().empty()) return damaged(document, fields->complaint());
  if (format > document_format) {
    const auto why = "it has format " + std::to_string(format) + ", this program knows up to " +
                     std::to_string(document_format);
    return damaged(document, why).with_remedy("use the wxctl that wrote it, or a newer one");
  }
  return *std::move(fields);
}

std::optional<JsonFields> JsonFields::line(std::string_view text) {
  if (text.size() > max_document_bytes) return std::nullopt;
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return JsonFields(std::make_shared<const Node>(Node{std::move(json)}));
}

std::string JsonFields::text(const char* key) {
  const auto* value = find(node_->value, *this, key, "a string", [](const auto& v) { return v.is_string(); });
  return value ? value->get<std::string>() : std::string();
}

std::optional<std::string> JsonFields::text_or_null(const char* key) {
  return is_null(key) ? std::nullopt : std::optional(text(key));
}

bool JsonFields::flag(const char* key) {
  const auto* value =
      find(node_->value, *this, key, "true or false", [](const auto& v) { return v.is_boolean(); });
  return value && value->get<bool>();
}

std::uint64_t JsonFields::whole(const char* key) {
  const auto* value = find(node_->value, *this, key, "a whole number, not negative",
                           [](const auto& v) { return v.is_number_unsigned(); });
  return value ? value->get<std::uint64_t>() : 0;
}

std::optional<std::uint64_t> JsonFields::whole_or_null(const char* key) {
  return is_null(key) ? std::nullopt : std::optional(whole(key));
}

std::int64_t JsonFields::integer(const char* key) {
  const auto* value = find(node_->value, *this, key, "a whole number", [](const auto& v) {
    return v.is_number_integer() && (!v.is_number_unsigned() || v.template get<std::uint64_t>() <= INT64_MAX);
  });
  return value ? value->get<std::int64_t>() : 0;
}

std::optional<std::int64_t> JsonFields::integer_or_null(const char* key) {
  return is_null(key) ? std::nullopt : std::optional(integer(key));
}

int JsonFields::small(const char* key) {
  const auto value = integer(key);
  if (value < -largest_small || value > largest_small) return complain(key, "is out of range"), 0;
  return static_cast<int>(value);
}

std::optional<int> JsonFields::small_or_null(const char* key) {
  return is_null(key) ? std::nullopt : std::optional(small(key));
}

double JsonFields::number(const char* key) {
  const auto* value = find(node_->value, *this, key, "a number", [](const auto& v) { return v.is_number(); });
  return value ? value->get<double>() : 0;
}

std::vector<std::string> JsonFields::texts(const char* key) {
  std::vector<std::string> result;
  const auto* value =
      find(node_->value, *this, key, "a list of strings", [](const auto& v) { return v.is_array(); });
  if (!value) return result;
  for (const auto& item : *value) {
    if (!item.is_string()) return complain(key, "is not a list of strings"), result;
    result.push_back(item.get<std::string>());
  }
  return result;
}

std::vector<std::pair<std::string, std::string>> JsonFields::text_map(const char* key) {
  std::vector<std::pair<std::string, std::string>> result;
  const auto* value =
      find(node_->value, *this, key, "an object of strings", [](const auto& v) { return v.is_object(); });
  if (!value) return result;
  for (const auto& [name, item] : value->items()) {
    if (!item.is_string()) return complain(key, "is not an object of strings"), result;
    result.emplace_back(name, item.template get<std::string>());
  }
  return result;
}

std::optional<JsonFields> JsonFields::object_or_null(const char* key) {
  if (is_null(key)) return std::nullopt;
  const auto* value =
      find(node_->value, *this, key, "an object", [](const auto& v) { return v.is_object(); });
  if (!value) return std::nullopt;
  return JsonFields(std::make_shared<const Node>(Node{*value}));
}

bool JsonFields::has(const char* key) const {
  return node_->value.contains(key);
}

void JsonFields::complain(const char* key, const std::string& what) {
  if (complaint_.empty()) complaint_ = "\"" + std::string(key) + "\" " + what;
}

bool JsonFields::is_null(const char* key) const {
  const auto at = node_->value.find(key);
  return at != node_->value.end() && at->is_null();
}

JsonWriter& JsonWriter::add(const char* key, std::string_view value) {
  return raw(key, json_text(value));
}

JsonWriter& JsonWriter::add(const char* key, double value) {
  constexpr double exact = 1e15;  // below it every whole number is one of std::int64_t
  const bool fits = value > -exact && value < exact;
  if (fits && static_cast<double>(static_cast<std::int64_t>(value)) == value)
    return add(key, static_cast<std::int64_t>(value));
  return raw(key, nlohmann::json(value).dump());
}

JsonWriter& JsonWriter::add(const char* key, const std::vector<std::string>& values) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + json_text(value);
  return raw(key, "[" + list + "]");
}

JsonWriter& JsonWriter::add(const char* key, const std::vector<std::pair<std::string, std::string>>& values) {
  JsonWriter object;
  for (const auto& [name, value] : values) object.add(name.c_str(), value);
  return add(key, object);
}

JsonWriter& JsonWriter::raw(const char* key, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += json_text(key);
  members_ += ':';
  members_ += value;
  return *this;
}

}  // namespace wx
