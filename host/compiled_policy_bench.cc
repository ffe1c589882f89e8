// SPDX-License-Identifier: Apache-2.0
// How long a compiled policy of 100 000 rules takes from the file to its first verdict. One
// command:
//
//   cmake --preset bench && ninja -C build/bench compiled_policy_bench &&
//     build/bench/host/compiled_policy_bench
//
// The policy is decide_bench's mix; the file lies warm in the page cache. An iteration opens the
// file, holds it, opens the image and decides once by a rule, which is read; then all of that is
// given back. `fresh_ms` is the same, once, in processes of their own: the best of twenty.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/unique_fd.h"
#include "base/xxh64.h"
#include "host/held_file.h"
#include "policy/bench_worlds.h"
#include "policy/compiled/policy_image.h"

namespace portcullis::bench {
namespace {

using Images = PolicySet::Builder::Images;
using Clock = std::chrono::steady_clock;

constexpr size_t kRules = 100'000;
std::string program;  // NOLINT: this program's own path, to run it again

PolicySet Load(const char* path, Holding holding, Images images) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  auto held = HoldFile(fd.get(), compiled::kMaxImageBytes, holding);
  std::vector<NamedPolicy> policies;
  policies.emplace_back().image = compiled::PolicyImage::Open(*std::move(held)).value();
  PolicySet::Builder builder;
  builder.SetImages(images).AddMergedLayer(std::move(policies));
  return std::move(builder.Build().value());
}

// A world, and its policy as a file that is gone with it.
class CompiledWorld {
 public:
  CompiledWorld() : world_(MakeWorld(RuleMix::kMix, kRules, 64, Hits::kHalf)) {
    for (Request& request : world_.requests) request.token = &world_.token;
    const std::string bytes = world_.policies.WriteCompiled(0).value();
    std::strcpy(path_, "/tmp/portcullis-compiled-bench-XXXXXX");
    const UniqueFd fd(mkstemp(path_));
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t n = write(fd.get(), bytes.data() + done, bytes.size() - done);
      if (n <= 0) std::abort();
      done += static_cast<size_t>(n);
    }
    size_ = bytes.size();
    // One that a rule decides.
    asked_ = *std::ranges::find_if(world_.requests, [&](const Request& request) {
      return Decide(world_.policies, request).rule != nullptr;
    });
  }
  ~CompiledWorld() { unlink(path_); }
  const char* path() const { return path_; }
  size_t size() const { return size_; }
  const World& world() const { return world_; }
  const Request& asked() const { return asked_; }

 private:
  World world_;
  Request asked_;
  char path_[64] = {};
  size_t size_ = 0;
};

const CompiledWorld& TheWorld() {
  static const CompiledWorld world;
  return world;
}

void MeasureFirstVerdict(benchmark::State& state, Holding holding, Images images) {
  const CompiledWorld& world = TheWorld();
  double best = 1e12;
  for (auto _ : state) {
    const auto begin = Clock::now();
    const PolicySet set = Load(world.path(), holding, images);
    benchmark::DoNotOptimize(Decide(set, world.asked()));
    const std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
    best = std::min(best, taken.count());
    state.SetIterationTime(taken.count() / 1e3);
  }
  state.counters["best_ms"] = best;
  state.counters["file_mb"] = static_cast<double>(world.size()) / 1e6;
}

// What a process of its own says it took, in milliseconds.
double OfFreshProcess(const char* path) {
  FILE* const pipe = popen(fmt::format("'{}' --first '{}'", program, path).c_str(), "r");
  double taken = -1;
  if (pipe == nullptr || std::fscanf(pipe, "%lf", &taken) != 1) return -1;
  return pclose(pipe) == 0 ? taken : -1;
}

void MeasureFreshProcess(benchmark::State& state) {
  double best = 1e12;
  double worst = 0;
  for (auto _ : state) {
    const double taken = OfFreshProcess(TheWorld().path());
    best = std::min(best, taken);
    worst = std::max(worst, taken);
    state.SetIterationTime(taken / 1e3);
  }
  state.counters["best_ms"] = best;
  state.counters["worst_ms"] = worst;
}

void MeasureWriting(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TheWorld().world().policies.WriteCompiled(0));
}

// Verdicts from the mapped tables; decide_bench has those from tables in memory.
void MeasureVerdicts(benchmark::State& state, bool is_mapped) {
  const CompiledWorld& world = TheWorld();
  const PolicySet mapped = Load(world.path(), Holding::kMapWhereSafe, Images::kAsAsked);
  const PolicySet& set = is_mapped ? mapped : world.world().policies;
  const auto& requests = world.world().requests;
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decide(set, requests[i]));
    if (++i == requests.size()) i = 0;
  }
}

BENCHMARK_CAPTURE(MeasureFirstVerdict, mapped, Holding::kMapWhereSafe, Images::kAsAsked)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureFirstVerdict, copied, Holding::kCopy, Images::kAsAsked)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureFirstVerdict, whole, Holding::kCopy, Images::kWhole)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(MeasureFreshProcess)->UseManualTime()->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(MeasureWriting)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureVerdicts, in_memory, false);
BENCHMARK_CAPTURE(MeasureVerdicts, mapped, true);

// From the first line of main to the first verdict.
int FirstVerdict(const char* path, Clock::time_point begin) {
  const PolicySet set = Load(path, Holding::kMapWhereSafe, Images::kAsAsked);
  FileIdentity identity;
  const FileAttributes file =
      MakeFileAttributes(identity, {{"C:\\Windows\\System32\\cmd.exe", true, false}});
  const AccessToken token;
  Request request;
  request.collection = applocker::CollectionType::kExe;
  request.file = &file;
  request.token = &token;
  const Decision decision = Decide(set, request);
  const std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
  std::printf("%f\n", taken.count());
  return decision.reason == Reason::kNoRules ? 1 : 0;
}

}  // namespace

int Main(int argc, char** argv) {
  const auto begin = Clock::now();
  program = argv[0];
  if (argc == 3 && std::strcmp(argv[1], "--first") == 0) return FirstVerdict(argv[2], begin);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace portcullis::bench

int main(int argc, char** argv) { return portcullis::bench::Main(argc, argv); }
