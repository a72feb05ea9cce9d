#include "orchestrator/engine/generations.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "common/core/files.hpp"
#include "common/core/text.hpp"
#include "common/yaml/merge.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/generation_files.hpp"
#include "orchestrator/engine/limits.hpp"
#include "orchestrator/engine/store_access.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_generation = 4ull << 20;

std::optional<std::uint64_t> number_of(std::string_view name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

json slot_json(const std::optional<SlotSpec>& spec) {
  if (!spec) return nullptr;
  return {{"release", spec->release},
          {"version", spec->version},
          {"manifest", spec->manifest_text},
          {"config", spec->config_source ? json(*spec->config_source) : json(nullptr)}};
}

std::optional<SlotSpec> slot_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  SlotSpec spec{value.at("release").get<std::string>(), value.at("version").get<std::string>(),
                value.at("manifest").get<std::string>(), std::nullopt};
  if (!value.at("config").is_null()) spec.config_source = value.at("config").get<std::string>();
  return spec;
}

// The same meaning, whatever the number.
bool same(const Generation& a, const Generation& b) {
  Route left = a.route;
  Route right = b.route;
  left.generation = right.generation = 0;
  return render_route(left) == render_route(right) && a.blue == b.blue && a.green == b.green;
}

}  // namespace

std::string role_of(const Route& route, Slot slot) {
  if (route.active == slot) return "active";
  if (route.candidate == slot) return "candidate";
  return "idle";
}

Variables slot_variables(const Layout& layout, const Manifest& manifest, const Route& route, Slot slot,
                         const SlotSpec& spec, std::uint64_t number) {
  const std::string role = role_of(route, slot);
  Variables variables{{"app", layout.app},
                      {"slot", std::string(to_string(slot))},
                      {"role", role},
                      {"release", layout.release(spec.release)},
                      {"config", layout.generation(number) + "/" + std::string(to_string(slot)) + "/config"},
                      {"bucket", ""},
                      {"store", ""},
                      {"state", layout.slot_state(slot)},
                      {"shared", layout.shared()},
                      {"data", layout.data},
                      {"rollout", route.rollout.value_or("")}};
  if (manifest.store) {
    const BucketRole bucket = role == "active" ? BucketRole::main : BucketRole::candidate;
    variables["bucket"] = manifest.store->of(bucket).bucket;
    variables["store"] = store_name(layout, *manifest.store, bucket);
  }
  return variables;
}

std::string render_generation(const Generation& generation) {
  const json document{{"format", 1},
                      {"route", render_route(generation.route)},
                      {"blue", slot_json(generation.blue)},
                      {"green", slot_json(generation.green)}};
  return document.dump(1) + "\n";
}

Result<Generation> parse_generation(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.value("format", engine_format) > engine_format) return newer_format("a recorded generation");
    Generation generation;
    WX_LET(generation.route, parse_route(document.at("route").get<std::string>()));
    generation.blue = slot_of(document.at("blue"));
    generation.green = slot_of(document.at("green"));
    return generation;
  } catch (const json::exception& problem) {
    return Error{Code::invalid, std::string("a recorded generation cannot be read: ") + problem.what()};
  }
}

Result<std::optional<std::uint64_t>> Generations::current_number() {
  auto target = ports_.files.read_link(layout_.current());
  if (!target) {
    if (target.error().code == Code::not_found) return std::optional<std::uint64_t>{};
    return std::move(target).error();
  }
  const auto number = number_of(base_name(*target));
  if (!number)
    return Error{Code::failed, layout_.current() + " names \"" + *target + "\", which is no generation"};
  return number;
}

Result<std::optional<Generation>> Generations::current() {
  WX_LET(const auto number, current_number());
  if (!number) return std::optional<Generation>{};
  WX_LET(Generation generation, read(*number));
  return std::optional<Generation>{std::move(generation)};
}

Result<Generation> Generations::read(std::uint64_t number) {
  const std::string directory = layout_.generation(number);
  Generation generation;
  WX_LET(const std::string route, ports_.files.read(directory + "/route.json", largest_generation));
  WX_LET(generation.route, parse_route(route));
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const std::string base = directory + "/" + std::string(to_string(slot));
    WX_LET(const auto run_text, read_if_present(ports_.files, base + "/run.json", largest_generation));
    if (!run_text) continue;
    WX_LET(const SlotRun run, parse_slot_run(*run_text));
    SlotSpec spec;
    spec.release = run.release;
    spec.version = run.version;
    WX_LET(spec.manifest_text, ports_.files.read(base + "/manifest.yaml", largest_generation));
    WX_LET(spec.config_source, read_if_present(ports_.files, base + "/source.yml", largest_generation));
    generation.slot(slot) = std::move(spec);
  }
  return generation;
}

Status Generations::write(const Generation& generation, std::uint64_t number) {
  FileSystem& files = ports_.files;
  const std::string beside = layout_.generation(number) + ".new";
  WX_TRY(files.remove_tree(beside));
  WX_TRY(files.make_directory(beside, 0700));
  Route route = generation.route;
  route.generation = number;
  for (const Slot slot : {Slot::blue, Slot::green}) {
    const auto& spec = generation.slot(slot);
    if (!spec) continue;
    WX_LET(const SlotDocuments documents, render_slot(layout_, route, slot, *spec, number));
    const std::string base = beside + "/" + std::string(to_string(slot));
    WX_TRY(files.make_directory(base, 0700));
    WX_TRY(files.write(base + "/run.json", documents.run, 0600));
    WX_TRY(files.write(base + "/env", documents.env, 0600));
    WX_TRY(files.write(base + "/manifest.yaml", spec->manifest_text, 0600));
    if (documents.config) WX_TRY(files.write(base + "/config", *documents.config, 0600));
    if (spec->config_source) WX_TRY(files.write(base + "/source.yml", *spec->config_source, 0600));
    WX_TRY(files.sync_directory(base));
  }
  WX_TRY(files.write(beside + "/route.json", render_route(route), 0600));
  WX_TRY(files.sync_directory(beside));
  WX_TRY(files.rename(beside, layout_.generation(number)));
  return files.sync_directory(layout_.generations());
}

Result<std::uint64_t> Generations::commit(Generation generation) {
  WX_TRY(make_directories(ports_.files, layout_.generations(), 0700));
  WX_LET(const auto present, current_number());
  if (present) {
    auto now = read(*present);
    if (now && same(*now, generation)) {
      WX_TRY(sync_name(ports_.files, layout_.current()));
      return *present;
    }
  }
  std::uint64_t number = 1;
  WX_LET(const auto names, ports_.files.list(layout_.generations()));
  for (const auto& name : names)
    if (const auto taken = number_of(name)) number = std::max(number, *taken + 1);
  WX_TRY(write(generation, number));
  WX_LET(const auto hold, ports_.files.lock(layout_.hold(), LockMode::exclusive, hold_wait_ms));
  WX_TRY(replace_link(ports_.files, layout_.current(), "generations/" + std::to_string(number)));
  return number;
}

Status Generations::prune(std::size_t keep) {
  WX_LET(const auto present, current_number());
  WX_LET(const auto names, ports_.files.list(layout_.generations()));
  std::vector<std::uint64_t> numbers;
  for (const auto& name : names)
    if (const auto number = number_of(name)) numbers.push_back(*number);
  std::sort(numbers.rbegin(), numbers.rend());
  for (std::size_t i = keep; i < numbers.size(); ++i) {
    if (present && numbers[i] == *present) continue;
    const std::string directory = layout_.generation(numbers[i]);
    auto pinned = ports_.files.lock(directory + "/route.json", LockMode::exclusive, 0);
    if (!pinned) continue;
    WX_TRY(ports_.files.remove_tree(directory));
  }
  return {};
}

Status Generations::clear() {
  auto names = ports_.files.list(layout_.generations());
  if (!names) return names.error().code == Code::not_found ? Status{} : Status(std::move(names).error());
  std::uint64_t next = 1;
  for (const auto& name : *names)
    if (const auto taken = number_of(name)) next = std::max(next, *taken + 1);
  WX_TRY(make_directories(ports_.files, layout_.generation(next), 0700));
  WX_TRY(ports_.files.sync_directory(layout_.generations()));
  for (const auto& name : *names) WX_TRY(ports_.files.remove_tree(layout_.generations() + "/" + name));
  return ports_.files.sync_directory(layout_.generations());
}

}  // namespace wx
