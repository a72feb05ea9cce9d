#include "common/store/influx_server.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "common/core/text.hpp"
#include "common/store/influx_bucket.hpp"

namespace wx {
namespace {

constexpr std::size_t why_bytes = 300;
constexpr std::uint64_t largest_answer = 256ull << 20;  // of one page; one point may have megabytes of text
constexpr Millis answer_within{60'000};

// 1.x says {"error": …}, 2.x {"code": …, "message": …}; proxies say anything.
std::string reason_in(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (document.is_object())
    for (const char* key : {"message", "error"})
      if (document.contains(key) && document[key].is_string())
        return printable(document[key].get<std::string>(), why_bytes);
  return printable(trim(body), why_bytes);
}

struct Meaning {
  Code code;
  std::string remedy;
};

bool says_any(std::string_view reason, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](auto phrase) { return reason.find(phrase) != std::string_view::npos; });
}

// Of points that are refused the same however often they come; the others of a batch may be written.
bool is_about_points(long status, std::string_view reason) {
  return status == 422 ||
         (status == 400 && says_any(reason, {"partial write", "unable to parse", "field type conflict",
                                             "beyond retention policy", "outside retention policy"}));
}

// 1.x says so with 500.
bool is_no_policy(long status, std::string_view answer) {
  return status == 500 && says_any(answer, {"retention policy not found"});
}

bool is_passing(long status, std::string_view answer) {
  return status == 429 || (status >= 500 && !is_no_policy(status, answer));
}

Meaning meaning_of(long status, std::string_view reason) {
  if (is_about_points(status, reason))
    return {Code::refused, "correct what the reason names: the server refuses the same points again"};
  if (is_no_policy(status, reason))
    return {Code::not_found, "make it on the server (CREATE RETENTION POLICY … DEFAULT)"};
  switch (status) {
    case 401:
    case 403:
      return {Code::permission, {}};
    case 404:
      return {Code::not_found,
              "make it on the server (on 1.x: CREATE DATABASE), or correct the name in the configuration"};
    case 413:
      return {Code::no_space, "raise the server's limit on the size of a request"};
    default:
      break;
  }
  if (is_passing(status, reason)) return {Code::unavailable, "see the server's log, and try again"};
  return {Code::failed, "see the server's log"};
}

}  // namespace

std::string encode_parameters(const UrlParameters& parameters) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  const auto append = [&](const std::string& text) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (plain.find(c) != std::string_view::npos) {
        out += c;
      } else {
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
      }
    }
  };
  for (const auto& [key, value] : parameters) {
    if (!out.empty()) out += '&';
    append(key);
    out += '=';
    append(value);
  }
  return out;
}

InfluxServer::InfluxServer(Http& http, std::string url, std::string authorization, std::string place)
    : http_(http),
      url_(std::move(url)),
      authorization_(std::move(authorization)),
      place_(place.empty() ? "the token" : std::move(place)) {
  while (url_.ends_with('/')) url_.pop_back();
}

std::string InfluxServer::told(const std::string& doing, const std::string& why) const {
  return "cannot " + doing + " at " + url_ + ": " + why;
}

std::string InfluxServer::remedy_for_denial(long status) const {
  if (authorization_.empty())
    return "the server asks for a token (1.x: USER:PASSWORD): put it into a file and name that in "
           "store.token_file";
  if (status == 401) return "check " + place_ + ": a token, or USER:PASSWORD for InfluxDB 1.x";
  return "give " + place_ + " the right to read and write this bucket";
}

Result<std::string> InfluxServer::post(const std::string& doing, const std::string& path,
                                       const UrlParameters& parameters, const std::string& content_type,
                                       std::string body) const {
  HttpRequest request;
  request.method = "POST";
  request.url = url_ + path + (parameters.empty() ? "" : "?" + encode_parameters(parameters));
  request.headers = {{"Content-Type", content_type}, {"Accept", "application/json, application/csv"}};
  if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
  request.body = std::move(body);
  request.timeout = answer_within;
  request.max_body_bytes = largest_answer;
  auto response = http_.send(request);
  if (!response) return std::move(response).error().with_context("cannot " + doing);
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  const std::string reason = reason_in(response->body);
  auto meaning = meaning_of(response->status, reason);
  if (meaning.code == Code::permission) meaning.remedy = remedy_for_denial(response->status);
  return Error{meaning.code,
               told(doing, "the server answered " + std::to_string(response->status) +
                               (reason.empty() ? "" : " (" + reason + ")")),
               std::move(meaning.remedy)};
}

bool heals_by_waiting(const HttpResponse& response) {
  return is_passing(response.status, response.body);
}

}  // namespace wx
