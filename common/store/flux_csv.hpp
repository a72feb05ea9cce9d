// The annotated CSV in which InfluxDB 2.x answers Flux. Private to this folder.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/point.hpp"
#include "common/core/result.hpp"

namespace wx {

struct FluxColumn {
  std::string name;
  std::string
      type;  // string, long, unsignedLong, double, boolean, dateTime:RFC3339, …; empty without annotations
};

struct FluxRow {
  const std::vector<FluxColumn>& columns;
  const std::vector<std::string>& cells;  // as many as columns

  // The cell of that column; empty when there is none.
  [[nodiscard]] const std::string& at(std::string_view name) const;
};

// Call `see` for each row of each table. An error that the server found after it had begun to answer is a
// table of its own: `failed`, with its text. `invalid` for what is not such a CSV.
Status read_flux_csv(std::string_view text, const std::function<Status(const FluxRow&)>& see);

// A cell as the value of a field, by its column's type.
Result<FieldValue> flux_value(const std::string& cell, const std::string& type);

}  // namespace wx
