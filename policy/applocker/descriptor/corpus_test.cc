// SPDX-License-Identifier: Apache-2.0
// The rules that real events hold as SDDL: read, printed and compiled again.
#include "tests/support/corpus.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "policy/applocker/descriptor/compiler.h"
#include "policy/applocker/descriptor/decompiler.h"
#include "policy/applocker/rule_sddl.h"
#include "security/sddl.h"

namespace portcullis::applocker {
namespace {

TEST(DescriptorCorpus, ReadsTheRulesOfEventsAndPrintsThemLetterForLetter) {
  const auto file = CorpusFile("sddl/applocker-rule-sddl-observed.jsonl");
  if (!file) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream lines(*file);
  size_t rules = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const auto sddl = nlohmann::json::parse(line).at("rule_sddl").get<std::string>();
    const auto rule = RuleFromSddl(sddl);
    ASSERT_TRUE(rule) << sddl << ": " << rule.error().message;
    EXPECT_EQ(RuleToSddl(*rule).value(), sddl);
    EXPECT_EQ(RuleToAce(*rule).value(), ParseSddl(sddl)->dacl->aces.front());
    ++rules;
  }
  EXPECT_GE(rules, 4U);
}

}  // namespace
}  // namespace portcullis::applocker
