#include "common/store/sqlite_bucket.hpp"
