// What a command asks of the engine that drives a rollout: files in STATE/requests, each answered by a file (orchestrator/FORMATS.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"

namespace wx {

struct Request {
  std::string id;    // set by leave(): sorts by time
  std::string verb;  // promote pause resume retry route
  bool full = false;              // promote
  std::optional<double> percent;  // route
  std::string mode;               // route: mirror, split; empty: as it is
  std::string take;               // retry: ours, theirs; empty without
};

struct Answer {
  Code code = Code::impossible;  // why it was refused: impossible, invalid or busy
  bool accepted = false;
  std::string message;
  std::string remedy;
};

// Several processes may use it at once; each request is left, taken and answered once.
class Requests {
 public:
  Requests(Ports& ports, const Layout& layout) : ports_(ports), layout_(layout) {}

  // Durable when it returns; answers its id.
  Result<std::string> leave(Request request);
  // Nothing as long as nobody has answered; an answer is given once.
  Result<std::optional<Answer>> answer_to(const std::string& id);
  // Take it back; false when it was taken already.
  Result<bool> withdraw(const std::string& id);

  // Oldest first; what cannot be read is removed. For whoever holds the app's lock.
  Result<std::vector<Request>> pending();
  Status answer(const std::string& id, const Answer& answer);
  // Refuse all that is pending, with the same words, and drop answers that nobody fetched.
  Status refuse_all(const Answer& answer);

 private:
  Ports& ports_;
  const Layout& layout_;
};

}  // namespace wx
