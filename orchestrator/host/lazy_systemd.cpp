#include "orchestrator/host/lazy_systemd.hpp"

namespace wx {

namespace {

class LazySystemd final : public Systemd {
 public:
  explicit LazySystemd(std::function<Result<std::unique_ptr<Systemd>>()> connect)
      : connect_(std::move(connect)) {}

  Result<std::string> version() override {
    return with<std::string>([](Systemd& s) { return s.version(); });
  }
  Result<std::vector<std::string>> unit_path() override {
    return with<std::vector<std::string>>([](Systemd& s) { return s.unit_path(); });
  }
  Result<UnitState> unit(const std::string& name) override {
    return with<UnitState>([&](Systemd& s) { return s.unit(name); });
  }
  Result<TimerState> timer(const std::string& name) override {
    return with<TimerState>([&](Systemd& s) { return s.timer(name); });
  }
  Result<JobResult> start(const std::string& name, Micros wait) override {
    return with<JobResult>([&](Systemd& s) { return s.start(name, wait); });
  }
  Result<JobResult> stop(const std::string& name, Micros wait) override {
    return with<JobResult>([&](Systemd& s) { return s.stop(name, wait); });
  }
  Result<JobResult> restart(const std::string& name, Micros wait) override {
    return with<JobResult>([&](Systemd& s) { return s.restart(name, wait); });
  }
  Status start_later(const std::string& name) override {
    return done([&](Systemd& s) { return s.start_later(name); });
  }
  Status start_transient(const TransientService& service) override {
    return done([&](Systemd& s) { return s.start_transient(service); });
  }
  Status reset_failed(const std::string& name) override {
    return done([&](Systemd& s) { return s.reset_failed(name); });
  }
  Status enable(const std::string& name) override {
    return done([&](Systemd& s) { return s.enable(name); });
  }
  Status disable(const std::string& name) override {
    return done([&](Systemd& s) { return s.disable(name); });
  }
  Status reload() override {
    return done([](Systemd& s) { return s.reload(); });
  }

 private:
  Status connected() {
    if (systemd_) return {};
    WX_LET(systemd_, connect_());
    return {};
  }
  template <class T, class Call>
  Result<T> with(Call&& call) {
    WX_TRY(connected());
    return call(*systemd_);
  }
  template <class Call>
  Status done(Call&& call) {
    WX_TRY(connected());
    return call(*systemd_);
  }

  std::function<Result<std::unique_ptr<Systemd>>()> connect_;
  std::unique_ptr<Systemd> systemd_;
};

}  // namespace

std::unique_ptr<Systemd> make_lazy_systemd(std::function<Result<std::unique_ptr<Systemd>>()> connect) {
  return std::make_unique<LazySystemd>(std::move(connect));
}

}  // namespace wx
