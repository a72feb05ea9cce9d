// The sandbox alone, without the rest of wxctl: quick to build and to start, for tests.
#include <cstdio>
#include <string_view>

#include "orchestrator/sandbox/sandbox.hpp"

int main(int argc, char** argv) {
  wx::sandbox::SandboxOptions options;
  int index = 1;
  for (; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (argument == "--keep") {
      options.keep = true;
    } else if (argument == "--verbose") {
      options.verbose = true;
    } else if (argument == "--") {
      ++index;
      break;
    } else {
      break;
    }
  }
  options.argv.assign(argv + index, argv + argc);
  return wx::sandbox::run_sandbox(options);
}
