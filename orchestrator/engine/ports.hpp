// Everything outside that the engine may touch; the mains compose it, tests replace it.
#pragma once

#include "common/ports/bucket_store.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"
#include "common/ports/ids.hpp"
#include "common/ports/journal.hpp"
#include "common/ports/systemd.hpp"

namespace wx {

struct Ports {
  FileSystem& files;
  Systemd& systemd;
  Clock& clock;
  Journal& journal;
  Http& http;
  BucketStores& stores;
  Ids& ids;
  std::string boot_id;
};

}  // namespace wx
