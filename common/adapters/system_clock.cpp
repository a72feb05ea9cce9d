#include "common/adapters/system_clock.hpp"
