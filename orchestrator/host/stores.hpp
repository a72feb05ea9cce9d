// Every kind of store that a manifest may name.
#pragma once

#include <memory>

#include "common/ports/bucket_store.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"

namespace wx {

// Both must outlive it and the stores that it opens.
std::unique_ptr<BucketStores> make_bucket_stores(FileSystem& files, Http& http);

}  // namespace wx
