// Reading the keys of one JSON object with the first complaint kept. Internal to this module: nlohmann_json
// stays inside .cpp files.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"

namespace wx {

// Documents and ledger lines are small; what is larger is not ours.
inline constexpr std::size_t max_document_bytes = std::size_t{256} * 1024;
inline constexpr std::int64_t document_format = 1;

// A getter never throws: what is missing or of another type leaves a default and a complaint.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {}

  std::string text(const char* key) {
    const auto* value = find(key, "a string", [](const auto& v) { return v.is_string(); });
    return value ? value->template get<std::string>() : std::string();
  }
  std::optional<std::string> text_or_null(const char* key) {
    return is_null(key) ? std::nullopt : std::optional(text(key));
  }
  bool flag(const char* key) {
    const auto* value = find(key, "true or false", [](const auto& v) { return v.is_boolean(); });
    return value && value->template get<bool>();
  }
  std::uint64_t whole(const char* key) {
    const auto* value =
        find(key, "a whole number, not negative", [](const auto& v) { return v.is_number_unsigned(); });
    return value ? value->template get<std::uint64_t>() : 0;
  }
  std::optional<std::uint64_t> whole_or_null(const char* key) {
    return is_null(key) ? std::nullopt : std::optional(whole(key));
  }
  std::int64_t integer(const char* key) {
    const auto* value = find(key, "a whole number", [](const auto& v) {
      return v.is_number_integer() &&
             (!v.is_number_unsigned() || v.template get<std::uint64_t>() <= INT64_MAX);
    });
    return value ? value->template get<std::int64_t>() : 0;
  }
  std::optional<std::int64_t> integer_or_null(const char* key) {
    return is_null(key) ? std::nullopt : std::optional(integer(key));
  }
  std::optional<int> small_or_null(const char* key) {
    return is_null(key) ? std::nullopt : std::optional(small(key));
  }
  // Within the range of int; so read statuses and signals.
  int small(const char* key) {
    const auto value = integer(key);
    if (value < -65536 || value > 65536) return complain(key, "out of range"), 0;
    return static_cast<int>(value);
  }
  double number(const char* key) {
    const auto* value = find(key, "a number", [](const auto& v) { return v.is_number(); });
    return value ? value->template get<double>() : 0;
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> result;
    const auto* value = find(key, "a list of strings", [](const auto& v) { return v.is_array(); });
    if (!value) return result;
    for (const auto& item : *value) {
      if (!item.is_string()) return complain(key, "is not a list of strings"), result;
      result.push_back(item.template get<std::string>());
    }
    return result;
  }
  // Null when the key is absent, null or not an object (the last with a complaint).
  const nlohmann::json* object_or_null(const char* key) {
    if (is_null(key)) return nullptr;
    return find(key, "an object", [](const auto& v) { return v.is_object(); });
  }
  bool has(const char* key) const { return object_.contains(key); }

  void complain(const char* key, const std::string& what) {
    if (complaint_.empty()) complaint_ = "\"" + std::string(key) + "\" " + what;
  }
  const std::string& complaint() const { return complaint_; }

 private:
  bool is_null(const char* key) const {
    const auto at = object_.find(key);
    return at != object_.end() && at->is_null();
  }
  template <class Fits>
  const nlohmann::json* find(const char* key, const char* wanted, Fits fits) {
    const auto at = object_.find(key);
    if (at == object_.end()) return complain(key, "is missing"), nullptr;
    if (!fits(*at)) return complain(key, std::string("is not ") + wanted), nullptr;
    return &*at;
  }

  const nlohmann::json& object_;
  std::string complaint_;
};

inline Error damaged(std::string_view document, const std::string& why) {
  return Error{Code::invalid, std::string(document) + " is not readable: " + why, {}};
}

// The JSON object in `text`, its "format" checked; `document` names it in errors.
inline Result<nlohmann::json> parse_document(std::string_view text, std::string_view document) {
  if (text.size() > max_document_bytes) return damaged(document, "it is larger than 256 KiB");
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return damaged(document, "it is not a JSON object");
  JsonFields fields(json);
  const auto format = fields.integer("format");
  if (!fields.complaint().empty()) return damaged(document, fields.complaint());
  if (format > document_format) {
    return damaged(document, "it has format " + std::to_string(format) + ", this program knows up to " +
                                 std::to_string(document_format))
        .with_remedy("use the wxctl that wrote it, or a newer one");
  }
  return json;
}

// Bytes that are not UTF-8 are replaced, never thrown about.
template <class Json>
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace wx
