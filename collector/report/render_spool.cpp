#include "collector/report/render_spool.hpp"

#include <nlohmann/json.hpp>

#include "collector/report/exit_code.hpp"
#include "common/core/instant.hpp"
#include "common/core/text.hpp"

namespace wx::collector {
namespace {

using Json = nlohmann::ordered_json;

std::string line(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string store_name(const Sink& sink) {
  return sink.store.kind == "sqlite" ? sink.store.path : sink.store.url;
}

Json places(const std::vector<Inspection::Place>& list) {
  auto out = Json::array();
  for (const auto& place : list)
    out.push_back({{"segment", place.segment}, {"offset", place.offset}, {"bytes", place.bytes}});
  return out;
}

std::uint64_t points_of(const std::vector<Waiting>& list) {
  std::uint64_t points = 0;
  for (const auto& entry : list) points += entry.span.points;
  return points;
}

Json entries(const std::vector<Waiting>& list) {
  auto out = Json::array();
  for (const auto& entry : list) {
    out.push_back({{"store", store_name(entry.sink)},
                   {"bucket", entry.sink.bucket},
                   {"points", entry.span.points},
                   {"batches", entry.batches},
                   {"first", format_instant_ns(entry.span.first_ns)},
                   {"last", format_instant_ns(entry.span.last_ns)},
                   {"kept_since", format_instant(entry.oldest)}});
    if (!entry.reason.empty()) out.back()["reason"] = entry.reason;
  }
  return out;
}

std::string places_text(const std::vector<Inspection::Place>& list, const std::string& what) {
  std::string text;
  for (const auto& place : list)
    text += what + ": " + plural(place.bytes, "byte") + " at " + std::to_string(place.offset) +
            " of segment " + std::to_string(place.segment) + "\n";
  return text;
}

}  // namespace

std::string render_waiting(const std::string& directory, std::uint64_t bytes,
                           const std::vector<Waiting>& waiting, const std::vector<Waiting>& rejected,
                           bool json) {
  if (json)
    return line({{"directory", directory},
                 {"bytes", bytes},
                 {"points", points_of(waiting)},
                 {"waiting", entries(waiting)},
                 {"rejected", points_of(rejected)}});
  std::string text = waiting.empty() ? "nothing waits in the spool\n" : "";
  for (const auto& entry : waiting)
    text += plural(entry.span.points, "point") + " for " + told(entry.sink) + "\n  " + told(entry.span) +
            ", waiting since " + format_instant(entry.oldest) + "\n";
  if (!rejected.empty())
    text += plural(points_of(rejected), "point") + " refused for good: see spool list --rejected\n";
  return text;
}

std::string render_rejected(const std::string& directory, std::uint64_t bytes,
                            const std::vector<Waiting>& rejected, bool json) {
  if (json)
    return line({{"directory", directory},
                 {"bytes", bytes},
                 {"points", points_of(rejected)},
                 {"rejected", entries(rejected)}});
  std::string text = rejected.empty() ? "no store has refused anything\n" : "";
  for (const auto& entry : rejected)
    text += plural(entry.span.points, "point") + " refused by " + told(entry.sink) + "\n  " +
            told(entry.span) + ", set aside since " + format_instant(entry.oldest) + "\n  " + entry.reason +
            "\n";
  return text;
}

std::string render_inspection(const Inspection& inspection, bool json) {
  if (json) {
    return line({{"segments", inspection.segments},
                 {"bytes", inspection.bytes},
                 {"batches", inspection.batches},
                 {"points", inspection.points},
                 {"damaged", places(inspection.damaged)},
                 {"torn", places(inspection.torn)}});
  }
  return plural(inspection.segments, "segment") + ", " + plural(inspection.bytes, "byte") + ": " +
         plural(inspection.points, "point") + " can be read\n" + places_text(inspection.damaged, "damaged") +
         places_text(inspection.torn, "never finished, nothing lost");
}

std::string render_flush(const Flush& flush, bool json) {
  std::uint64_t drained = 0, left = 0, refused = 0;
  auto sinks = Json::array();
  std::string text;
  for (const auto& entry : flush.sinks) {
    drained += entry.drained;
    left += entry.left;
    const auto refused_here = count_points(entry.refused);
    refused += refused_here;
    sinks.push_back({{"store", store_name(entry.sink)},
                     {"bucket", entry.sink.bucket},
                     {"drained", entry.drained},
                     {"left", entry.left},
                     {"refused", refused_here},
                     {"error", entry.error ? Json(entry.error->message) : Json(nullptr)}});
    text += plural(entry.drained, "point") + " written to " + told(entry.sink);
    if (entry.left > 0) text += ", " + std::to_string(entry.left) + " left";
    if (refused_here > 0) text += ", " + std::to_string(refused_here) + " refused for good and set aside";
    text += "\n";
  }
  if (!json) return text.empty() ? "nothing waited in the spool\n" : text;
  Json error;
  if (flush.failure)
    error = {{"message", flush.failure->error.message}, {"remedy", flush.failure->error.remedy}};
  return line({{"drained", drained},
               {"left", left},
               {"refused", refused},
               {"damaged", flush.losses.damaged},
               {"sinks", std::move(sinks)},
               {"exit", static_cast<int>(exit_code(flush.failure))},
               {"error", std::move(error)}});
}

std::string render_imported(const ImportedCache& imported, bool json) {
  if (json) return line({{"imported", imported.good}, {"bad", imported.bad}});
  return plural(imported.good, "point") + " wait in the spool, bad entries: " + std::to_string(imported.bad) +
         "\n";
}

std::string render_cleared(std::uint64_t points, bool json) {
  if (json) return line({{"cleared", points}});
  return plural(points, "point") + " removed from the spool\n";
}

}  // namespace wx::collector
