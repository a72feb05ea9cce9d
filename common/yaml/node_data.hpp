// What a yaml::Node points at; private to this folder.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/yaml/document.hpp"

namespace wx::yaml {

using DataPtr = std::shared_ptr<const Node::Data>;

struct Node::Data {
  Kind kind = Kind::null;
  std::shared_ptr<const std::string> file;
  int line = 1;
  int column = 1;
  std::string scalar;
  bool quoted = false;
  std::vector<DataPtr> items;
  std::vector<std::pair<DataPtr, DataPtr>> entries;
};

}  // namespace wx::yaml
