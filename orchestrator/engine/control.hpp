// Between a rollout and whoever may change its mind: renews the dead-man's lease and takes requests while a step is in progress
// or waits. Each request is journaled before it is acted upon and answered after that.
#pragma once

#include "common/core/result.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/requests.hpp"

namespace wx {

class Control {
 public:
  explicit Control(RolloutContext& rollout);

  // The step that is in progress from now on.
  void enter(int step) { step_ = step; }
  // Nobody is asked any more: what is requested from now on is refused.
  void enter_undo() { undoing_ = true; }

  // To be called at least every second while a step works. Code::interrupted when a person ended the step (ask progress.hpp how) or
  // the wait of a pause is over.
  Status operator()();
  // Wait until a person has decided or `deadline` is over; false when it is. What was asked before is heard in any case.
  Result<bool> wait(WallTime deadline);
  // The last one who asked wants the step in progress to be looked at anew.
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  void clear_interrupted() { interrupted_ = false; }

  // Renew the lease while one is out, not more often than needed.
  Status renew();

 private:
  Status take_requests();
  Result<Answer> decide(const Request& request);
  [[nodiscard]] bool passes(const StepSpec& step, const Request& request) const;
  Result<Answer> promote(const Request& request);
  Result<Answer> pause(const Request& request);
  Result<Answer> resume(const Request& request);
  Result<Answer> retry(const Request& request);
  Result<Answer> reweight(const Request& request);
  Status record(const Request& request, std::map<std::string, std::string> fields);
  [[nodiscard]] const JournalRecord* waiting() const;

  RolloutContext& rollout_;
  Requests requests_;
  Micros lease_{300'000'000};
  Micros next_renewal_{0};
  int step_ = 0;
  bool undoing_ = false;
  bool interrupted_ = false;
};

// The share that `record` (a "request" of a new one) asks for, as a route; the current one is the base.
Status apply_share(RolloutContext& rollout, const JournalRecord& record);

}  // namespace wx
