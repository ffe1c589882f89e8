// SPDX-License-Identifier: Apache-2.0
#include "authoring/rule_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace portcullis::authoring {
namespace {

using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;

Rule PathRule(const std::string& path) {
  Rule rule;
  rule.name = "a name";
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.condition = FilePathCondition{path};
  rule.exceptions = {FilePathCondition{"C:\\a"}, FilePathCondition{"C:\\b"}};
  return rule;
}

FileHash Hash(uint8_t byte) {
  FileHash hash;
  hash.digest.bytes.fill(byte);
  return hash;
}

std::string IdOf(const Rule& rule, std::string_view collection = "Exe") {
  return DeriveRuleId(collection, rule).value().ToString();
}

// Whoever changes the canonical text changes the ids of all rules that were made before.
TEST(RuleIds, StayWhatTheyWere) {
  EXPECT_EQ(IdOf(PathRule("C:\\x\\*")), "b0f43eb0-519e-815b-a204-49bb624a38ff");
}

TEST(RuleIds, AreOfVersionEight) {
  const std::string id = IdOf(PathRule("C:\\x\\*"));
  EXPECT_EQ(id[14], '8');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
}

TEST(RuleIds, AreThoseOfWhatTheRuleSays) {
  const Rule rule = PathRule("C:\\x\\*");
  std::set<std::string> ids = {IdOf(rule), IdOf(rule, "Dll"), IdOf(PathRule("C:\\x"))};
  Rule other = rule;
  other.action = applocker::Action::kDeny;
  ids.insert(IdOf(other));
  other = rule;
  other.user_or_group_sid = well_known_sids::kUsers;
  ids.insert(IdOf(other));
  other = rule;
  other.exceptions.pop_back();
  ids.insert(IdOf(other));
  other.condition = FilePublisherCondition{"O=A", "B", "C", {}};
  ids.insert(IdOf(other));
  other.condition = FilePublisherCondition{"O=A", "BC", "", {}};
  ids.insert(IdOf(other));
  EXPECT_EQ(ids.size(), 8U);
}

TEST(RuleIds, DoNotDependOnNamesAndOrder) {
  const Rule rule = PathRule("C:\\x\\*");
  Rule other = rule;
  other.id.bytes[3] = 9;
  other.name = "another";
  other.description = "d";
  std::ranges::reverse(other.exceptions);
  EXPECT_EQ(IdOf(other), IdOf(rule));

  Rule hashes = rule;
  hashes.condition = FileHashCondition{{Hash(1), Hash(2)}};
  Rule named = hashes;
  named.condition = FileHashCondition{{Hash(2), Hash(1), Hash(1)}};
  std::get<FileHashCondition>(named.condition).hashes[0].source_file_name = "a.exe";
  EXPECT_EQ(IdOf(named), IdOf(hashes));
}

}  // namespace
}  // namespace portcullis::authoring
