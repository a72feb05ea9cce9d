// wxctl-router: what the units of an app execute. Small and linked with libsystemd alone, because each
// activation pays for it.
//
//   wxctl-router --root DATA                          one activation of the entry
//   wxctl-router exec --root DATA --slot INSTANCE     the run of a slot's instance
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/routing/router/activation.hpp"
#include "orchestrator/routing/router/exec_instance.hpp"
#include "orchestrator/routing/router/posix.hpp"

namespace {

struct Options {
  bool exec = false;
  std::string root;
  std::string slot;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  int at = 1;
  if (at < argc && std::string_view(argv[at]) == "exec") {
    options.exec = true;
    ++at;
  }
  for (; at + 1 < argc; at += 2) {
    const std::string_view name = argv[at];
    if (name == "--root") {
      options.root = argv[at + 1];
    } else if (name == "--slot" && options.exec) {
      options.slot = argv[at + 1];
    } else {
      return std::nullopt;
    }
  }
  const bool complete =
      at == argc && options.root.starts_with('/') && (!options.exec || !options.slot.empty());
  return complete ? std::optional(options) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    wx::print("wxctl-router " WX_VERSION "\n");
    return 0;
  }
  const auto options = parse(argc, argv);
  if (!options) {
    wx::say(wx::Severity::error,
            "usage: wxctl-router --root DATA | wxctl-router exec --root DATA --slot INSTANCE (DATA is an "
            "absolute path)");
    return wx::to_int(wx::ExitStatus::bad_input);
  }
  wx::end_like(options->exec ? wx::exec_instance(options->root, options->slot)
                             : wx::run_activation(options->root));
}
