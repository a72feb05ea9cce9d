#include "common/core/instant.hpp"
