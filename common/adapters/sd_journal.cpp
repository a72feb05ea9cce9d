#include "common/adapters/sd_journal.hpp"
