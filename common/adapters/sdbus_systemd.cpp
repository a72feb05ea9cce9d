#include "common/adapters/sdbus_systemd.hpp"
