#include "common/core/files.hpp"
