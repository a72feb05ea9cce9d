#include "orchestrator/cli/complaints.hpp"

#include <nlohmann/json.hpp>

#include "orchestrator/cli/output.hpp"

namespace wx {

std::string complaint_text(const World& world, const Complaint& complaint) {
  const bool error = complaint.severity == Severity::error;
  std::string text = complaint.place.line > 0 ? complaint.place.text() + ": " : std::string{};
  text += toned(world, error ? Tone::bad : Tone::warn, std::string(to_string(complaint.severity)) + ":") +
          " " + complaint.message + "\n";
  if (!complaint.remedy.empty()) text += toned(world, Tone::dim, "  " + complaint.remedy) + "\n";
  return text;
}

std::string complaints_json(const std::vector<Complaint>& complaints) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& complaint : complaints)
    list.push_back({{"severity", to_string(complaint.severity)},
                    {"file", complaint.place.file},
                    {"line", complaint.place.line},
                    {"column", complaint.place.column},
                    {"message", complaint.message},
                    {"remedy", complaint.remedy}});
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wx
