#include "collector/sources/cache_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/app/import_cache.hpp"
#include "tests/testkit/memory_filesystem.hpp"
#include "tests/unit/collector/fakes.hpp"

namespace wx::collector {
namespace {

std::string entry(int hour, const std::string& fields = R"("temperature": 7, "wind_direction": "SSW")") {
  const auto text = std::to_string(hour);
  return R"({"data": {"timestamp": "2026-01-14T)" + std::string(2 - text.size(), '0') + text +
         R"(:00:00Z", "location_name": "A \"{\" b", "latitude": 1, "longitude": 2, )" + fields +
         R"(}, "cached_at": "2026-01-14T12:00:01", "id": "x", "checksum": "y"})";
}

std::string file_of(int entries) {
  std::string text = "[\n";
  for (int hour = 0; hour < entries; ++hour) text += (hour > 0 ? ",\n  " : "  ") + entry(hour);
  return text + "\n]\n";
}

TEST(CacheFile, IsReadWithFieldsAsTheyAreStored) {
  const auto read = parse_cache_file(file_of(3), testing::noon());
  EXPECT_EQ(read.bad, 0u);
  ASSERT_EQ(read.points.size(), 3u);
  EXPECT_EQ(read.points[0].tags, R"(location=A\ "{"\ b,source=met_office)");
  EXPECT_EQ(read.points[0].fields.at("temperature"), FieldValue(7.0));
  EXPECT_EQ(read.points[0].fields.at("wind_direction"), FieldValue(std::string("SSW")));
  EXPECT_EQ(read.points[1].time_ns - read.points[0].time_ns, 3'600'000'000'000);
}

TEST(CacheFile, BadEntriesAreCountedAndCostNoGoodOnes) {
  for (const std::string bad :
       {"{}", R"({"data": 1})",
        R"({"data": {"timestamp": "yesterday", "location_name": "A", "temperature": 1}})",
        R"({"data": {"timestamp": "2026-01-14T00:00:00Z", "location_name": "A\nb", "temperature": 1}})",
        R"({"data": {"timestamp": "2026-01-16T00:00:00Z", "location_name": "A", "temperature": 1}})",
        R"({"data": {"timestamp": "2026-01-14T00:00:00Z", "location_name": "A"}})",
        R"({"data": {"timestamp": "20)"}) {
    const auto read = parse_cache_file("[" + entry(1) + "," + bad + "," + entry(2) + "]", testing::noon());
    EXPECT_EQ(read.points.size(), 2u) << bad;
    EXPECT_EQ(read.bad, 1u) << bad;
  }
  EXPECT_EQ(parse_cache_file(entry(1, R"("temperature": 999, "humidity": 50)"), testing::noon())
                .points.at(0)
                .fields.size(),
            1u);
}

TEST(CacheFile, DamageAtAnyByteCostsAtMostTheEntriesBesideIt) {
  const auto file = file_of(5);
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const char c : {'\0', '{', '}', '"', '\\', '['}) {
      auto damaged = file;
      damaged[at] = c;
      const auto read = parse_cache_file(damaged, testing::noon());
      ASSERT_GE(read.points.size(), 3u) << "byte " << at << " is " << c;
      ASSERT_LE(read.points.size(), 5u);
      ASSERT_TRUE(read.points.size() == 5 || read.bad >= 1) << "byte " << at << " is " << c;
    }
  }
}

TEST(CacheFile, CutAnywhereItKeepsWhatIsWhole) {
  const auto file = file_of(3);
  std::size_t before = 0;
  for (std::size_t cut = 0; cut < file.size(); ++cut) {
    const auto read = parse_cache_file(file.substr(0, cut), testing::noon());
    ASSERT_GE(read.points.size(), before);
    before = read.points.size();
  }
  EXPECT_EQ(before, 3u);
}

TEST(CacheFile, WhatIsNoCacheIsReadInTime) {
  std::string braces(1 << 20, '{'), quotes;
  for (int i = 0; i < 1 << 18; ++i) quotes += "{\"";
  EXPECT_TRUE(parse_cache_file(braces, testing::noon()).points.empty());
  EXPECT_TRUE(parse_cache_file(quotes, testing::noon()).points.empty());
}

TEST(ImportCache, LetsWhatIsInItWaitOnceAndKeepsTheFileUnderAnotherName) {
  testkit::MemoryFileSystem files;
  testing::FakeClock clock;
  testing::FakeLog log;
  Spool spool(files, clock, log, "/cache/spool", {});
  const Sink sink{{.kind = "sqlite", .path = "/weather.db"}, "weather"};
  const auto import = [&] { return import_cache(files, "/cache/cache.json", spool, sink, clock.now()); };
  ASSERT_TRUE(import());
  EXPECT_FALSE(files.info("/cache"));
  for (int time = 0; time < 2; ++time) {  // as after a crash before the file was renamed
    files.put("/cache/cache.json", file_of(3) + entry(4) + "{");
    const auto imported = import();
    ASSERT_TRUE(imported);
    EXPECT_EQ(imported->good, 4u);
    EXPECT_EQ(imported->bad, 1u);
    EXPECT_EQ(spool.waiting()->at(0).span.points, 4u);
    EXPECT_FALSE(files.info("/cache/cache.json"));
  }
  EXPECT_TRUE(files.info("/cache/cache.json.imported"));
}

}  // namespace
}  // namespace wx::collector
