// SPDX-License-Identifier: Apache-2.0
// The findings in real policies, which somebody reviewed: golden.tsv has file, id and line of each.
#include "tests/support/corpus.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "authoring/lint/test_policies.h"

namespace portcullis::lint {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<fs::path> PolicyFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".xml") files.push_back(entry);
  }
  std::ranges::sort(files);
  return files;
}

// Empty where the reader refuses the policy.
std::string FindingsOf(const std::string& name, const std::string& text) {
  const MemorySource source(AsBytes(text));
  const auto policy = applocker::ReadPolicyOrFail(source);
  if (!policy) return "";
  const Places places = Places::Read(source);
  const LintInput input{*policy, KnownFolders(), &places, nullptr, HostConfig::Default(),
                        {},      false};
  const auto findings = LintPolicy(input);
  if (!findings) return name + "\t" + findings.error().message + "\n";
  std::string lines;
  for (const Finding& finding : *findings) {
    lines += fmt::format("{}\t{}\t{}\n", name, finding.check->id, finding.line);
  }
  return lines;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(LintCorpus, FindsWhatWasReviewed) {
  const auto folder = CorpusFile("policies");
  if (!folder) GTEST_SKIP() << kCorpusAbsent;
  std::string found;
  for (const fs::path& file : PolicyFiles(*folder)) {
    found += FindingsOf(fs::relative(file, *folder).generic_string(), ReadFile(file));
  }
  const std::string golden = ReadFile("authoring/lint/golden.tsv");
  if (found == golden) return;
  const auto are = Lines(found);
  const auto were = Lines(golden);
  const auto [now, before] = std::ranges::mismatch(are, were);
  ADD_FAILURE() << are.size() << " findings, reviewed were " << were.size()
                << "; the first that differs: found " << (now == are.end() ? "nothing" : *now)
                << ", reviewed " << (before == were.end() ? "nothing" : *before);
  if (const char* place = std::getenv("PORTCULLIS_WRITE_GOLDEN")) std::ofstream(place) << found;
}

}  // namespace
}  // namespace portcullis::lint
