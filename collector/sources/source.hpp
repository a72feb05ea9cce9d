// Where observations come from. A further source is one more implementation of this interface and a line in
// kinds.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/domain/observation.hpp"
#include "collector/domain/telemetry.hpp"
#include "common/core/result.hpp"
#include "common/ports/clock.hpp"
#include "common/ports/filesystem.hpp"
#include "common/ports/http.hpp"
#include "common/ports/log.hpp"

namespace wx::collector {

// What a run needs from its surroundings to ask a server; all outlive the source.
struct Surroundings {
  Http& http;
  Clock& clock;
  Log& log;
  std::function<double()> random;     // [0, 1)
  std::function<bool()> interrupted;  // a signal asked the program to end
};

// What sources are made with; all outlive them.
struct SourceTools {
  Surroundings surroundings;
  FileSystem& files;
  Telemetry& telemetry;
  std::string cache_directory;
  std::string quota_directory;
  bool live = true;        // the run writes data: it may use the last calls of a day
  bool read_only = false;  // nothing may be written anywhere
  bool once = false;       // the answer is not worth asking for again
};

// What came, and what did not: a place without data costs no other its own.
struct Yield {
  std::vector<Harvest> harvests;
  std::vector<Error> errors;  // `interrupted`, the last one then, when a signal came
};

class Source {
 public:
  virtual ~Source() = default;
  // The whole window that the source serves, one harvest per place. Repeats what may help within the
  // configured total time. Errors say what was answered and never hold a key. Changes nothing at the source;
  // one thread at a time.
  virtual Yield fetch() = 0;
};

// Several sources as one, asked one after the other.
class Sources final : public Source {
 public:
  explicit Sources(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {}
  Yield fetch() override;

 private:
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace wx::collector
