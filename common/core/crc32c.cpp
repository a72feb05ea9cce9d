#include "common/core/crc32c.hpp"
