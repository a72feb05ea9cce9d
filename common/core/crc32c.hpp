// CRC-32C (Castagnoli), as in RFC 3720 section 12.1 and iSCSI: reflected polynomial 0x82F63B78.
#pragma once

#include <cstdint>
#include <string_view>

namespace wx {

std::uint32_t crc32c(std::string_view data);

}  // namespace wx
