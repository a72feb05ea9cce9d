// A whole machine in memory: time, disk, service manager, store, and the router in between. Commands of wxctl
// run on it as processes of their own, which may be observed, fail or die. One thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/core/observed_filesystem.hpp"
#include "common/core/observed_stores.hpp"
#include "common/core/observed_systemd.hpp"
#include "orchestrator/engine/context.hpp"
#include "orchestrator/engine/layout.hpp"
#include "orchestrator/engine/ports.hpp"
#include "tests/testkit/effects.hpp"
#include "tests/testkit/fake_calendar.hpp"
#include "tests/testkit/fake_router.hpp"

namespace wx::testkit {

// Counts, over all processes of one world.
class CountedIds final : public Ids {
 public:
  std::string hex(std::size_t digits) override;

 private:
  std::uint64_t count_ = 0;
};

// Nobody answers.
class NoHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    return Error{Code::unavailable, request.url + " cannot be reached: this is a test"};
  }
};

// Nothing was ever logged.
class EmptyJournal final : public Journal {
 public:
  Result<std::vector<JournalEntry>> entries(const JournalQuery&) override {
    return std::vector<JournalEntry>{};
  }
};

class FakeWorld {
 public:
  // What survives a power cut.
  struct Disk {
    MemoryFileSystem::Snapshot files;
    MemoryStores stores;
    std::map<std::string, Behaviour> behaviours;
    WallTime now{};
  };

  // A fresh machine with the manifest of the app `ticks`, the shipped playbooks and a timer every 2 s.
  FakeWorld();
  // A machine that boots with that disk.
  explicit FakeWorld(const Disk& disk);
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  FakeClock clock{};
  MemoryFileSystem files{&clock};
  MemoryStores stores;
  const Layout layout;
  FakeSystemd systemd;
  FakeRouter router{files, systemd, clock, stores, layout};
  FakeCalendar calendar{clock};
  CountedIds ids;
  NoHttp http;
  EmptyJournal journal;
  std::string boot_id = "boot-1";
  UnitContext units;
  // What a unit of ours does that starts `wxctl …`; nothing without.
  std::function<void(const std::vector<std::string>& argv)> on_wxctl;

  static constexpr const char* manifest_file = "/home/user/ticks.yaml";
  static constexpr const char* playbook_file = "/usr/share/wxctl/playbooks/gradual.yaml";
  // Of a strategy that is shipped.
  static std::string playbook(const std::string& name);

  // A release at /srv/NAME whose program behaves so; its config.yml is `config`. Answers its path.
  std::string add_release(const std::string& name, const Behaviour& behaviour, const std::string& config);

  // From now on the manifest says that a run must not be made twice.
  void not_repeatable();

  [[nodiscard]] Disk disk();
  // What was not synced is gone, whatever ran too; then the machine boots again.
  void power_cut();
  // Time passes until no run is in progress.
  void settle();
  [[nodiscard]] MemoryStores::Bucket bucket(const std::string& name) const;
  // Points of the main bucket and of the candidate's.
  [[nodiscard]] std::size_t main_points() const;
  [[nodiscard]] std::size_t candidate_points() const;
  // Times of the points that they had when this machine was switched on.
  [[nodiscard]] const std::set<std::int64_t>& main_before() const { return main_before_; }
  [[nodiscard]] const std::set<std::int64_t>& candidate_before() const { return candidate_before_; }

 private:
  void connect();
  std::set<std::int64_t> main_before_;
  std::set<std::int64_t> candidate_before_;
};

// One life of wxctl: the ports with an observer in between.
class FakeProcess {
 public:
  // Both must outlive this object.
  FakeProcess(FakeWorld& world, EffectObserver& observer)
      : files_(world.files, observer),
        systemd_(world.systemd, observer),
        stores_(world.stores, observer),
        ports{files_,        systemd_,      world.clock,
              world.journal, world.http,    stores_,
              world.calendar, world.ids,    world.boot_id, Caller{1000, 1000, "user", false}} {}

 private:
  ObservedFileSystem files_;
  ObservedSystemd systemd_;
  ObservedStores stores_;

 public:
  Ports ports;
};

}  // namespace wx::testkit
