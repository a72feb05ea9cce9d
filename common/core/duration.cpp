#include "common/core/duration.hpp"
