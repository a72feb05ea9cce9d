#include "common/core/suggest.hpp"
