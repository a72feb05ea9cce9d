// SIGINT and SIGTERM as a question that can be asked at any safe place.
#pragma once

namespace wx::collector {

// From here on both signals interrupt waits and are remembered; SIGPIPE is ignored. Once per process, before
// threads exist.
void catch_termination();
// Thread-safe.
bool termination_requested();

}  // namespace wx::collector
