// SPDX-License-Identifier: Apache-2.0
// How long a policy of 100 000 rules takes to compile to security descriptors, and how many
// conditions and access checks with AppLocker's own meanings a second brings. One command:
//
//   cmake --preset bench && ninja -C build/bench descriptor_bench &&
//   build/bench/policy/descriptor_bench
//
// Policies and files are those of decide_bench.
#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "policy/applocker/descriptor/compiler.h"
#include "policy/applocker/descriptor/decompiler.h"
#include "policy/applocker/descriptor/file_facts.h"
#include "policy/applocker/reference.h"
#include "policy/bench_worlds.h"

namespace portcullis::bench {
namespace {

using namespace applocker;  // NOLINT(google-build-using-namespace)

constexpr size_t kRules = 100'000;

std::vector<std::string> CompileToBytes(const AppLockerPolicy& policy) {
  std::vector<std::string> descriptors;
  for (const RuleCollection& collection : policy.collections) {
    const std::vector<DescriptorPart> parts = CompileCollection(collection).value();
    for (const DescriptorPart& part : parts) {
      descriptors.push_back(part.descriptor.Serialize().value());
    }
  }
  return descriptors;
}

void MeasureCompiling(benchmark::State& state) {
  const AppLockerPolicy policy = MakePolicy(RuleMix::kMix, kRules);
  std::vector<std::string> descriptors;
  for (auto _ : state) descriptors = CompileToBytes(policy);
  double bytes = 0;
  for (const std::string& descriptor : descriptors) bytes += static_cast<double>(descriptor.size());
  state.counters["descriptors"] = static_cast<double>(descriptors.size());
  state.counters["mb"] = bytes / 1e6;
}

void MeasureDecompiling(benchmark::State& state) {
  const std::vector<std::string> descriptors = CompileToBytes(MakePolicy(RuleMix::kMix, kRules));
  for (auto _ : state) {
    size_t rules = 0;
    for (const std::string& bytes : descriptors) {
      rules += DecompileDescriptor(AsBytes(bytes))->rules.size();
    }
    if (rules != kRules) state.SkipWithError("rules were lost");
  }
}

Condition PathCondition() { return FilePathCondition{"%PROGRAMFILES%\\VENDOR*\\TOOLS\\*.EXE"}; }
Condition PublisherCondition() {
  return FilePublisherCondition{
      "O=ACME, L=BERLIN, C=DE", "TOOLS", "SETUP*.EXE", {FileVersion::Of(1, 0, 0, 0), {}}};
}
Condition HashesCondition() {
  FileHashCondition hashes;
  hashes.hashes.resize(10);
  return hashes;
}

// On files of decide_bench, most of which have four spellings, a publisher and three digests.
void MeasureCondition(benchmark::State& state, Condition condition) {
  const World world = MakeWorld(RuleMix::kMix, 10, 64, Hits::kHalf);
  Rule rule;
  rule.condition = std::move(condition);
  const ConditionalExpression expression = ConditionOf(rule, LetterCase::kUpper).value();
  const CheckToken token;
  const MatchingSettings settings;
  size_t i = 0;
  for (auto _ : state) {
    const reference::FileFacts facts(world.files[i], settings,
                                     reference::FileFacts::Sees::kEverything);
    benchmark::DoNotOptimize(EvaluateCondition(expression, {token, {}, AceEffect::kAllow, &facts}));
    if (++i == world.files.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void MeasureCheck(benchmark::State& state) {
  World world = MakeWorld(RuleMix::kMix, static_cast<size_t>(state.range(0)), 64, Hits::kHalf);
  for (Request& request : world.requests) request.token = &world.token;
  const auto engine = reference::Engine::Create(world.policies);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine->Decide(world.requests[i]));
    if (++i == world.requests.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(MeasureCompiling)->Unit(benchmark::kMillisecond);
BENCHMARK(MeasureDecompiling)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureCondition, path, PathCondition());
BENCHMARK_CAPTURE(MeasureCondition, publisher, PublisherCondition());
BENCHMARK_CAPTURE(MeasureCondition, ten_hashes, HashesCondition());
BENCHMARK(MeasureCheck)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace portcullis::bench

BENCHMARK_MAIN();
