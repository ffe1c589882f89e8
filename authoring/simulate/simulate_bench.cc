// SPDX-License-Identifier: Apache-2.0
// Facts a second: `simulate` over the facts of a fleet (tests/support/fleet.h) by a policy of 1 000
// rules. `distinct` is a fleet in which no line comes twice, so that each fact is read.
// With PORTCULLIS_FLEET=FOLDER the facts are left there, for measurements of the whole command.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "authoring/facts.h"
#include "authoring/simulate/packed_bytes.h"
#include "authoring/simulate/simulate.h"
#include "policy/applocker/policy_writer.h"
#include "tests/support/fleet.h"

namespace portcullis::simulation {
namespace {

using portcullis::testing::Fleet;

constexpr size_t kFacts = 200'000;
constexpr size_t kFactsAMachine = 1000;
constexpr size_t kRules = 1000;

std::string FolderOfFacts() {
  const char* const wanted = std::getenv("PORTCULLIS_FLEET");
  if (wanted != nullptr) return wanted;
  return (std::filesystem::temp_directory_path() / fmt::format("portcullis-fleet-{}", getpid()))
      .string();
}

using Pack = std::function<std::string(std::string_view)>;

// The facts of a fleet in a file; made once a run.
class Facts {
 public:
  Facts(const std::string& name, const Fleet& fleet, const Pack& pack)
      : path_(FolderOfFacts() + "/" + name) {
    std::filesystem::create_directories(FolderOfFacts());
    std::string text;
    for (size_t i = 0; i < kFacts; ++i) text += fleet.Line(i, kFactsAMachine);
    std::ofstream(path_, std::ios::binary) << (pack ? pack(text) : text);
    std::ofstream(FolderOfFacts() + "/policy.xml")
        << *applocker::WritePolicy(fleet.Policy(kRules, 1));
    std::ofstream(FolderOfFacts() + "/former.xml")
        << *applocker::WritePolicy(fleet.Policy(kRules, 2));
  }
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;
  ~Facts() {
    if (std::getenv("PORTCULLIS_FLEET") == nullptr) std::filesystem::remove(path_);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

PolicySet Build(applocker::AppLockerPolicy policy) {
  PolicySet::Builder builder;
  builder.AddMergedLayer({{"policy", std::move(policy)}});
  return *builder.Build();
}

void Simulate(benchmark::State& state, const std::string& path) {
  const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  const PolicySet policies = Build(Fleet().Policy(kRules, 1));
  const PolicySet former = Build(Fleet().Policy(kRules, 2));
  Setup setup;
  setup.policies = &policies;
  setup.former = &former;
  setup.users.push_back({"Everyone", {}});
  setup.users.front().token.user = well_known_sids::kEveryone;
  setup.speller = &speller;
  setup.threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) {
    SimulationTally tally;
    SimulateFacts({path}, -1, setup, tally);
    if (tally.counts.facts != kFacts) state.SkipWithError("not every fact was judged");
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kFacts));
}

void BM_Fleet(benchmark::State& state) {
  static const Facts facts("fleet.jsonl", Fleet(), nullptr);
  Simulate(state, facts.path());
}
void BM_FleetGzip(benchmark::State& state) {
  static const Facts facts("fleet.jsonl.gz", Fleet(), Gzip);
  Simulate(state, facts.path());
}
void BM_FleetZstd(benchmark::State& state) {
  static const Facts facts("fleet.jsonl.zst", Fleet(), Zstd);
  Simulate(state, facts.path());
}
void BM_Distinct(benchmark::State& state) {
  static const Facts facts("distinct.jsonl", Fleet(1000, 60'000'000), nullptr);
  Simulate(state, facts.path());
}
BENCHMARK(BM_Fleet)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_FleetGzip)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_FleetZstd)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_Distinct)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();

void BM_ParseFact(benchmark::State& state) {
  const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  std::vector<std::string> lines;
  for (size_t i = 0; i < 5000; ++i) lines.push_back(Fleet().Line(i, kFactsAMachine));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseFact(lines[next++ % lines.size()], speller));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_ParseFact);

}  // namespace
}  // namespace portcullis::simulation

BENCHMARK_MAIN();
