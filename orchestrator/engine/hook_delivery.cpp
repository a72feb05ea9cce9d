#include "orchestrator/engine/hook_delivery.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "common/core/duration.hpp"
#include "common/core/files.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/json_values.hpp"
#include "orchestrator/engine/limits.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::array<Micros, 2> waits{Micros{1'000'000}, Micros{5'000'000}};
constexpr std::uint64_t largest_address = 4096;
constexpr std::uint64_t largest_log = 4ull << 20;
constexpr std::uint64_t largest_answer = 64UL * 1024;
constexpr std::uint32_t for_others = 077;
constexpr std::int64_t turn_ms = 3'600'000;

std::string log_file(const Layout& layout, const std::string& rollout) {
  return layout.rollout(rollout) + "/hooks.log";
}

std::string render(const Delivery& delivery) {
  return dump_line({{"format", engine_format},
                    {"record", delivery.record},
                    {"phase", delivery.phase},
                    {"hook", delivery.hook},
                    {"delivered", delivery.delivered},
                    {"attempts", delivery.attempts},
                    {"message", delivery.message},
                    {"at", format_instant(delivery.at, true)}}) +
         "\n";
}

// Nothing for a line that was cut off.
std::optional<Delivery> parse_delivery(const std::string& line) {
  const json document = json::parse(line, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  try {
    Delivery delivery;
    delivery.record = document.at("record").get<std::size_t>();
    delivery.phase = document.at("phase").get<std::string>();
    delivery.hook = document.at("hook").get<std::string>();
    delivery.delivered = document.at("delivered").get<bool>();
    delivery.attempts = document.at("attempts").get<int>();
    delivery.message = document.at("message").get<std::string>();
    const auto at = parse_instant(document.at("at").get<std::string>());
    if (at) delivery.at = *at;
    return delivery;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Status run_command(const HookTools& tools, const HookSpec& hook, const std::string& body,
                   const Variables& variables) {
  ProcessRequest request;
  WX_LET(request.argv, expand_all(hook.exec, variables));
  request.environment = tools.environment;
  request.input = body;
  request.timeout = hook.timeout;
  WX_LET(const ProcessOutcome outcome, tools.run(request));
  const auto lines = split(trim(outcome.output), '\n');
  const std::string said = lines.back().empty() ? "" : ": " + printable(lines.back(), 200);
  if (outcome.timed_out)
    return Error{Code::timeout, "did not end within " + format_duration(hook.timeout) + said};
  if (outcome.signal != 0)
    return Error{Code::failed, "died of signal " + std::to_string(outcome.signal) + said};
  if (outcome.exit_status != 0)
    return Error{Code::failed, "ended with status " + std::to_string(outcome.exit_status) + said};
  return {};
}

// Whoever knows the address can write to the channel behind it: a secret.
Result<std::string> read_address(FileSystem& files, const std::string& path) {
  WX_LET(const FileInfo info, files.info(path));
  if (info.type != FileType::file) return Error{Code::refused, path + " is no regular file"};
  if ((info.mode & for_others) != 0)
    return Error{Code::refused, path + " can be read by others, and holds a secret: chmod 600 it"};
  WX_LET(const std::string text, files.read(path, largest_address));
  std::string address(trim(text));
  if (!address.starts_with("https://") && !address.starts_with("http://"))
    return Error{Code::refused, path + " must hold one line, an address that begins with https://"};
  return address;
}

Status post(const HookTools& tools, const HookSpec& hook, const std::string& body,
            const Variables& variables) {
  WX_LET(const std::string path, expand(hook.webhook_file, variables));
  HttpRequest request;
  WX_LET(request.url, read_address(tools.ports.files, path));
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  request.timeout = request.connect_timeout = std::chrono::duration_cast<Millis>(hook.timeout);
  request.max_body_bytes = largest_answer;
  const auto response = tools.ports.http.send(request);
  // Its own words name the address.
  if (!response)
    return Error{response.error().code,
                 response.error().code == Code::timeout
                     ? "the server did not answer within " + format_duration(hook.timeout)
                     : "the server cannot be reached"};
  if (response->status >= 200 && response->status < 300) return {};
  const bool may_pass = response->status == 429 || response->status >= 500;
  return Error{may_pass ? Code::unavailable : Code::refused,
               "the server answered with status " + std::to_string(response->status)};
}

Status attempt(const HookTools& tools, const HookSpec& hook, const std::string& body,
               const Variables& variables) {
  return hook.exec.empty() ? post(tools, hook, body, variables) : run_command(tools, hook, body, variables);
}

Delivery tell(const HookTools& tools, const Manifest& manifest, const HookSpec& hook, const HookEvent& event,
              std::size_t most_attempts) {
  const std::string body = render_event(event, manifest);
  const Variables variables = event_variables(event, tools.layout);
  Delivery delivery{event.record, event.view.phase, hook.name(), false, 0, "", {}};
  for (std::size_t made = 0; made < most_attempts; ++made) {
    if (made > 0) tools.ports.clock.sleep(waits.at(made - 1));
    ++delivery.attempts;
    const Status done = attempt(tools, hook, body, variables);
    delivery.delivered = done.has_value();
    delivery.message = done ? "" : done.error().message;
    if (done || done.error().code == Code::refused) break;
  }
  delivery.at = tools.ports.clock.now();
  return delivery;
}

bool told_already(const std::vector<Delivery>& told, const HookEvent& event, const std::string& hook) {
  return std::any_of(told.begin(), told.end(), [&](const Delivery& delivery) {
    return delivery.record == event.record && delivery.hook == hook;
  });
}

}  // namespace

void tell_hooks_of(RolloutContext& rollout) {
  if (rollout.manifest.hooks.empty()) return;
  // The first record of a process has everything told that another one left untold.
  auto view = std::make_shared<RolloutView>(view_of(rollout.plan, rollout.journal.records()));
  auto first = std::make_shared<bool>(true);
  rollout.journal.watch([&rollout, view, first](const JournalRecord& record) {
    const bool makes_event = advance(*view, record);
    if (!makes_event && !*first) return;
    *first = false;
    TransientService service;
    service.name = "wxctl-hooks-" + rollout.layout.app + "-" + rollout.ports.ids.hex(8) + ".service";
    service.description = "Hooks of the rollout of " + rollout.layout.app;
    service.argv = {rollout.units.engine_dir + "/wxctl",
                    "--app",
                    rollout.layout.app,
                    "hooks",
                    "deliver",
                    rollout.plan.id};
    service.environment = rollout.units.environment;
    // A failure to tell is no failure of the rollout.
    static_cast<void>(rollout.ports.systemd.start_transient(service));
  });
}

Status deliver_events(const HookTools& tools, const std::string& rollout) {
  FileSystem& files = tools.ports.files;
  const std::string directory = tools.layout.rollout(rollout);
  WX_LET(const std::string plan_text, files.read(directory + "/plan.json", largest_plan));
  WX_LET(const Plan plan, parse_plan(plan_text));
  WX_LET(const std::string manifest_text, files.read(directory + "/manifest.yaml", largest_manifest));
  WX_LET(const Manifest manifest, parse_manifest(directory + "/manifest.yaml", manifest_text));
  WX_LET(const auto turn, files.lock(directory + "/hooks.lock", LockMode::exclusive, turn_ms));
  WX_LET(const auto told, read_deliveries(files, tools.layout, rollout));
  WX_LET(const std::string journal, files.read(directory + "/journal", largest_journal));
  WX_LET(const JournalContent content, parse_journal(journal));
  for (const auto& event : hook_events(plan, content.records)) {
    for (const auto& hook : manifest.hooks) {
      if (!hook.wants(event.view.phase) || told_already(told, event, hook.name())) continue;
      const Delivery delivery = tell(tools, manifest, hook, event, waits.size() + 1);
      WX_TRY(files.append(log_file(tools.layout, rollout), render(delivery), true));
    }
  }
  return {};
}

Delivery try_hook(const HookTools& tools, const Manifest& manifest, const HookSpec& hook,
                  const HookEvent& event) {
  return tell(tools, manifest, hook, event, 1);
}

Result<std::vector<Delivery>> read_deliveries(FileSystem& files, const Layout& layout,
                                              const std::string& rollout) {
  std::vector<Delivery> out;
  WX_LET(const auto text, read_if_present(files, log_file(layout, rollout), largest_log));
  if (!text) return out;
  for (const auto& line : split(*text, '\n'))
    if (auto delivery = parse_delivery(line)) out.push_back(std::move(*delivery));
  return out;
}

}  // namespace wx
