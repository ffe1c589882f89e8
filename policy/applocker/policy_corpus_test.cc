// SPDX-License-Identifier: Apache-2.0
// The real policies of the corpus against what other tools say of them (truth.jsonl).
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "tests/support/corpus.h"

namespace portcullis::applocker {
namespace {

using nlohmann::json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

// The policies' lines of truth.jsonl.
std::vector<json> Truths() {
  std::vector<json> truths;
  const auto path = CorpusFile("truth.jsonl");
  if (!path) return truths;
  std::ifstream stream(*path);
  for (std::string line; std::getline(stream, line);) {
    json truth = json::parse(line);
    if (truth.value("file", "").starts_with("policies/")) truths.push_back(std::move(truth));
  }
  return truths;
}

bool IsTrulyValid(const json& truth) {
  const auto xsd = truth.find("xsd_windows_ddf");
  return truth.at("well_formed").get<bool>() && xsd != truth.end() && xsd->at("valid").get<bool>();
}

std::string_view ConditionName(const Condition& condition) {
  if (std::holds_alternative<FilePublisherCondition>(condition)) return "FilePublisherCondition";
  return std::holds_alternative<FilePathCondition>(condition) ? "FilePathCondition"
                                                              : "FileHashCondition";
}
std::string_view RuleName(const Condition& condition) {
  if (std::holds_alternative<FilePublisherCondition>(condition)) return "FilePublisherRule";
  return std::holds_alternative<FilePathCondition>(condition) ? "FilePathRule" : "FileHashRule";
}

size_t HashesIn(const Condition& condition) {
  const auto* const hashes = std::get_if<FileHashCondition>(&condition);
  return hashes == nullptr ? 0 : hashes->hashes.size();
}

// A collection in the words of the truth.
json Describe(const RuleCollection& collection) {
  std::map<std::string, size_t> rules;
  std::map<std::string, size_t> actions;
  std::map<std::string, size_t> exceptions;
  std::set<std::string> sids;
  size_t hashes = 0;
  for (const Rule& rule : collection.rules) {
    ++rules[std::string(RuleName(rule.condition))];
    ++actions[ToString(rule.action)];
    sids.insert(rule.user_or_group_sid.ToString());
    hashes += HashesIn(rule.condition);
    for (const Condition& exception : rule.exceptions) {
      ++exceptions[std::string(ConditionName(exception))];
      hashes += HashesIn(exception);
    }
  }
  if (collection.extensions) rules["RuleCollectionExtensions"] = 1;
  return {
      {"type", collection.type_text},
      {"enforcement_mode",
       collection.enforcement_mode ? json(ToString(*collection.enforcement_mode)) : json(nullptr)},
      {"rule_counts", rules},
      {"actions", actions},
      {"sids", sids},
      {"exceptions", exceptions},
      {"file_hashes", hashes}};
}

TEST(PolicyCorpus, IsAcceptedExactlyWhenTheTruthSaysSo) {
  const std::vector<json> truths = Truths();
  if (truths.empty()) GTEST_SKIP() << kCorpusAbsent;
  size_t accepted = 0;
  for (const json& truth : truths) {
    const auto path = CorpusFile(truth.at("file").get<std::string>());
    ASSERT_TRUE(path) << truth.at("file");
    if (path->extension() != ".xml") continue;
    const std::string text = ReadFile(*path);
    for (const bool schema_only : {false, true}) {
      const auto document = ReadPolicy(MemorySource(AsBytes(text)), {.schema_only = schema_only});
      EXPECT_EQ(document.accepted(), IsTrulyValid(truth))
          << truth.at("file") << ": "
          << (document.errors.empty() ? "no error" : ToString(document.errors.front()));
      accepted += document.accepted() ? 1U : 0U;
    }
  }
  EXPECT_GT(accepted, 2 * 20U);
}

TEST(PolicyCorpus, IsReadAsTheTruthDescribesItAndBackEqual) {
  const std::vector<json> truths = Truths();
  if (truths.empty()) GTEST_SKIP() << kCorpusAbsent;
  size_t compared = 0;
  for (const json& truth : truths) {
    if (!truth.contains("collections") || !IsTrulyValid(truth)) continue;
    const std::string text = ReadFile(*CorpusFile(truth.at("file").get<std::string>()));
    const auto document = ReadPolicy(MemorySource(AsBytes(text)));
    ASSERT_TRUE(document.policy) << truth.at("file");
    EXPECT_EQ(document.is_fragment, truth.at("root") == "RuleCollection") << truth.at("file");

    json expected = truth.at("collections");
    json found = json::array();
    for (json& collection : expected) {
      collection.erase("extensions");
      collection["sids"] = collection["sids"].get<std::set<std::string>>();
    }
    for (const auto& collection : document.policy->collections) {
      found.push_back(Describe(collection));
    }
    EXPECT_EQ(found, expected) << truth.at("file");

    const auto written = WritePolicy(*document.policy);
    ASSERT_TRUE(written) << truth.at("file");
    const auto again = ReadPolicy(MemorySource(AsBytes(*written)));
    ASSERT_TRUE(again.policy) << truth.at("file");
    EXPECT_EQ(*again.policy, *document.policy) << truth.at("file");
    ++compared;
  }
  EXPECT_GT(compared, 20U);
}

TEST(PolicyCorpus, NamesTheDeclaredEncodingThatContradictsTheBytes) {
  const auto path = CorpusFile("policies/denylocker-template-comments.xml");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  const std::string text = ReadFile(*path);
  const auto document = ReadPolicy(MemorySource(AsBytes(text)));
  ASSERT_EQ(document.errors.size(), 1U);
  EXPECT_EQ(document.errors[0].id, "xml-encoding");
  EXPECT_EQ(document.errors[0].line, 1U);
}

}  // namespace
}  // namespace portcullis::applocker
