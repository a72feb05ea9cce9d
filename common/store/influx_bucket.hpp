// Buckets in InfluxDB.
//
// 1.x: a bucket is a database, read and written in its default retention policy. 2.x: a bucket of `org`, read
// by Flux over /api/v2/query, which every 2.x speaks; the 1.x interface of a 2.x would need a mapping for
// each bucket. The token may read, write and delete both buckets.
//
// Series are read one after the other in pages, so that memory grows with the number of series alone. Adding
// points that are not there looks first and writes then: a point that somebody else writes in between is
// replaced. One thread at a time per object and what it streams; `http` must outlive them.
#pragma once

#include <memory>
#include <string>

#include "common/ports/bucket_store.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"

namespace wx {

struct InfluxToken {
  std::string secret = {};  // on 1.x USER:PASSWORD; empty where the server asks for none
  std::string place = {};   // where it stands, for messages: "the token in /etc/weather/token"
};

std::unique_ptr<BucketStore> open_influx1_bucket(Http& http, const std::string& url,
                                                 const InfluxToken& token);
std::unique_ptr<BucketStore> open_influx2_bucket(Http& http, const std::string& url, const std::string& org,
                                                 const InfluxToken& token);

// Whether the server may answer otherwise when it is asked again later, without anybody's doing.
bool heals_by_waiting(const HttpResponse& response);

// The first line of a file that nobody else may read. `not_found`, `permission` when others may read it,
// `invalid` when it holds no secret.
Result<std::string> read_token_file(FileSystem& files, const std::string& path);

}  // namespace wx
