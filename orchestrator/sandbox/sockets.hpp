// The Unix sockets of a sandbox's frame.
#pragma once

#include <string>

#include "common/core/result.hpp"
#include "orchestrator/sandbox/unique_fd.hpp"

namespace wx::sandbox {

// A socket of `type` (SOCK_STREAM ones listen) at `path`, writable for all, that receives its senders'
// credentials.
Result<UniqueFd> bound_socket(const std::string& path, int type);
// The next datagram, empty when there is none.
std::string receive(int socket);

}  // namespace wx::sandbox
