#include "common/adapters/posix_process.hpp"
