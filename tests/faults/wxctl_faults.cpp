// wxctl with faults: the same program, its effects counted, logged and, at a chosen one, ended by SIGKILL.
//   WXCTL_FAULTS_LOG=FILE            append "N KIND SUBJECT" for each effect
//   WXCTL_FAULTS_DIE=before:N|after:N  kill this very process before or after effect N (from 0)
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "orchestrator/host/host.hpp"

namespace {

class Faults final : public wx::EffectObserver {
 public:
  Faults() {
    if (const char* path = std::getenv("WXCTL_FAULTS_LOG"); path != nullptr) log_ = std::fopen(path, "ae");
    if (const char* text = std::getenv("WXCTL_FAULTS_DIE"); text != nullptr) {
      const std::string_view order(text);
      dies_before_ = order.starts_with("before:");
      die_at_ = std::strtol(text + order.find(':') + 1, nullptr, 10);
    }
  }
  ~Faults() override {
    if (log_ != nullptr) std::fclose(log_);
  }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  wx::Status before(const wx::Effect& effect) override {
    if (log_ != nullptr) {
      std::fprintf(log_, "%ld %s %s\n", count_, effect.kind.c_str(), effect.subject.c_str());
      std::fflush(log_);
    }
    if (dies_before_ && count_ == die_at_) die();
    return {};
  }
  void after(const wx::Effect&) override {
    if (!dies_before_ && count_ == die_at_) die();
    ++count_;
  }

 private:
  static void die() { ::kill(::getpid(), SIGKILL); }

  std::FILE* log_ = nullptr;
  long count_ = 0;
  long die_at_ = -1;
  bool dies_before_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  Faults faults;
  return wx::run_on_host(faults, argc, argv);
}
