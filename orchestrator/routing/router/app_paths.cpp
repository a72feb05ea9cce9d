#include "orchestrator/routing/router/app_paths.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <memory>
#include <optional>

#include "orchestrator/routing/json_fields.hpp"
#include "orchestrator/routing/router/posix.hpp"

namespace wx {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

Result<std::string> state_of(const std::string& data) {
  WX_LET(const auto text, read_file(data + "/app.json", max_document_bytes));
  WX_LET(auto fields, JsonFields::document(text, data + "/app.json"));
  const auto state = fields.text("state");
  if (state.empty() || state.front() != '/') fields.complain("state", "is not an absolute path");
  if (!fields.complaint().empty()) return damaged(data + "/app.json", fields.complaint());
  return state;
}

Result<Route> route_of(const AppPaths& paths, std::uint64_t generation) {
  WX_LET(const auto text, read_file(paths.route(generation), max_document_bytes));
  auto route = parse_route(text);
  if (!route) return std::move(route).error().with_context(paths.route(generation));
  return route;
}

// The newest generation before `limit` whose route can be read and names an active slot. Later ones were
// never switched to.
std::optional<Route> newest_route_before(const AppPaths& paths, std::uint64_t limit) {
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir((paths.data + "/generations").c_str()));
  std::optional<Route> best;
  while (directory) {
    const auto* entry = ::readdir(directory.get());
    if (!entry) break;
    const auto number = number_of(entry->d_name);
    if (!number || *number >= limit || (best && *number <= best->generation)) continue;
    auto route = route_of(paths, *number);
    if (!route || !route->active) continue;
    best = *std::move(route);
    best->generation = *number;
  }
  return best;
}

std::optional<Slot> active_by_run(const AppPaths& paths, std::uint64_t generation) {
  for (const auto slot : {Slot::blue, Slot::green}) {
    const auto run = read_slot_run(paths, generation, slot);
    if (run && run->role == "active") return slot;
  }
  return std::nullopt;
}

// The unit this process runs in, when nothing else says it: the last part of its cgroup's path.
std::optional<Route> route_of_own_unit() {
  const auto text = read_file("/proc/self/cgroup", max_document_bytes);
  if (!text) return std::nullopt;
  const auto at = text->find("0::/");
  if (at == std::string::npos) return std::nullopt;
  const auto path = text->substr(at, text->find('\n', at) - at);
  Route route;
  route.entry = path.substr(path.rfind('/') + 1);
  route.scope = path.find("/user@") == std::string::npos ? "system" : "user";
  if (instance_name(route.entry, "blue").empty()) return std::nullopt;
  return route;
}

// Nothing is on trial in a route that was pieced together.
RouteSource without_trial(Route route, std::uint64_t generation, Slot active, std::string note) {
  route.active = active;
  route.candidate = std::nullopt;
  route.mode = RouteMode::none;
  route.percent = 0;
  return {std::move(route), generation, true, std::move(note)};
}

}  // namespace

std::string AppPaths::generation(std::uint64_t number) const {
  return data + "/generations/" + std::to_string(number);
}

std::string AppPaths::slot_file(std::uint64_t number, Slot slot, std::string_view name) const {
  return generation(number) + "/" + std::string(to_string(slot)) + "/" + std::string(name);
}

AppPaths find_app(const std::string& data) {
  auto state = state_of(data);
  if (!state) say(Severity::warning, state.error().message + "; going on without ledger, hold and ticket");
  return {data, std::move(state).value_or(std::string())};
}

Result<std::uint64_t> current_generation(const AppPaths& paths) {
  const auto link = paths.data + "/current";
  std::array<char, PATH_MAX> target{};
  const auto length = ::readlink(link.c_str(), target.data(), target.size());
  if (length < 0) {
    return Error{Code::unavailable, system_error("cannot read the link " + link, errno).message,
                 "nothing says what to run: wxctl doctor tells what is missing"};
  }
  const std::string_view text(target.data(), static_cast<std::size_t>(length));
  const auto number = number_of(text.substr(text.rfind('/') + 1));
  if (!number)
    return Error{Code::unavailable, "the link " + link + " does not name a generation: " + std::string(text),
                 "wxctl doctor tells what is damaged"};
  return *number;
}

Result<RouteSource> read_route(const AppPaths& paths) {
  WX_LET(const auto generation, current_generation(paths));
  auto route = route_of(paths, generation);
  if (route) {
    route->generation = generation;
    return RouteSource{*std::move(route), generation, false, {}};
  }
  const auto& damage = route.error().message;
  auto older = newest_route_before(paths, generation);
  if (const auto active = active_by_run(paths, generation)) {
    auto skeleton = older ? older : route_of_own_unit();
    if (skeleton)
      return without_trial(
          *std::move(skeleton), generation, *active,
          damage + "; running the slot that generation " + std::to_string(generation) + " calls active");
  }
  if (!older)
    return Error{Code::unavailable, damage + "; no older generation can be read either",
                 "wxctl rollback, or wxctl doctor, tells what can be repaired"};
  const auto number = older->generation;
  const auto active = older->active.value_or(Slot::blue);
  return without_trial(*std::move(older), number, active,
                       damage + "; running the active slot of generation " + std::to_string(number));
}

Result<SlotRun> read_slot_run(const AppPaths& paths, std::uint64_t generation, Slot slot) {
  const auto path = paths.slot_file(generation, slot, "run.json");
  WX_LET(const auto text, read_file(path, max_document_bytes));
  auto run = parse_slot_run(text);
  if (!run) return std::move(run).error().with_context(path);
  return run;
}

}  // namespace wx
