// The embedded bucket, format 1: one SQLite file in WAL mode with the table
//   points(bucket, measurement, tags, time, field, value, PRIMARY KEY(bucket, measurement, tags, time,
//   field)) WITHOUT ROWID.
#pragma once

#include <memory>
#include <string>

#include "common/core/result.hpp"
#include "common/ports/bucket_store.hpp"

namespace wx {

// Make the file (0600, WAL, table `points`) when it is absent; fine when it is a bucket already.
// `invalid` when it is something else, `permission` / `no_space` / `unavailable` as the disk says.
Status create_sqlite_bucket(const std::string& path);
// Open an existing bucket file; not_found when it is absent. Busy time-out 5 s. One thread at a time per
// object.
Result<std::unique_ptr<BucketStore>> open_sqlite_bucket(const std::string& path);
// Its buckets by name.
Result<std::vector<BucketSummary>> summarize_sqlite_bucket(const std::string& path);

}  // namespace wx
