// wx_compare_bench FILE: compares the buckets `main` and `trial` of an embedded store as `wxctl compare`
// does, and prints points, seconds and peak memory in kB.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "common/store/sqlite_bucket.hpp"
#include "orchestrator/domain/compare.hpp"
#include "orchestrator/domain/merge_points.hpp"

namespace wx {
namespace {

Status compare(const std::string& file) {
  const auto begun = std::chrono::steady_clock::now();
  WX_LET(const auto store, open_sqlite_bucket(file));
  WX_LET(const auto main, store->stream({"main"}));
  WX_LET(const auto trial, store->stream({"trial"}));
  Comparer comparer(nullptr, {});
  WX_TRY(merge_points([&](Point& point) { return main->next(point); },
                      [&](Point& point) { return trial->next(point); },
                      [&](const Point* a, const Point* b) {
                        comparer.see(a, b);
                        return Status{};
                      }));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const Comparison& found = comparer.result();
  std::printf("%llu %llu %llu %.3f %ld\n",
              static_cast<unsigned long long>(found.main.points + found.candidate.points),
              static_cast<unsigned long long>(found.missing_in_candidate.total + found.missing_in_main.total),
              static_cast<unsigned long long>(found.mismatched_total), took.count(), usage.ru_maxrss);
  return {};
}

}  // namespace
}  // namespace wx

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto compared = wx::compare(argv[1]);
  if (!compared) std::fprintf(stderr, "%s\n", compared.error().message.c_str());
  return compared ? 0 : 1;
}
