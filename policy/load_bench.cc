// SPDX-License-Identifier: Apache-2.0
// How long a policy of 100 000 rules takes to load, and how much memory. One command:
//
//   cmake --preset bench && ninja -C build/bench load_bench && build/bench/policy/load_bench
//
// The policy is decide_bench's mix, as XML in a temporary file. Memory is the peak of a process of
// its own that reads the file, builds the PolicySet and does nothing else.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "policy/bench_worlds.h"
#include "policy/policy_set_impl.h"

namespace portcullis::bench {
namespace {

constexpr size_t kRules = 100'000;
std::string program;  // NOLINT: this program's own path, to run it again

enum class Encoding : uint8_t { kUtf8, kUtf16 };

std::string ToUtf16(const std::string& ascii) {
  std::string wide = "\xFF\xFE";
  for (const char c : ascii) wide.append({c, '\0'});
  return wide;
}

// A file that has no name any more but the one of its descriptor.
class PolicyFile {
 public:
  explicit PolicyFile(Encoding encoding) {
    std::string text = applocker::WritePolicy(MakePolicy(RuleMix::kMix, kRules)).value();
    if (encoding == Encoding::kUtf16) text = ToUtf16(text);
    std::strcpy(path_, "/tmp/portcullis-load-bench-XXXXXX");
    fd_ = UniqueFd(mkstemp(path_));
    for (size_t done = 0; done < text.size();) {
      const ssize_t n = write(fd_.get(), text.data() + done, text.size() - done);
      if (n <= 0) std::abort();
      done += static_cast<size_t>(n);
    }
    size_ = text.size();
  }
  ~PolicyFile() { unlink(path_); }
  const char* path() const { return path_; }
  size_t size() const { return size_; }

 private:
  char path_[64];
  UniqueFd fd_;
  size_t size_ = 0;
};

applocker::AppLockerPolicy Read(const char* path) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  const auto source = FdSource::Create(fd.get());
  return applocker::ReadPolicyOrFail(*source).value();
}

PolicySet Compile(applocker::AppLockerPolicy policy) {
  PolicySet::Builder builder;
  builder.AddMergedLayer({NamedPolicy{"bench", std::move(policy)}});
  return std::move(builder.Build().value());
}

// What the kernel saw as the most of a process that only loads. Not getrusage: that counts what the
// parent held when it made the child.
double PeakMegabytesOfLoading(const PolicyFile& file) {
  const std::string command = fmt::format("'{}' --load '{}'", program, file.path());
  FILE* const pipe = popen(command.c_str(), "r");
  long kilobytes = -1024;
  if (pipe == nullptr || std::fscanf(pipe, "%ld", &kilobytes) != 1) return -1;
  return pclose(pipe) == 0 ? static_cast<double>(kilobytes) / 1024 : -1;
}

long PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  }
  return -1;
}

void ReportSize(benchmark::State& state, const PolicyFile& file) {
  state.counters["file_mb"] = static_cast<double>(file.size()) / 1e6;
}

void MeasureLoading(benchmark::State& state, Encoding encoding) {
  const PolicyFile file(encoding);
  for (auto _ : state) benchmark::DoNotOptimize(Compile(Read(file.path())));
  ReportSize(state, file);
  state.counters["peak_rss_mb"] = PeakMegabytesOfLoading(file);
}

void MeasureReading(benchmark::State& state, Encoding encoding) {
  const PolicyFile file(encoding);
  for (auto _ : state) benchmark::DoNotOptimize(Read(file.path()));
  ReportSize(state, file);
}

void MeasureCompiling(benchmark::State& state) {
  const applocker::AppLockerPolicy policy = MakePolicy(RuleMix::kMix, kRules);
  double index_bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    applocker::AppLockerPolicy copy = policy;
    state.ResumeTiming();
    const PolicySet set = Compile(std::move(copy));
    state.PauseTiming();
    index_bytes = 0;
    for (const auto& compiled : set.impl().layers.front().compiled.rules) {
      if (compiled) index_bytes += static_cast<double>(compiled->size_bytes());
    }
    state.ResumeTiming();
  }
  state.counters["index_mb"] = index_bytes / 1e6;
}

BENCHMARK_CAPTURE(MeasureLoading, utf8, Encoding::kUtf8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureLoading, utf16, Encoding::kUtf16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureReading, utf8, Encoding::kUtf8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(MeasureReading, utf16, Encoding::kUtf16)->Unit(benchmark::kMillisecond);
BENCHMARK(MeasureCompiling)->Unit(benchmark::kMillisecond);

int LoadOnly(const char* path) {
  const PolicySet set = Compile(Read(path));
  std::printf("%ld\n", PeakKilobytes());
  return set.layers() == 1 ? 0 : 1;
}

}  // namespace

int Main(int argc, char** argv) {
  program = argv[0];
  if (argc == 3 && std::strcmp(argv[1], "--load") == 0) return LoadOnly(argv[2]);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace portcullis::bench

int main(int argc, char** argv) { return portcullis::bench::Main(argc, argv); }
