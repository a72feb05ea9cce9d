#include "orchestrator/routing/route.hpp"
