#include "common/store/flux_csv.hpp"

#include <charconv>
#include <limits>
#include <optional>

#include "common/core/text.hpp"

namespace wx {
namespace {

Error not_csv(const std::string& why) {
  return {Code::invalid, "the answer is not what an InfluxDB 2.x says: " + why,
          "check store.url and store.kind"};
}

// Records of RFC 4180: quoted cells may hold commas, line ends and doubled quotes.
class Records {
 public:
  explicit Records(std::string_view text) : text_(text) {}

  // False at the end. An empty line is a record with one empty cell.
  Result<bool> next(std::vector<std::string>& cells) {
    cells.clear();
    if (at_ >= text_.size()) return false;
    while (true) {
      std::string cell;
      if (at_ < text_.size() && text_[at_] == '"') {
        if (!read_quoted(cell)) return not_csv("a quote is not closed");
      } else {
        while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') cell += text_[at_++];
        if (!cell.empty() && cell.back() == '\r') cell.pop_back();
      }
      cells.push_back(std::move(cell));
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ >= text_.size()) return true;
      const char separator = text_[at_++];
      if (separator == '\n') return true;
      if (separator != ',') return not_csv("text behind a quoted cell");
    }
  }

 private:
  bool read_quoted(std::string& cell) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != '"') return true;
      }
      cell += text_[at_];
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

template <class Number>
Result<FieldValue> number(const std::string& cell) {
  Number value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc{} && end == cell.data() + cell.size()) return FieldValue(value);
  return not_csv("\"" + printable(cell, 40) + "\" is no number");
}

}  // namespace

const std::string& FluxRow::at(std::string_view name) const {
  static const std::string nothing;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == name) return cells[i];
  return nothing;
}

Result<FieldValue> flux_value(const std::string& cell, const std::string& type) {
  if (type == "double") {
    if (cell == "+Inf" || cell == "Inf") return FieldValue(std::numeric_limits<double>::infinity());
    if (cell == "-Inf") return FieldValue(-std::numeric_limits<double>::infinity());
    if (cell == "NaN") return FieldValue(std::numeric_limits<double>::quiet_NaN());
    return number<double>(cell);
  }
  if (type == "long" || type == "unsignedLong") return number<std::int64_t>(cell);
  if (type == "boolean") return FieldValue(cell == "true");
  return FieldValue(cell);
}

Status read_flux_csv(std::string_view text, const std::function<Status(const FluxRow&)>& see) {
  Records records(text);
  std::vector<std::string> cells;
  std::vector<std::string> types;
  std::vector<FluxColumn> columns;  // empty: the next record is a heading
  while (true) {
    WX_LET(const bool more, records.next(cells));
    if (!more) return {};
    if (cells.size() == 1 && cells.front().empty()) {
      columns.clear();
      types.clear();
      continue;
    }
    if (cells.front().starts_with('#')) {
      if (!columns.empty()) {
        columns.clear();
        types.clear();
      }
      if (cells.front() == "#datatype") types = cells;
      continue;
    }
    if (columns.empty()) {
      for (std::size_t i = 0; i < cells.size(); ++i)
        columns.push_back({cells[i], i < types.size() ? types[i] : std::string{}});
      continue;
    }
    if (cells.size() != columns.size()) return not_csv("a row has another number of cells than its heading");
    const FluxRow row{columns, cells};
    if (columns.size() > 1 && columns[columns.size() - 2].name == "error" &&
        columns.back().name == "reference")
      return Error{Code::failed, "the server failed in mid-answer: " + printable(row.at("error"), 300),
                   "see the server's log"};
    WX_TRY(see(row));
  }
}

}  // namespace wx
