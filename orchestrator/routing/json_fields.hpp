// Reading and writing the small JSON objects of this module: no exceptions, limits on what is read, keys in
// the order written.
#pragma once

#include <cstdint>
#include <memory>
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

// "<document> is not readable: <why>", `invalid`.
Error damaged(std::string_view document, const std::string& why);

// The keys of one object. A getter never fails: what is missing or of another type gives a default and a
// complaint, of which the first is kept.
class JsonFields {
 public:
  // A whole document with its "format" checked; `document` names it in errors.
  static Result<JsonFields> document(std::string_view text, std::string_view document);
  // One line of a file of objects; nothing when it is not one.
  static std::optional<JsonFields> line(std::string_view text);

  std::string text(const char* key);
  std::optional<std::string> text_or_null(const char* key);
  bool flag(const char* key);
  std::uint64_t whole(const char* key);
  std::optional<std::uint64_t> whole_or_null(const char* key);
  std::int64_t integer(const char* key);
  std::optional<std::int64_t> integer_or_null(const char* key);
  int small(const char* key);  // what fits an exit status or a signal, with room to spare
  std::optional<int> small_or_null(const char* key);
  double number(const char* key);
  std::vector<std::string> texts(const char* key);
  std::vector<std::pair<std::string, std::string>> text_map(const char* key);
  // Nothing for null and for what is not an object (the latter with a complaint).
  std::optional<JsonFields> object_or_null(const char* key);

  [[nodiscard]] bool has(const char* key) const;
  void complain(const char* key, const std::string& what);
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  struct Node;
  explicit JsonFields(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  [[nodiscard]] bool is_null(const char* key) const;

  std::shared_ptr<const Node> node_;
  std::string complaint_;
};

// One object; bytes that are not UTF-8 are replaced.
class JsonWriter {
 public:
  JsonWriter& add(const char* key, std::string_view value);
  JsonWriter& add(const char* key, const char* value) { return add(key, std::string_view(value)); }
  JsonWriter& add(const char* key, const std::string& value) { return add(key, std::string_view(value)); }
  JsonWriter& add(const char* key, bool value) { return raw(key, value ? "true" : "false"); }
  JsonWriter& add(const char* key, int value) { return raw(key, std::to_string(value)); }
  JsonWriter& add(const char* key, std::int64_t value) { return raw(key, std::to_string(value)); }
  JsonWriter& add(const char* key, std::uint64_t value) { return raw(key, std::to_string(value)); }
  JsonWriter& add(const char* key, double value);  // 10 rather than 10.0, as people write it
  JsonWriter& add(const char* key, const std::vector<std::string>& values);
  JsonWriter& add(const char* key, const std::vector<std::pair<std::string, std::string>>& values);
  JsonWriter& add(const char* key, const JsonWriter& object) { return raw(key, "{" + object.members_ + "}"); }
  JsonWriter& null(const char* key) { return raw(key, "null"); }
  template <class T>
  JsonWriter& add(const char* key, const std::optional<T>& value) {
    return value ? add(key, *value) : null(key);
  }
  // Ended by a newline.
  [[nodiscard]] std::string text() const { return "{" + members_ + "}\n"; }

 private:
  JsonWriter& raw(const char* key, std::string_view value);
  std::string members_;
};

}  // namespace wx
