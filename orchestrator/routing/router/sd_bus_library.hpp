// libsystemd, loaded when a connection is made: its seven libraries cost more to load than `exec`, which has
// no use for them, takes otherwise.
#pragma once

#include <systemd/sd-bus.h>

#include "common/core/result.hpp"

// The functions of sd-bus that Manager calls.
#define WX_SD_BUS_FUNCTIONS(X)      \
  X(sd_bus_call_method)             \
  X(sd_bus_call_method_async)       \
  X(sd_bus_error_free)              \
  X(sd_bus_flush_close_unref)       \
  X(sd_bus_get_events)              \
  X(sd_bus_get_fd)                  \
  X(sd_bus_get_timeout)             \
  X(sd_bus_is_bus_client)           \
  X(sd_bus_is_open)                 \
  X(sd_bus_match_signal_async)      \
  X(sd_bus_message_enter_container) \
  X(sd_bus_message_get_error)       \
  X(sd_bus_message_peek_type)       \
  X(sd_bus_message_read)            \
  X(sd_bus_message_read_array)      \
  X(sd_bus_message_read_basic)      \
  X(sd_bus_message_ref)             \
  X(sd_bus_message_unref)           \
  X(sd_bus_new)                     \
  X(sd_bus_open_system)             \
  X(sd_bus_path_encode)             \
  X(sd_bus_process)                 \
  X(sd_bus_set_address)             \
  X(sd_bus_set_bus_client)          \
  X(sd_bus_set_method_call_timeout) \
  X(sd_bus_slot_unref)              \
  X(sd_bus_start)

namespace wx {

// Each member is the function of its name, with the type that the header gives it; none is null.
struct SdBusLibrary {
#define WX_SD_BUS_MEMBER(name) decltype(&::name) name;
  WX_SD_BUS_FUNCTIONS(WX_SD_BUS_MEMBER)
#undef WX_SD_BUS_MEMBER

  // Stays loaded until the process ends; asked again, it costs next to nothing. `unavailable` when the
  // library or one of the functions is missing. Any thread.
  static Result<SdBusLibrary> load();
};

}  // namespace wx
