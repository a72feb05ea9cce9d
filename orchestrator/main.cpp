#include "orchestrator/host/host.hpp"

int main(int argc, char** argv) {
  wx::EffectObserver nobody;
  return wx::run_on_host(nobody, argc, argv);
}
