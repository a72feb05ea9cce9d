// The stores that points can go to.
#pragma once

#include "collector/app/pipeline.hpp"
#include "collector/config/settings.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"

namespace wx::collector {

// Where the configuration sends points.
Sink sink_of(const Settings& settings);

// Opens the store of any sink. The token goes to the store of `settings` and to no other. All must outlive
// it.
OpenStore make_open_store(FileSystem& files, Http& http, const Settings& settings);

}  // namespace wx::collector
