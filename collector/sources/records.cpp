#include "collector/sources/records.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using Json = nlohmann::json;

// Depth 0: before the list; 1: in the list; 2: in a record; deeper: skipped.
class RecordReader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return put(std::monostate{}); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool binary(binary_t& /*value*/) override { return put(Unusable{}); }
  bool string(string_t& value) override {
    return value.size() > max_text_bytes ? put(Unusable{}) : put(std::move(value));
  }
  bool key(string_t& value) override {
    if (depth_ != 2) return true;
    key_ = std::move(value);
    return records_.back().size() < max_keys ||
           fail("a record has more than " + std::to_string(max_keys) + " keys");
  }
  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 0) return fail("a list was expected, not an object");
    if (depth_ == 1) {
      if (records_.size() == max_records)
        return fail("more than " + std::to_string(max_records) + " records");
      records_.emplace_back();
    }
    return enter();
  }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ == 1) return fail("a list of objects was expected, not of lists");
    return enter();
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    return fail("no valid JSON at byte " + std::to_string(position));
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  std::vector<RawRecord> take() { return std::move(records_); }

 private:
  bool enter() {
    if (depth_ == 2 && !put(Unusable{})) return false;
    if (++depth_ > max_depth) return fail("nested deeper than " + std::to_string(max_depth) + " levels");
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool put(RawValue value) {
    if (depth_ == 2) {
      records_.back().insert_or_assign(key_, std::move(value));
    } else if (depth_ < 2) {
      return fail("a list of objects was expected");
    }
    return true;
  }
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::vector<RawRecord> records_;
  std::string key_;
  std::string problem_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<std::vector<RawRecord>> parse_records(std::string_view text) {
  RecordReader reader;
  if (Json::sax_parse(text, &reader)) return reader.take();
  return Error{Code::failed, reader.problem()};
}

}  // namespace wx::collector
