#include "orchestrator/routing/ledger.hpp"
