// Plays wxctl-router, its exec and the programs of releases within one process, on fake time. The rules are
// the router's own (orchestrator/routing); only waiting is different: what comes later is asked of the clock,
// so that runs go on while others work. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/observed_filesystem.hpp"
#include "common/core/observed_systemd.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/routing/decide.hpp"
#include "orchestrator/routing/ledger.hpp"
#include "orchestrator/routing/places.hpp"
#include "orchestrator/routing/ticket.hpp"
#include "tests/testkit/fake_clock.hpp"
#include "tests/testkit/fake_systemd.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/testkit/memory_stores.hpp"

namespace wx::testkit {

// What the program of a release does.
struct Behaviour {
  std::string version;
  bool passes_dry_run = true;
  bool works_as_candidate = true;
  bool works_as_active = true;
  Micros duration{30'000};
};

// A point that a run wrote; what is true whatever the ledger and the buckets say.
struct Written {
  std::int64_t time_ns = 0;
  std::string bucket;
  bool mirrored = false;
};

class FakeRouter {
 public:
  // All must outlive this object.
  FakeRouter(MemoryFileSystem& files, FakeSystemd& systemd, FakeClock& clock, MemoryStores& stores,
             const Layout& layout)
      : files_(files), systemd_(systemd), clock_(clock), stores_(stores), layout_(layout) {}

  // By the content of the program's file: what is run is what lies on the disk.
  std::map<std::string, Behaviour> behaviours;
  // Sees what the router of an entry does, not what exec does; may refuse it, or kill the router by throwing
  // Killed.
  EffectObserver* observer = nullptr;

  // One command of an entry or an instance: wxctl-router with its arguments.
  ServiceExit play(const std::string& unit, const std::vector<std::string>& argv);
  // What is in progress will not be finished.
  void power_cut();
  // How often the entry was started and its activation came to an end.
  [[nodiscard]] std::uint64_t activations() const { return activations_; }
  // Of them: ended by a power cut, and not successful for another reason.
  [[nodiscard]] std::uint64_t cut_off() const { return cut_off_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }
  // … of these: no program was run.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] const std::vector<Written>& written() const { return written_; }
  // Each split that an activation met, oldest first.
  [[nodiscard]] const std::vector<Route>& splits() const { return splits_; }

 private:
  // Why an activation is not as the route says: one of a candidate that has run already, or one without a
  // place.
  struct Exception {
    std::optional<Decision> candidate;
    std::string why;
  };
  struct Launched {
    Route route;
    Decision decision;
    Run begin;
    ServiceExit exit;  // how the instance will end
  };
  Result<Route> read_route();
  ActivationFacts facts(const Route& route);
  Standing standing();
  std::string new_run_id();
  Run begin_of(const Route& route, const Decision& decision, Slot slot, std::string id);
  Result<Decision> choose(const Route& route, const ActivationFacts& why,
                          const std::optional<Exception>& exception, const std::string& run);
  // Decide under the hold, with no run of the chosen slot in progress, and start its instance.
  Result<Launched> run_slot(const ActivationFacts& why, std::optional<Exception> exception);
  Status announce(const Run& begin);
  // The answer is how the instance will end.
  Result<ServiceExit> launch(const Route& route, const Run& begin);
  ServiceExit activate();
  // The way that an activation ends.
  ServiceExit counted(ServiceExit exit);
  // How a run of the active slot would end.
  ServiceExit foreseen(const Route& route);
  void mirror(const Run& active, const Decision& decision);
  void end(const Run& begin, const std::string& instance);
  Result<Ticket> ticket_of(const std::string& instance);
  ServiceExit exec(const std::string& instance);
  ServiceExit check(const CheckOrder& order);
  const Behaviour* behaviour_of(const std::vector<std::string>& argv);
  void record(const std::string& line);
  void later(Micros delay, std::function<void()> action);
  void await_idle(const std::string& unit);

  // What the router does on the way to `observer`.
  class Observing final : public EffectObserver {
   public:
    explicit Observing(const FakeRouter& router) : router_(router) {}
    Status before(const Effect& effect) override {
      return router_.observer == nullptr ? Status{} : router_.observer->before(effect);
    }
    void after(const Effect& effect) override {
      if (router_.observer != nullptr) router_.observer->after(effect);
    }

   private:
    const FakeRouter& router_;
  };

  MemoryFileSystem& files_;
  FakeSystemd& systemd_;
  FakeClock& clock_;
  MemoryStores& stores_;
  const Layout& layout_;
  Observing observing_{*this};
  ObservedFileSystem own_files_{files_, observing_};
  ObservedSystemd own_systemd_{systemd_, observing_};
  std::uint64_t activations_ = 0;
  std::uint64_t in_progress_ = 0;
  std::uint64_t cut_off_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t refused_ = 0;
  std::set<std::string> mirrored_;  // ids of runs
  std::vector<Written> written_;
  std::vector<Route> splits_;
  std::uint64_t runs_ = 0;
  std::uint64_t life_ = 0;
  std::optional<ServiceExit> launched_;  // how the instance that was started last will end
};

}  // namespace wx::testkit
