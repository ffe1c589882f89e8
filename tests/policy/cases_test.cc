// SPDX-License-Identifier: Apache-2.0
// Every *.case file beside this one, asked of both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "policy/applocker/reference.h"
#include "tests/policy/case_file.h"

namespace portcullis::testing {
namespace {

namespace fs = std::filesystem;

fs::path Folder() { return PORTCULLIS_CASES; }

std::vector<fs::path> CaseFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> Names(const std::vector<const applocker::Rule*>& rules) {
  std::vector<std::string> names;
  for (const applocker::Rule* rule : rules) names.push_back(rule->name);
  return names;
}

std::string Words(Verdict verdict, Reason reason, std::optional<std::string> rule) {
  return std::string(ToString(verdict)) + " " + ToString(reason) + " " + rule.value_or("");
}

std::string Words(const Decision& decision) {
  std::optional<std::string> rule;
  if (decision.rule != nullptr) rule = decision.rule->name;
  return Words(decision.verdict, decision.reason, rule);
}

void Ask(const Question& question) {
  PolicySet::Builder builder(question.settings);
  for (const auto& layer : question.layers) builder.AddMergedLayer(layer);
  const auto policies = builder.Build();
  ASSERT_TRUE(policies) << policies.error().message;
  const FileAttributes file =
      MakeFileAttributes(question.identity, question.paths, question.settings);
  const auto reference = reference::Engine::Create(*policies);
  ASSERT_TRUE(reference) << reference.error().message;
  Request request;
  request.collection = question.collection;
  request.file = &file;
  request.token = &question.token;
  request.flags = question.flags;

  const Expectation& expected = question.expected;
  const std::string wanted = Words(expected.verdict, expected.reason, expected.rule);
  Trace trace;
  EXPECT_EQ(Words(Decide(*policies, request)), wanted) << "said by the fast engine";
  EXPECT_EQ(Words(reference->Decide(request)), wanted) << "said by the reference";
  EXPECT_EQ(Words(DecideWithTrace(*policies, request, trace)), wanted) << "said by the trace";
  if (expected.would_block) {
    EXPECT_EQ(Decide(*policies, request).would_block(), *expected.would_block);
    EXPECT_EQ(reference->Decide(request).would_block(), *expected.would_block);
  }
  if (expected.matches) {
    EXPECT_EQ(Names(MatchingRules(*policies, request)), *expected.matches);
    EXPECT_EQ(Names(reference->MatchingRules(request)), *expected.matches);
  }
}

class PolicyCases : public ::testing::TestWithParam<fs::path> {};

TEST_P(PolicyCases, HoldForBothEngines) {
  std::ifstream stream(GetParam(), std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto questions = ParseCaseFile(text, GetParam().filename().string(), Folder());
  ASSERT_TRUE(questions) << questions.error().message;
  for (const Question& question : *questions) {
    SCOPED_TRACE(GetParam().filename().string() + ":" + std::to_string(question.line));
    Ask(question);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PolicyCases, ::testing::ValuesIn(CaseFiles()),
                         [](const auto& param) {
                           std::string name = param.param.stem().string();
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(CaseFile, RefusesWhatItDoesNotUnderstand) {
  const std::string policy = "policy p\ncollection Exe\nrule r: allow Everyone path \"*\"\n";
  const std::pair<std::string, std::string> kBad[] = {
      {"", "asks nothing"},
      {policy, "asks nothing"},
      {"polcy p", "'polcy' is no statement"},
      {"collection Exe", "before any policy"},
      {"policy p\nrule r: allow Everyone path \"*\"", "2: a rule before any collection"},
      {"policy p\ncollection Exes", "'Exes' is no type"},
      {"policy p\ncollection Exe enabled", "'enabled' is not one of the words"},
      {"policy p\ncollection Exe\nrule r: permit Everyone path \"*\"", "allow or deny"},
      {"policy p\ncollection Exe\nrule r allow Everyone path \"*\"", "':' is missing"},
      {"policy p\ncollection Exe\nrule r: allow Everybody path \"*\"", "S-1-"},
      {"policy p\ncollection Exe\nrule r: allow Everyone place \"*\"", "'place' is no condition"},
      {"policy p\ncollection Exe\nrule r: allow Everyone path \"*", "a quote has no end"},
      {policy + "judge Exe path \"x\" -> Allow rule r", "'Allow' is not one of the words"},
      {policy + "judge Exe path \"x\" -> Allowed rule s", "4: there is no rule 's'"},
      {policy + "judge Exe path \"x\" Allowed rule r", "'Allowed' is no fact"},
      {policy + "judge Exe path \"x\" ->", "ends before a verdict"},
      {policy + "judge Exe path \"x\" -> Allowed rule r r", "one word too many"},
      {policy + "setting question_mark on", "no setting 'question_mark'"},
      {policy + "setting question_mark_is_wildcard yes", "with value 'yes'"},
      {"policy p missing.xml", "can not read"},
  };
  for (const auto& [text, word] : kBad) {
    const auto questions = ParseCaseFile(text, "bad.case", Folder());
    ASSERT_FALSE(questions) << text;
    EXPECT_EQ(questions.error().code, ErrorCode::kMalformed) << text;
    EXPECT_THAT(questions.error().message, ::testing::HasSubstr(word)) << text;
    EXPECT_THAT(questions.error().message, ::testing::HasSubstr("bad.case")) << text;
  }
}

}  // namespace
}  // namespace portcullis::testing
