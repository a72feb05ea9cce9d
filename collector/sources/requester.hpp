// One resource of a weather service, asked for until there is an answer, a refusal, or no time left.
#pragma once

#include <functional>
#include <string>

#include "collector/config/settings.hpp"
#include "collector/sources/quota_file.hpp"
#include "collector/sources/source.hpp"

namespace wx::collector {

struct Answer {
  long status = 0;  // 200, or a 4xx that the caller may want to handle
  std::string body;
};

// What is particular to a service.
struct Service {
  std::string name;       // as people call it
  std::string block;      // of the configuration
  std::string wrong_key;  // what to do about 401
  std::string no_access;  // what to do about 403
};

class Requester {
 public:
  // The total time of the policy runs from here on. All outlive the requester.
  Requester(const SourceTools& tools, const SourceSettings& settings, Service service);

  // `acceptable` judges the body of a 200: an answer cut short or of another kind is asked for again like a
  // 5xx. 404 is an answer; other 4xx, 429 without a short Retry-After and whatever outlives the policy are
  // `failed`. Nothing is asked beyond the quota, nor before a time that the service named, by any process.
  // `what` names the resource in messages; the key is blotted out of what the server said.
  Result<Answer> get(const std::string& url, const std::string& what,
                     const std::function<Status(const std::string& body)>& acceptable);

  // The last failure was of a kind that every other resource of the service would share.
  [[nodiscard]] bool is_hopeless() const { return hopeless_; }

 private:
  struct Failure;
  [[nodiscard]] HttpRequest request_for(const std::string& url) const;
  // Counts a call, or says why there must be none.
  Status admit(const std::string& told);
  void rest(Micros time);
  Result<HttpResponse> send(const HttpRequest& request);
  Failure failure_of(const Error& error);
  Failure refused(const HttpResponse& response);
  [[nodiscard]] std::string remedy_for(long status) const;
  void pause(Micros wait);
  [[nodiscard]] Micros elapsed() const;

  const SourceTools& tools_;
  const SourceSettings& settings_;
  Service service_;
  RetryPolicy policy_;
  QuotaFile quota_;
  Micros started_;
  bool hopeless_ = false;
};

}  // namespace wx::collector
