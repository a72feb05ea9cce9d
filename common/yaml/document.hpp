// Strict reading of YAML: every node knows its place, every key must be asked for, wrong types and unknown
// keys are errors with file:line:column and "did you mean". yaml-cpp is hidden behind this header.
//
//   WX_LET(auto document, yaml::parse("ticks.yaml", text));
//   yaml::Map map(document, "the manifest", problems);  // collects problems, does not stop at the first
//   auto name = map.required_string("name");
//   auto timeout = map.optional_duration("timeout");
//   map.finish();              // keys nobody asked for become problems
//   WX_TRY(problems.status());  // Code::invalid, one line per problem
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/result.hpp"
#include "common/ports/clock.hpp"

namespace wx::yaml {

enum class Kind { null, scalar, sequence, map };

struct Mark {
  std::string file;
  int line = 0;                            // from 1
  int column = 0;                          // from 1
  [[nodiscard]] std::string text() const;  // "file:line:column"
};

// A node of an immutable document; cheap to copy, keeps the document alive. Anchors and aliases are refused
// by parse().
class Node {
 public:
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] Mark mark() const;
  [[nodiscard]] const std::string& scalar() const;  // scalars only, the text as written, without quotes
  [[nodiscard]] bool quoted() const;                // a quoted scalar is always a string
  [[nodiscard]] std::vector<Node> items() const;    // sequences only
  [[nodiscard]] std::vector<std::pair<Node, Node>> entries() const;    // maps only, in the order of the file
  [[nodiscard]] std::optional<Node> find(std::string_view key) const;  // maps only

  struct Data;
  explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

 private:
  std::shared_ptr<const Data> data_;
};

// The one document in `text`. `invalid` with file:line:column for bad YAML, several documents, duplicate
// keys, anchors, tags other than the core ones, nesting deeper than 32, more than 1 MiB. An empty text is a
// null node.
Result<Node> parse(const std::string& file, std::string_view text);

class Problems {
 public:
  void add(const Mark& mark, const std::string& message);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // Code::invalid with all lines, ok when there are none.
  [[nodiscard]] Status status() const;

 private:
  std::vector<std::string> lines_;
};

// A map whose keys are asked for by name. A missing required key, a wrong type: a problem is added and a
// default value returned.
class Map {
 public:
  // `what` names the map in messages: "the manifest", "program". A node that is no map is a problem.
  Map(const Node& node, std::string what, Problems& problems);

  std::string required_string(std::string_view key);
  std::optional<std::string> optional_string(std::string_view key);
  std::vector<std::string> required_strings(std::string_view key);  // a non-empty sequence of scalars
  std::vector<std::string> optional_strings(std::string_view key);
  std::optional<bool> optional_bool(std::string_view key);  // true or false only
  std::optional<std::int64_t> optional_int(std::string_view key);
  std::optional<double> optional_double(std::string_view key);
  std::optional<Micros> optional_duration(std::string_view key);
  std::optional<Node> optional_node(std::string_view key);  // null counts as absent
  std::optional<Node> required_node(std::string_view key);
  // The value must be one of `allowed`.
  std::optional<std::string> optional_choice(std::string_view key, const std::vector<std::string>& allowed);
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] Mark mark_of(std::string_view key) const;  // of the value; of the map when the key is absent
  // Every key that was not asked for is a problem: `unknown key "x" in program (did you mean "y"?)`.
  void finish();

 private:
  std::optional<Node> take(std::string_view key);
  Node node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string> asked_;
};

}  // namespace wx::yaml
