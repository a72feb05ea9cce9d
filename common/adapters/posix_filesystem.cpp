#include "common/adapters/posix_filesystem.hpp"
