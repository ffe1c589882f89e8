// SPDX-License-Identifier: Apache-2.0
// Reading and writing a policy of 100 000 rules, spread over five collections: 45 % path, 30 %
// publisher and 25 % hash rules; in UTF-8 and in UTF-16.
//
// `peak_MB` is how far the resident memory grew above what it was before the reading.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/byte_source.h"
#include "base/unique_fd.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"

namespace portcullis::applocker {
namespace {

constexpr std::string_view kCollections[] = {"Exe", "Dll", "Script", "Msi", "Appx"};

std::string Conditions(size_t i) {
  switch (i % 20) {
    case 0:
    case 4:
    case 8:
    case 12:
    case 16:
    case 18:
      return fmt::format(
          "<FilePublisherCondition PublisherName=\"O=CONTOSO DIVISION {0}, L=REDMOND, "
          "S=WASHINGTON, C=US\" ProductName=\"PRODUCT SUITE {0}\" BinaryName=\"TOOL{0}.EXE\">"
          "<BinaryVersionRange LowSection=\"{1}.0.0.0\" HighSection=\"*\"/>"
          "</FilePublisherCondition>",
          i % 5000, i % 100);
    case 1:
    case 5:
    case 9:
    case 13:
    case 17:
      return fmt::format(
          "<FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x{0:064X}\" "
          "SourceFileName=\"tool{0}.exe\" SourceFileLength=\"{0}\"/></FileHashCondition>",
          i * 2654435761U);
    default:
      return fmt::format("<FilePathCondition Path=\"%PROGRAMFILES%\\Vendor {0}\\Suite {1}\\*\"/>",
                         i % 300, i);
  }
}

std::string_view KindOf(std::string_view conditions) {
  return conditions.substr(1, conditions.find("Condition") - 1);
}

void AppendRule(std::string& text, size_t i) {
  const std::string conditions = Conditions(i);
  const std::string_view kind = KindOf(conditions);
  fmt::format_to(
      std::back_inserter(text),
      "    <{0}Rule Id=\"{1:08x}-1234-4abc-8def-0123456789ab\" Name=\"Rule number {1} of "
      "the department\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"{2}\">\n"
      "      <Conditions>\n        {3}\n      </Conditions>\n    </{0}Rule>\n",
      kind, i, i % 10 == 9 ? "Deny" : "Allow", conditions);
}

std::string MakeText(size_t rules) {
  std::string text = "<AppLockerPolicy Version=\"1\">\n";
  size_t i = 0;
  for (size_t c = 0; c < std::size(kCollections); ++c) {
    fmt::format_to(std::back_inserter(text),
                   "  <RuleCollection Type=\"{}\" EnforcementMode=\"Enabled\">\n", kCollections[c]);
    for (; i < rules * (c + 1) / std::size(kCollections); ++i) AppendRule(text, i);
    text += "  </RuleCollection>\n";
  }
  return text + "</AppLockerPolicy>\n";
}

std::string ToUtf16(std::string_view ascii) {
  std::string bytes = "\xFF\xFE";
  bytes.reserve(2 + 2 * ascii.size());
  for (const char c : ascii) bytes.append({c, '\0'});
  return bytes;
}

// A file without a name that holds `text`, so that the text is not part of the memory measured.
UniqueFd FileOf(const std::string& text) {
  std::string name = "/tmp/portcullis-bench-XXXXXX";
  UniqueFd fd(mkstemp(name.data()));
  unlink(name.c_str());
  for (size_t done = 0; fd.valid() && done < text.size();) {
    const ssize_t size = write(fd.get(), text.data() + done, text.size() - done);
    if (size <= 0) std::abort();
    done += static_cast<size_t>(size);
  }
  return fd;
}

double StatusKilobytes(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr);
  }
  return 0;
}

enum class Form { kUtf8, kUtf16 };

void ReadLargePolicy(benchmark::State& state, Form form) {
  UniqueFd fd;
  {
    const std::string text = MakeText(static_cast<size_t>(state.range(0)));
    fd = FileOf(form == Form::kUtf8 ? text : ToUtf16(text));
  }
  const auto source = FdSource::Create(fd.get());
  if (!source) return state.SkipWithError("no temporary file");
  double peak_kb = 0;
  for (auto _ : state) {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak counts from here on
    const double before_kb = StatusKilobytes("VmRSS:");
    const PolicyDocument document = ReadPolicy(*source);
    if (!document.policy) return state.SkipWithError(ToString(document.errors[0]).c_str());
    peak_kb = std::max(peak_kb, StatusKilobytes("VmHWM:") - before_kb);
    benchmark::DoNotOptimize(document);
  }
  state.SetBytesProcessed(static_cast<int64_t>(source->size()) * state.iterations());
  state.counters["text_MB"] = static_cast<double>(source->size()) / 1e6;
  state.counters["peak_MB"] = peak_kb / 1e3;
}
BENCHMARK_CAPTURE(ReadLargePolicy, Utf8, Form::kUtf8)
    ->Arg(100)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadLargePolicy, Utf16, Form::kUtf16)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

void WriteLargePolicy(benchmark::State& state) {
  const std::string text = MakeText(static_cast<size_t>(state.range(0)));
  const PolicyDocument document = ReadPolicy(MemorySource(AsBytes(text)));
  size_t size = 0;
  for (auto _ : state) {
    const auto written = WritePolicy(*document.policy);
    size = written->size();
    benchmark::DoNotOptimize(written);
  }
  state.SetBytesProcessed(static_cast<int64_t>(size) * state.iterations());
}
BENCHMARK(WriteLargePolicy)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::applocker

BENCHMARK_MAIN();
