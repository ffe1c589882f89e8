// SPDX-License-Identifier: Apache-2.0
// Both engines, and a compiled file, on the real policies of the corpus, with requests made from
// the policies' own rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/bytes.h"
#include "base/sanitized.h"
#include "policy/applocker/policy_reader.h"
#include "tests/policy/agreement.h"
#include "tests/policy/choices.h"
#include "tests/policy/compiled_layers.h"
#include "tests/support/corpus.h"

namespace portcullis::testing {
namespace {

using namespace applocker;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

// A sanitized build is ten times slower; the plain one asks them all.
constexpr size_t kRequestsPerPolicy = kSanitized ? 50 : 400;

std::vector<NamedPolicy> AcceptedPolicies(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".xml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<NamedPolicy> policies;
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    PolicyDocument document = ReadPolicy(MemorySource(AsBytes(text)));
    if (document.policy) policies.push_back({file.filename().string(), *document.policy});
  }
  return policies;
}

// A path that the pattern matches, or nearly.
std::string PathFor(std::string_view pattern, Choices& choices) {
  static const std::vector<std::string> kFillers = {"", "x", "Sub\\tool.exe", "a.b", "\\"};
  std::string path;
  for (const char c : pattern) {
    if (c == '*') {
      path += choices.Of(kFillers);
    } else {
      path += c == '?' ? 'q' : c;
    }
  }
  if (choices.OneIn(8)) path += "x";
  return path;
}

void AddFacts(const Condition& condition, Choices& choices, FileIdentity& identity,
              std::vector<PathSpelling>& paths) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) {
    paths.push_back({PathFor(path->path, choices), !choices.OneIn(5), choices.OneIn(5)});
  } else if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    const auto field = [&](const std::string& text) { return text == "*" ? "ANY" : text; };
    const auto& range = publisher->binary_version_range;
    identity.publisher = FullyQualifiedBinaryName{
        field(publisher->publisher_name), field(publisher->product_name),
        PathFor(publisher->binary_name, choices),
        choices.OneIn(2) ? range.low_section.value_or(FileVersion{})
                         : range.high_section.value_or(FileVersion::Of(9, 0, 0, 0))};
  } else {
    const auto& hashes = std::get<FileHashCondition>(condition).hashes;
    if (!hashes.empty()) {
      identity.hashes.push_back(
          {hashes[choices.Below(hashes.size())].digest, HashForm::kAuthenticode});
    }
  }
}

// A file made from up to three rules, and from the exceptions of some.
FileAttributes FileFor(const RuleCollection& collection, Choices& choices) {
  FileIdentity identity;
  std::vector<PathSpelling> paths;
  for (size_t n = 1 + choices.Below(3); n > 0; --n) {
    const Rule& rule = collection.rules[choices.Below(collection.rules.size())];
    AddFacts(rule.condition, choices, identity, paths);
    if (!rule.exceptions.empty() && choices.OneIn(2)) {
      AddFacts(choices.Of(rule.exceptions), choices, identity, paths);
    }
  }
  identity.signature.is_windows_signed = choices.OneIn(4);
  return MakeFileAttributes(identity, paths);
}

AccessToken TokenFor(const RuleCollection& collection, Choices& choices) {
  AccessToken token;
  token.groups.push_back({well_known_sids::kEveryone, GroupUse::kEnabled});
  for (size_t n = choices.Below(3); n > 0; --n) {
    const Rule& rule = collection.rules[choices.Below(collection.rules.size())];
    token.groups.push_back(
        {rule.user_or_group_sid, choices.OneIn(4) ? GroupUse::kDenyOnly : GroupUse::kEnabled});
  }
  token.is_service = choices.OneIn(6);
  return token;
}

TEST(Engines, AgreeOnThePoliciesOfTheCorpus) {
  const auto folder = CorpusFile("policies");
  if (!folder) GTEST_SKIP() << kCorpusAbsent;
  const std::vector<NamedPolicy> policies = AcceptedPolicies(*folder);
  ASSERT_GT(policies.size(), 20U);
  Coverage coverage;
  Choices choices(20261124);
  for (const NamedPolicy& named : policies) {
    PolicySet::Builder builder;
    builder.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
    builder.AddMergedLayer({named});
    const auto set = builder.Build();
    ASSERT_TRUE(set) << named.name << ": " << set.error().message;
    // The same by way of a compiled file.
    const auto files = WriteLayers(*set);
    ASSERT_TRUE(files) << named.name << ": " << files.error().message;
    const auto mapped = ReadLayers(*files, {}, PolicySet::Builder::Images::kAsAsked);
    ASSERT_TRUE(mapped) << named.name << ": " << mapped.error().message;
    const reference::Engine reference = ReferenceFor(*set);
    for (const RuleCollection& collection : set->layer(0).collections) {
      if (!collection.type || collection.rules.empty()) continue;
      for (size_t n = 0; n < kRequestsPerPolicy; ++n) {
        const FileAttributes file = FileFor(collection, choices);
        const AccessToken token = TokenFor(collection, choices);
        Request request;
        request.collection = collection.type;
        request.file = &file;
        request.token = &token;
        const auto difference = Disagreement(*set, reference, request);
        ASSERT_FALSE(difference) << named.name << ": " << *difference;
        ASSERT_EQ(Story(*mapped, request), Story(*set, request)) << named.name;
        coverage.Count(*set, request);
      }
    }
  }
  std::cout << policies.size() << " policies, " << coverage.ToString() << "\n";
  EXPECT_GE(coverage.with_match * 100, coverage.cases * 30);
}

}  // namespace
}  // namespace portcullis::testing
