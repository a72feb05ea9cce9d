// What the timer of a manifest will do, found before it is installed. Looks only.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/domain/expected_runs.hpp"
#include "orchestrator/domain/manifest.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

// How often it starts the app; nothing without a timer and when systemd cannot be asked. `release`: the
// directory that may bring the timer as units/NAME. `invalid` with the place for a timer that neither the
// manifest nor the release nor systemd has, that systemd would not understand, or that never elapses.
Result<std::optional<Cadence>> timer_outlook(Ports& ports, const Manifest& manifest,
                                             const std::string& release);

}  // namespace wx
