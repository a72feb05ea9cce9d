#include "common/core/observed_systemd.hpp"

namespace wx {

Result<std::string> ObservedSystemd::version() {
  return systemd_.version();
}

Result<std::vector<std::string>> ObservedSystemd::unit_path() {
  return systemd_.unit_path();
}

Result<UnitState> ObservedSystemd::unit(const std::string& name) {
  return systemd_.unit(name);
}

Result<TimerState> ObservedSystemd::timer(const std::string& name) {
  return systemd_.timer(name);
}

Result<JobResult> ObservedSystemd::start(const std::string& name, Micros wait) {
  return observed(observer_, {"systemd.start", name}, [&] { return systemd_.start(name, wait); });
}

Result<JobResult> ObservedSystemd::stop(const std::string& name, Micros wait) {
  return observed(observer_, {"systemd.stop", name}, [&] { return systemd_.stop(name, wait); });
}

Result<JobResult> ObservedSystemd::restart(const std::string& name, Micros wait) {
  return observed(observer_, {"systemd.restart", name}, [&] { return systemd_.restart(name, wait); });
}

Status ObservedSystemd::start_later(const std::string& name) {
  return observed(observer_, {"systemd.start_later", name}, [&] { return systemd_.start_later(name); });
}

Status ObservedSystemd::start_transient(const TransientService& service) {
  return observed(observer_, {"systemd.start_transient", service.name},
                  [&] { return systemd_.start_transient(service); });
}

Status ObservedSystemd::reset_failed(const std::string& name) {
  return observed(observer_, {"systemd.reset_failed", name}, [&] { return systemd_.reset_failed(name); });
}

Status ObservedSystemd::enable(const std::string& name) {
  return observed(observer_, {"systemd.enable", name}, [&] { return systemd_.enable(name); });
}

Status ObservedSystemd::disable(const std::string& name) {
  return observed(observer_, {"systemd.disable", name}, [&] { return systemd_.disable(name); });
}

Status ObservedSystemd::reload() {
  return observed(observer_, {"systemd.reload", ""}, [&] { return systemd_.reload(); });
}

}  // namespace wx
