#include "common/core/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wx {
namespace {

// The examples of RFC 3720, appendix B.4, and the check value of the catalogues of CRCs.
TEST(Crc32c, AgreesWithThePublishedExamples) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(crc32c(rising), 0x46DD794Eu);
  EXPECT_EQ(crc32c(std::string(rising.rbegin(), rising.rend())), 0x113FDB5Cu);
}

TEST(Crc32c, IsZeroForNothing) {
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, NoticesEveryFlippedBit) {
  const std::string line = R"({"t":"intent","step":7})";
  for (std::size_t byte = 0; byte < line.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = line;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
      EXPECT_NE(crc32c(damaged), crc32c(line)) << "byte " << byte << " bit " << bit;
    }
  }
}

}  // namespace
}  // namespace wx
