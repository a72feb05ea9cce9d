// Systemd that connects when it is first asked: a verb that never asks pays nothing and works without a
// manager.
#pragma once

#include <functional>
#include <memory>

#include "common/ports/systemd.hpp"

namespace wx {

std::unique_ptr<Systemd> make_lazy_systemd(std::function<Result<std::unique_ptr<Systemd>>()> connect);

}  // namespace wx
