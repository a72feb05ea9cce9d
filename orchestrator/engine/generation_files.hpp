// The files of a generation that follow from its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/core/result.hpp"
#include "orchestrator/engine/generations.hpp"

namespace wx {

struct SlotDocuments {
  std::string run;  // run.json
  std::string env;
  std::optional<std::string> config;  // none without `config:`
};

// Of one slot in generation `number`. May hold secrets of a config.
Result<SlotDocuments> render_slot(const Layout& layout, const Route& route, Slot slot, const SlotSpec& spec,
                                  std::uint64_t number);

}  // namespace wx
