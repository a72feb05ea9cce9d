#include "orchestrator/routing/ticket.hpp"
