#include "orchestrator/engine/requests.hpp"

#include <algorithm>

#include "common/core/files.hpp"
#include "orchestrator/engine/format.hpp"
#include "orchestrator/engine/json_values.hpp"

namespace wx {

namespace {

using nlohmann::json;

constexpr std::uint64_t largest_request = 64UL * 1024;
constexpr std::string_view request_suffix = ".json";
constexpr std::string_view answer_suffix = ".answer";
// Far longer than anybody waits for an answer.
constexpr Micros answers_kept{3'600'000'000};

std::optional<Request> parse_request(const std::string& id, std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("format").get<int>() > engine_format) return std::nullopt;
    Request request;
    request.id = id;
    request.verb = document.at("verb").get<std::string>();
    request.full = document.value("full", false);
    if (document.contains("percent") && !document.at("percent").is_null())
      request.percent = document.at("percent").get<double>();
    request.mode = document.value("mode", "");
    request.take = document.value("take", "");
    return request;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// Another version may read it: exit statuses are the contract, codes are not.
Code code_of(int exit) {
  if (exit == to_int(ExitStatus::bad_input)) return Code::invalid;
  if (exit == to_int(ExitStatus::busy)) return Code::busy;
  return Code::impossible;
}

std::string sortable(WallTime time) {
  std::string digits = std::to_string(time.time_since_epoch().count());
  digits.insert(0, 20 - std::min<std::size_t>(digits.size(), 20), '0');
  return digits;
}

}  // namespace

Result<std::string> Requests::leave(Request request) {
  request.id = sortable(ports_.clock.now()) + "-" + ports_.ids.hex(4);
  const json document{
      {"format", engine_format}, {"verb", request.verb},
      {"full", request.full},    {"percent", request.percent ? json(*request.percent) : json(nullptr)},
      {"mode", request.mode},    {"take", request.take}};
  WX_TRY(make_directories(ports_.files, layout_.requests(), 0700));
  WX_TRY(replace_file(ports_.files, layout_.requests() + "/" + request.id + std::string(request_suffix),
                      document.dump() + "\n", 0600));
  return request.id;
}

Result<std::optional<Answer>> Requests::answer_to(const std::string& id) {
  const std::string path = layout_.requests() + "/" + id + std::string(answer_suffix);
  WX_LET(const auto text, read_if_present(ports_.files, path, largest_request));
  if (!text) return std::optional<Answer>{};
  const json document = json::parse(*text, nullptr, false);
  if (!document.is_object()) return Error{Code::failed, path + " cannot be read"};
  Answer answer;
  answer.accepted = document.value("accepted", false);
  answer.code = code_of(document.value("exit", 1));
  answer.message = document.value("message", "");
  answer.remedy = document.value("remedy", "");
  WX_TRY(ports_.files.remove_file(path));
  return std::optional<Answer>{std::move(answer)};
}

Result<bool> Requests::withdraw(const std::string& id) {
  const std::string path = layout_.requests() + "/" + id + std::string(request_suffix);
  if (!exists(ports_.files, path)) return false;
  WX_TRY(ports_.files.remove_file(path));
  return true;
}

Result<std::vector<Request>> Requests::pending() {
  std::vector<Request> out;
  const auto names = ports_.files.list(layout_.requests());
  if (!names) {
    if (names.error().code == Code::not_found) return out;
    return names.error();
  }
  for (const auto& name : *names) {
    if (!name.ends_with(request_suffix)) continue;
    const std::string path = layout_.requests() + "/" + name;
    WX_LET(const auto text, read_if_present(ports_.files, path, largest_request));
    if (!text) continue;
    if (auto request = parse_request(name.substr(0, name.size() - request_suffix.size()), *text))
      out.push_back(std::move(*request));
    else
      WX_TRY(ports_.files.remove_file(path));
  }
  return out;
}

Status Requests::answer(const std::string& id, const Answer& answer) {
  const json document{{"format", engine_format},
                      {"accepted", answer.accepted},
                      {"exit", answer.accepted ? 0 : to_int(exit_status(answer.code))},
                      {"message", answer.message},
                      {"remedy", answer.remedy}};
  WX_TRY(replace_file(ports_.files, layout_.requests() + "/" + id + std::string(answer_suffix),
                      dump_line(document) + "\n", 0600));
  return ports_.files.remove_file(layout_.requests() + "/" + id + std::string(request_suffix));
}

Status Requests::refuse_all(const Answer& refusal) {
  WX_LET(const auto requests, pending());
  for (const auto& request : requests) WX_TRY(answer(request.id, refusal));
  const auto names = ports_.files.list(layout_.requests());
  if (!names) return {};
  const std::string oldest_kept = sortable(ports_.clock.now() - answers_kept);
  for (const auto& name : *names)
    if (name < oldest_kept) WX_TRY(ports_.files.remove_file(layout_.requests() + "/" + name));
  return {};
}

}  // namespace wx
