#include "common/adapters/log.hpp"
