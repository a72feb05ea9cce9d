#include "collector/domain/rejections.hpp"

namespace wx::collector {

const std::map<Reason, std::string_view>& all_reasons() {
  static const std::map<Reason, std::string_view> names{
      {Reason::no_time, "no_time"},
      {Reason::bad_time, "bad_time"},
      {Reason::future_time, "future_time"},
      {Reason::too_old, "too_old"},
      {Reason::duplicate, "duplicate"},
      {Reason::no_fields, "no_fields"},
      {Reason::wrong_type, "wrong_type"},
      {Reason::not_a_number, "not_a_number"},
      {Reason::out_of_range, "out_of_range"},
      {Reason::wrong_unit, "wrong_unit"},
      {Reason::unknown_value, "unknown_value"},
  };
  return names;
}

std::string_view to_string(Reason reason) {
  return all_reasons().at(reason);
}

}  // namespace wx::collector
