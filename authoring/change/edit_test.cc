// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authoring/change/checked_text.h"
#include "authoring/rule_id.h"
#include "policy/applocker/limits.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::EnforcementMode;
using applocker::FileHashCondition;
using applocker::FilePublisherCondition;
using ::testing::HasSubstr;

RuleText Text() {
  RuleText text;
  text.collection = "exe";
  text.action = "Allow";
  return text;
}
RuleText PathText(const std::string& path) {
  RuleText text = Text();
  text.path = path;
  return text;
}
std::string Refusal(const RuleText& text) {
  const auto made = MakeRule(text);
  return made ? "" : made.error().message;
}

TEST(MakeRule, DerivesTheIdAndTheName) {
  const auto made = MakeRule(PathText("C:\\a\\*")).value();
  EXPECT_EQ(made.rule.name, "path C:\\a\\*");
  EXPECT_EQ(made.rule.id, DeriveRuleId("Exe", made.rule).value());
  RuleText other = PathText("C:\\a\\*");
  other.name = "another";
  EXPECT_EQ(MakeRule(other)->rule.id, made.rule.id);
  other.id = "11111111-2222-3333-4444-555555555555";
  EXPECT_EQ(MakeRule(other)->rule.id.ToString(), *other.id);
}

TEST(MakeRule, TakesPublishersAndHashes) {
  RuleText text = Text();
  text.publisher = "O=A";
  text.low = "1.2.3.4";
  const auto publisher = std::get<FilePublisherCondition>(MakeRule(text)->rule.condition);
  EXPECT_EQ(publisher.product_name, "*");
  EXPECT_EQ(publisher.binary_version_range.low_section, FileVersion::Of(1, 2, 3, 4));
  EXPECT_EQ(publisher.binary_version_range.high_section, std::nullopt);
  text = Text();
  text.hashes = {"0x" + std::string(64, 'a'), std::string(64, 'B')};
  const auto hashes = std::get<FileHashCondition>(MakeRule(text)->rule.condition).hashes;
  ASSERT_EQ(hashes.size(), 2U);
  EXPECT_EQ(hashes[0].digest.bytes[31], 0xAA);
}

TEST(MakeRule, NamesALongPathByItsBeginning) {
  std::string path = "C:\\";
  for (int i = 0; i < 2000; ++i) path += "\xC3\xA9";
  const auto made = MakeRule(PathText(path)).value();
  EXPECT_LE(made.rule.name.size(), applocker::kMaxNameLength);
  AppLockerPolicy policy;
  ASSERT_TRUE(AddRule(policy, made));
  EXPECT_TRUE(WriteCheckedPolicy(policy));
}

TEST(MakeRule, RefusesWhatIsNoRule) {
  EXPECT_THAT(Refusal(Text()), HasSubstr("one condition"));
  RuleText text = PathText("C:\\a");
  text.publisher = "O=A";
  EXPECT_THAT(Refusal(text), HasSubstr("2 are given"));
  text = PathText("C:\\a");
  text.product = "P";
  EXPECT_THAT(Refusal(text), HasSubstr("belong to a publisher"));
  text = PathText("C:\\a");
  text.collection = "Exes";
  EXPECT_THAT(Refusal(text), HasSubstr("ManagedInstaller is allowed"));
  text = PathText("C:\\a");
  text.action = "permit";
  EXPECT_THAT(Refusal(text), HasSubstr("allow or deny"));
  text = PathText("C:\\a");
  text.user = "Users";
  EXPECT_THAT(Refusal(text), HasSubstr("user"));
  text = PathText("C:\\a");
  text.id = "{1}";
  EXPECT_THAT(Refusal(text), HasSubstr("GUID"));
  text = Text();
  text.hashes = {"abc"};
  EXPECT_THAT(Refusal(text), HasSubstr("64 hex digits"));
  text.hashes = {std::string(64, 'a')};
  text.except_paths = {"C:\\b"};
  EXPECT_THAT(Refusal(text), HasSubstr("no exceptions"));
  text = Text();
  text.publisher = "O=A";
  text.high = "1.2";
  EXPECT_THAT(Refusal(text), HasSubstr("four parts"));
}

TEST(Edit, AddsARuleOnceAndRemovesIt) {
  AppLockerPolicy policy;
  const auto made = MakeRule(PathText("C:\\a")).value();
  ASSERT_TRUE(AddRule(policy, made));
  ASSERT_EQ(policy.collections.at(0).rules.size(), 1U);
  EXPECT_EQ(policy.collections[0].mode(), EnforcementMode::kNotConfigured);
  const auto again = AddRule(policy, made);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("is there already"));
  const std::string id = made.rule.id.ToString();
  EXPECT_EQ(RemoveRules(policy, {id, "00000000-0000-0000-0000-000000000000"}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(policy.collections[0].rules.size(), 1U) << "all or none";
  EXPECT_THAT(RemoveRules(policy, {"x"}).error().message, HasSubstr("GUID"));
  ASSERT_TRUE(RemoveRules(policy, {id}));
  EXPECT_TRUE(policy.collections[0].rules.empty());
}

TEST(Edit, SetsModes) {
  AppLockerPolicy policy;
  ASSERT_TRUE(SetMode(policy, "Dll", "audit"));
  EXPECT_EQ(policy.collections.at(0).mode(), EnforcementMode::kAuditOnly);
  ASSERT_TRUE(SetMode(policy, "Dll", "enabled"));
  EXPECT_EQ(policy.collections.at(0).mode(), EnforcementMode::kEnabled);
  EXPECT_EQ(policy.collections.size(), 1U);
  EXPECT_THAT(SetMode(policy, "Dll", "on").error().message, HasSubstr("audit or enabled"));
  EXPECT_THAT(SetMode(policy, "Odd", "audit").error().message, HasSubstr("Exe, Dll"));
}

TEST(CheckedText, RefusesWhatNoReaderTakes) {
  AppLockerPolicy policy;
  RuleText text = PathText("C:\\a");
  text.name = std::string(applocker::kMaxNameLength + 1, 'n');
  ASSERT_TRUE(AddRule(policy, MakeRule(text).value()));
  EXPECT_THAT(WriteCheckedPolicy(policy).error().message, HasSubstr("is refused"));
}

}  // namespace
}  // namespace portcullis::authoring
