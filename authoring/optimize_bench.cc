// SPDX-License-Identifier: Apache-2.0
// How long it takes to optimize a large policy. One command:
//
//   cmake --preset bench && ninja -C build/bench optimize_bench &&
//   build/bench/authoring/optimize_bench
//
// The policies are those of policy/bench_worlds.h: the mix, and sets of which many rules nearly
// cover one another.
#include <benchmark/benchmark.h>

#include "authoring/change/optimize.h"
#include "policy/bench_worlds.h"

namespace portcullis::bench {
namespace {

size_t RulesOf(const applocker::AppLockerPolicy& policy) {
  size_t rules = 0;
  for (const auto& collection : policy.collections) rules += collection.rules.size();
  return rules;
}

void OptimizeMix(benchmark::State& state, RuleMix mix) {
  const auto rules = static_cast<size_t>(state.range(0));
  const applocker::AppLockerPolicy policy = MakePolicy(mix, rules);
  size_t removed = 0;
  for (auto _ : state) {
    const auto optimized = authoring::Optimize(policy, {{}, true});
    removed = optimized.value().removed.size();
    benchmark::DoNotOptimize(removed);
  }
  state.counters["rules"] = static_cast<double>(RulesOf(policy));
  state.counters["removed"] = static_cast<double>(removed);
}

BENCHMARK_CAPTURE(OptimizeMix, mix, RuleMix::kMix)
    ->Arg(1000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OptimizeMix, binary_wildcards, RuleMix::kBinaryWildcards)
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OptimizeMix, distinct_infix, RuleMix::kDistinctInfix)
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OptimizeMix, all_but_sid, RuleMix::kAllButSid)
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OptimizeMix, all_but_exception, RuleMix::kAllButException)
    ->Arg(2'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench

BENCHMARK_MAIN();
