#include "orchestrator/routing/router/sd_bus_library.hpp"

#include <dlfcn.h>

#include <string>

namespace wx {
namespace {

constexpr const char* file_name = "libsystemd.so.0";

Error unusable(const std::string& what) {
  const char* why = ::dlerror();
  return {Code::unavailable, what + (why != nullptr ? std::string(": ") + why : std::string()),
          "install the package with libsystemd (Debian: libsystemd0)"};
}

}  // namespace

Result<SdBusLibrary> SdBusLibrary::load() {
  void* const handle = ::dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return unusable(std::string("cannot load ") + file_name);
  SdBusLibrary library{};
#define WX_SD_BUS_FIND(name)                                                  \
  library.name = reinterpret_cast<decltype(&::name)>(::dlsym(handle, #name)); \
  if (library.name == nullptr) return unusable(std::string(file_name) + " lacks " #name);
  WX_SD_BUS_FUNCTIONS(WX_SD_BUS_FIND)
#undef WX_SD_BUS_FIND
  return library;
}

}  // namespace wx
