#include "collector/sources/json_values.hpp"

#include "collector/sources/records.hpp"

namespace wx::collector {

using Json = nlohmann::json;

Result<Json> parse_bounded(std::string_view text, std::size_t max_values) {
  std::size_t values = 0;
  std::string problem;
  const auto keep = [&](int depth, Json::parse_event_t event, const Json&) {
    if (event == Json::parse_event_t::key || !problem.empty()) return problem.empty();
    if (depth > static_cast<int>(max_depth)) {
      problem = "nested deeper than " + std::to_string(max_depth) + " levels";
    } else if (++values > max_values) {
      problem = "more than " + std::to_string(max_values) + " values";
    }
    return problem.empty();
  };
  try {
    auto document = Json::parse(text, keep);
    if (problem.empty()) return document;
  } catch (const Json::parse_error& error) {
    if (problem.empty()) problem = "no valid JSON at byte " + std::to_string(error.byte);
  } catch (const Json::exception&) {  // a number beyond all
    if (problem.empty()) problem = "no valid JSON";
  }
  return Error{Code::failed, problem};
}

RawValue raw_value(const Json& value) {
  if (value.is_null()) return std::monostate{};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string() && value.get_ref<const std::string&>().size() <= max_text_bytes)
    return value.get<std::string>();
  return Unusable{};
}

RawValue raw_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? RawValue{} : raw_value(*found);
}

std::string text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

RawRecord raw_record(const Json& object) {
  RawRecord record;
  for (const auto& [key, value] : object.items()) record.emplace(key, raw_value(value));
  return record;
}

}  // namespace wx::collector
