// Everything outside that the engine may touch; the mains compose it, tests replace it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/ports/bucket_store.hpp"
#include "common/ports/calendar.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"
#include "common/ports/ids.hpp"
#include "common/ports/journal.hpp"
#include "common/ports/systemd.hpp"
#include "common/ports/unit_verifier.hpp"

namespace wx {

// Whoever runs the program.
struct Caller {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;
  bool sandboxed = false;  // inside `wxctl sandbox`
};

struct Ports {
  FileSystem& files;
  Systemd& systemd;
  Clock& clock;
  Journal& journal;
  Http& http;
  BucketStores& stores;
  Calendar& calendar;
  Ids& ids;
  std::string boot_id;
  Caller caller;
  std::optional<bool> clock_synchronised = std::nullopt;  // what the kernel says; nothing when it does not say
  UnitVerifier* verifier = nullptr;                       // none: it cannot be asked
};

}  // namespace wx
