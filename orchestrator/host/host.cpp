#include "orchestrator/host/host.hpp"

#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>

#include "common/adapters/curl_http.hpp"
#include "common/adapters/posix_filesystem.hpp"
#include "common/adapters/posix_process.hpp"
#include "common/adapters/sd_journal.hpp"
#include "common/adapters/sdbus_systemd.hpp"
#include "common/adapters/system_clock.hpp"
#include "common/adapters/systemd_calendar.hpp"
#include "common/adapters/systemd_verifier.hpp"
#include "common/core/observed_filesystem.hpp"
#include "common/core/observed_stores.hpp"
#include "common/core/observed_systemd.hpp"
#include "common/core/text.hpp"
#include "orchestrator/cli/program.hpp"
#include "orchestrator/host/lazy_systemd.hpp"
#include "orchestrator/host/stores.hpp"

extern char** environ;

namespace wx {

namespace {

constexpr Micros call_timeout{10'000'000};

class RandomIds final : public Ids {
 public:
  std::string hex(std::size_t digits) override {
    std::string out;
    while (out.size() < digits) {
      unsigned char byte = 0;
      if (::getrandom(&byte, 1, 0) != 1) std::abort();
      constexpr std::string_view alphabet = "0123456789abcdef";
      out += alphabet[byte >> 4];
      if (out.size() < digits) out += alphabet[byte & 15];
    }
    return out;
  }
};

// Http that costs nothing until it is used: libcurl's start is slow.
class LazyHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    if (!http_) http_ = make_curl_http("wxctl/" WX_VERSION);
    return http_->send(request);
  }

 private:
  std::unique_ptr<Http> http_;
};

std::vector<std::pair<std::string, std::string>> whole_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string link_target(const char* path) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink(path, buffer.data(), buffer.size() - 1);
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
}

std::string working_directory() {
  std::array<char, PATH_MAX> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) != nullptr ? buffer.data() : "/";
}

std::string boot_id(FileSystem& files) {
  auto text = files.read("/proc/sys/kernel/random/boot_id", 128);
  return text ? std::string(trim(*text)) : std::string{};
}

Caller caller_of(const World& world) {
  Caller caller{::getuid(), ::getgid(), world.variable("USER"), !world.variable("WXCTL_SANDBOX").empty()};
  if (const passwd* entry = ::getpwuid(caller.uid); entry != nullptr) caller.user = entry->pw_name;
  return caller;
}

Home home_of(const World& world) {
  std::string home = world.variable("HOME");
  if (home.empty())
    if (const passwd* entry = ::getpwuid(::getuid()); entry != nullptr) home = entry->pw_dir;
  const auto base = [&](const std::string& variable, const std::string& fallback) {
    const std::string value = world.variable(variable);
    return (value.starts_with('/') ? value : home + fallback) + "/wxctl";
  };
  return {base("XDG_CONFIG_HOME", "/.config"), base("XDG_DATA_HOME", "/.local/share"),
          base("XDG_STATE_HOME", "/.local/state")};
}

int columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

}  // namespace

int run_on_host(EffectObserver& observer, int argc, char** argv) {
  // A closed pipe is an error of write(), not the end of a rollout.
  std::signal(SIGPIPE, SIG_IGN);
  const mode_t caller_umask = ::umask(077);
  const auto posix_files = make_posix_filesystem();
  ObservedFileSystem files(*posix_files, observer);
  const auto lazy_systemd = make_lazy_systemd([] { return connect_systemd(Scope::user, call_timeout); });
  ObservedSystemd systemd(*lazy_systemd, observer);
  const auto clock = make_system_clock();
  const auto journal = make_sd_journal(Scope::user);
  LazyHttp http;
  const auto any_stores = make_bucket_stores(files, http);
  ObservedStores stores(*any_stores, observer);
  const auto process = make_posix_process();
  const auto calendar = make_systemd_calendar(*process, "/usr/bin:/bin");
  const auto verifier = make_systemd_verifier(*process, "/usr/bin:/bin");
  RandomIds ids;
  Ports ports{files, systemd, *clock, *journal, http, stores, *calendar, ids, boot_id(files), {},
              kernel_clock_synchronised(), verifier.get()};
  World world{ports,
              {},
              {},
              whole_environment(),
              ::isatty(STDOUT_FILENO) == 1,
              columns(),
              clock->monotonic(),
              ::getpid(),
              [](std::int64_t pid) { ::kill(static_cast<pid_t>(pid), SIGTERM); }};
  world.caller_umask = caller_umask;
  world.run = [&process](const ProcessRequest& request) { return process->run(request); };
  ports.caller = caller_of(world);
  world.places.home = home_of(world);
  world.places.program = link_target("/proc/self/exe");
  world.places.share = parent_path(parent_path(world.places.program)) + "/share/wxctl";
  world.places.directory = working_directory();
  return run_wxctl(world, std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace wx
