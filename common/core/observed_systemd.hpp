// A Systemd whose effects are observed: reading is forwarded, each changing call is one Effect of kind
// "systemd.<call>". As thread-safe as what it wraps and its observer.
#pragma once

#include "common/core/effect.hpp"
#include "common/ports/systemd.hpp"

namespace wx {

class ObservedSystemd final : public Systemd {
 public:
  // Both must outlive this object.
  ObservedSystemd(Systemd& systemd, EffectObserver& observer) : systemd_(systemd), observer_(observer) {}

  Result<std::string> version() override;
  Result<std::vector<std::string>> unit_path() override;
  Result<UnitState> unit(const std::string& name) override;
  Result<TimerState> timer(const std::string& name) override;

  Result<JobResult> start(const std::string& name, Micros wait) override;
  Result<JobResult> stop(const std::string& name, Micros wait) override;
  Result<JobResult> restart(const std::string& name, Micros wait) override;
  Status start_later(const std::string& name) override;
  Status start_transient(const TransientService& service) override;
  Status reset_failed(const std::string& name) override;
  Status enable(const std::string& name) override;
  Status disable(const std::string& name) override;
  Status reload() override;

 private:
  Systemd& systemd_;
  EffectObserver& observer_;
};

}  // namespace wx
