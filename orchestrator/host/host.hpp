// The composition root: the real machine behind the ports. Effects pass through one observer.
#pragma once

#include "common/core/effect.hpp"

namespace wx {

// wxctl on this machine; the program's exit status.
int run_on_host(EffectObserver& observer, int argc, char** argv);

}  // namespace wx
