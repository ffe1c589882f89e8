// SPDX-License-Identifier: Apache-2.0
// How long a verdict takes. One command:
//
//   cmake --preset bench && ninja -C build/bench decide_bench && build/bench/policy/decide_bench
//
// A benchmark is NAME/RULES/REQUESTS. Its time is the mean of one Decide over all requests in turn;
// p99_ns and worst_ns are of single requests, each the best of five, so that they show the request
// and not the machine. `allowed`, `denied` and `hit_percent` say what was measured.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <tuple>

#include "policy/bench_worlds.h"

namespace portcullis::bench {
namespace {

constexpr int kPasses = 5;

// Worlds are large and slow to make; the benchmarks run one after another.
const World& CachedWorld(RuleMix mix, size_t rules, size_t requests, Hits hits) {
  static std::tuple<RuleMix, size_t, size_t, Hits> key;
  static std::unique_ptr<World> world;
  const auto wanted = std::tuple(mix, rules, requests, hits);
  if (world == nullptr || key != wanted) {
    world.reset();
    world = std::make_unique<World>(MakeWorld(mix, rules, requests, hits));
    for (Request& request : world->requests) request.token = &world->token;
    key = wanted;
  }
  return *world;
}

void ReportSingleRequests(benchmark::State& state, const World& world) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> best(world.requests.size(), 1e12);
  for (int pass = 0; pass < kPasses; ++pass) {
    for (size_t i = 0; i < world.requests.size(); ++i) {
      const auto begin = Clock::now();
      benchmark::DoNotOptimize(Decide(world.policies, world.requests[i]));
      const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
      best[i] = std::min(best[i], taken.count());
    }
  }
  std::ranges::sort(best);
  state.counters["p99_ns"] = best[best.size() * 99 / 100];
  state.counters["worst_ns"] = best.back();
}

void ReportVerdicts(benchmark::State& state, const World& world) {
  size_t by_rule = 0;
  size_t denied = 0;
  for (const Request& request : world.requests) {
    const Decision decision = Decide(world.policies, request);
    by_rule += decision.rule != nullptr ? 1 : 0;
    denied += decision.verdict == Verdict::kDenied ? 1 : 0;
  }
  const auto percent = [&](size_t part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(world.requests.size());
  };
  state.counters["hit_percent"] = percent(by_rule);
  state.counters["deny_percent"] = percent(denied);
}

void MeasureDecide(benchmark::State& state, RuleMix mix, Hits hits) {
  const World& world = CachedWorld(mix, static_cast<size_t>(state.range(0)),
                                   static_cast<size_t>(state.range(1)), hits);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decide(world.policies, world.requests[i]));
    if (++i == world.requests.size()) i = 0;
  }
  ReportSingleRequests(state, world);
  ReportVerdicts(state, world);
}

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t rules : {10, 1000, 100'000}) {
    for (const int64_t requests : {64, 20'000}) bench->Args({rules, requests});
  }
}

BENCHMARK_CAPTURE(MeasureDecide, mix, RuleMix::kMix, Hits::kHalf)->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, all_misses, RuleMix::kMix, Hits::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, prefix, RuleMix::kPrefix, Hits::kHalf)->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, suffix, RuleMix::kSuffix, Hits::kHalf)->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, infix, RuleMix::kInfix, Hits::kHalf)->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, binary_wildcards, RuleMix::kBinaryWildcards, Hits::kHalf)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, ten_exceptions, RuleMix::kTenExceptions, Hits::kHalf)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, deny_at_the_end, RuleMix::kDenyAtTheEnd, Hits::kHalf)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(MeasureDecide, worst_same_infix, RuleMix::kSameInfix, Hits::kHalf)
    ->Args({100'000, 64});
BENCHMARK_CAPTURE(MeasureDecide, worst_distinct_infix, RuleMix::kDistinctInfix, Hits::kHalf)
    ->Args({100'000, 64});
BENCHMARK_CAPTURE(MeasureDecide, worst_all_but_sid, RuleMix::kAllButSid, Hits::kHalf)
    ->Args({100'000, 64});
BENCHMARK_CAPTURE(MeasureDecide, worst_all_but_exception, RuleMix::kAllButException, Hits::kHalf)
    ->Args({100'000, 64});
BENCHMARK_CAPTURE(MeasureDecide, worst_all_but_version, RuleMix::kAllButVersion, Hits::kHalf)
    ->Args({100'000, 64});

}  // namespace
}  // namespace portcullis::bench

BENCHMARK_MAIN();
