#include "common/core/text.hpp"
