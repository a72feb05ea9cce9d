#include "orchestrator/sandbox/sockets.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "orchestrator/sandbox/os_error.hpp"

namespace wx::sandbox {

Result<UniqueFd> bound_socket(const std::string& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{Code::bug, "the socket path " + path + " is too long", "report this"};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || (type == SOCK_STREAM && ::listen(fd.get(), SOMAXCONN) != 0))
    return os_error("cannot make the socket " + path);
  return fd;
}

std::string receive(int socket) {
  std::array<char, 4096> buffer{};
  const auto count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string{};
}

}  // namespace wx::sandbox
