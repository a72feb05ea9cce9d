// Every kind of store that a manifest may name.
#pragma once

#include <memory>

#include "common/ports/bucket_store.hpp"

namespace wx {

std::unique_ptr<BucketStores> make_bucket_stores();

}  // namespace wx
