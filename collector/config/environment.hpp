// What the configuration takes from outside its file; read in main and nowhere else.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace wx::collector {

struct Environment {
  std::string directory;  // relative paths of the configuration start here; absolute
  // The value of a variable, or of the systemd credential of that name. Nothing when neither is there.
  std::function<std::optional<std::string>(const std::string& name)> lookup;
};

}  // namespace wx::collector
