// SPDX-License-Identifier: Apache-2.0
// How long Software Restriction Policies take to identify a file, with few rules and with many. One
// command:
//
//   cmake --preset bench && ninja -C build/bench srp_identify_bench &&
//       build/bench/policy/srp_identify_bench
//
// A benchmark is NAME/RULES; its time is that of one file, over 4,096 files in turn. Half of the
// files are made from rules. `hit_percent` says for how many a rule decided. The mix is 60 %
// folders, 15 % whole paths, 10 % masks, 10 % names and types, 5 % hashes.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "policy/srp/compiled_policy.h"

namespace portcullis::srp {
namespace {

constexpr size_t kFiles = 4096;

struct World {
  std::unique_ptr<const CompiledPolicy> policy;
  std::vector<FileAttributes> files;
};

std::string FolderOf(size_t n) {
  return fmt::format("C:\\Program Files\\Vendor {}\\Product {}", n % 977, n);
}

// Every kind is there among the first ten.
size_t KindOf(size_t n) { return n * 3 % 20; }

std::string PathOf(size_t n) {
  const size_t kind = KindOf(n);
  if (kind < 12) return FolderOf(n);
  if (kind < 15) return fmt::format("{}\\bin\\tool{}.exe", FolderOf(n), n);
  if (kind < 17) return fmt::format("{}\\*.com", FolderOf(n));
  return kind == 18 ? fmt::format("*.x{}", n) : fmt::format("tool{}.exe", n);
}

Rule RuleOf(size_t n) {
  Rule rule;
  rule.level = n % 10 == 0 ? Level::kDisallowed : Level::kUnrestricted;
  if (KindOf(n) == 19) {
    HashCondition hash;
    hash.algorithm = HashAlgorithm::kSha256;
    for (size_t i = 0; i < 8; ++i) hash.digest[i] = static_cast<uint8_t>(n >> (8 * i));
    hash.size = n;
    rule.condition = hash;
  } else {
    rule.condition = PathCondition{PathOf(n), true};
  }
  return rule;
}

FileAttributes FileOf(size_t n, bool is_of_a_rule) {
  FileIdentity identity;
  identity.kind = FileKind::kPe;
  identity.size = n;
  for (size_t i = 0; i < 8; ++i) identity.sha256[i] = static_cast<uint8_t>(n >> (8 * i));
  const std::string folder =
      is_of_a_rule ? FolderOf(n) : fmt::format("C:\\Users\\user{}\\Downloads", n % 50);
  return MakeFileAttributes(identity,
                            {{fmt::format("{}\\bin\\tool{}.exe", folder, n), true, false}});
}

World MakeWorld(size_t rules) {
  Policy policy;
  policy.default_level = Level::kDisallowed;
  for (size_t n = 0; n < rules; ++n) policy.rules.push_back(RuleOf(n));
  World world;
  world.policy = std::make_unique<const CompiledPolicy>(*CompiledPolicy::Make({policy}, {}));
  std::mt19937_64 random(7);
  for (size_t i = 0; i < kFiles; ++i) world.files.push_back(FileOf(random() % rules, i % 2 == 0));
  return world;
}

void Identify(benchmark::State& state) {
  const World world = MakeWorld(static_cast<size_t>(state.range(0)));
  const AccessToken token;
  Request request;
  request.token = &token;
  size_t hits = 0;
  size_t i = 0;
  for (auto _ : state) {
    request.file = &world.files[i];
    const Answer answer = world.policy->Identify(request);
    if (answer.rule != nullptr) ++hits;
    benchmark::DoNotOptimize(answer);
    if (++i == world.files.size()) i = 0;
  }
  state.counters["hit_percent"] =
      100.0 * static_cast<double>(hits) / static_cast<double>(state.iterations());
  state.counters["per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(Identify)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000)->Arg(100'000);

void Compile(benchmark::State& state) {
  Policy policy;
  policy.default_level = Level::kDisallowed;
  for (size_t n = 0; n < static_cast<size_t>(state.range(0)); ++n)
    policy.rules.push_back(RuleOf(n));
  for (auto _ : state) benchmark::DoNotOptimize(CompiledPolicy::Make({policy}, {}));
}
BENCHMARK(Compile)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::srp

BENCHMARK_MAIN();
