// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/policy_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/applocker/policy_reader.h"
#include "tests/support/random_policy.h"

namespace portcullis::applocker {
namespace {

using ::testing::HasSubstr;

AppLockerPolicy SmallPolicy() {
  Rule rule;
  rule.id = *RuleId::Parse("921cc481-6e17-4653-8f75-050b80acca20");
  rule.name = "All \"tools\" & <more>\n";
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.condition = FilePathCondition{"%PROGRAMFILES%\\*"};
  FilePublisherCondition publisher{.publisher_name = "O=X",
                                   .product_name = "*",
                                   .binary_name = "*",
                                   .binary_version_range = {FileVersion::Of(1, 0, 0, 0), {}}};
  rule.exceptions = {publisher};
  RuleCollection collection;
  collection.type = CollectionType::kExe;
  collection.type_text = "exe";
  collection.enforcement_mode = EnforcementMode::kAuditOnly;
  collection.rules = {rule};
  collection.extensions.emplace().services = ServicesEnforcement::kEnabled;
  AppLockerPolicy policy;
  policy.collections = {collection};
  return policy;
}

TEST(PolicyWriter, WritesOneTagALineInTheOrderOfTheSchema) {
  EXPECT_EQ(*WritePolicy(SmallPolicy()), R"(<AppLockerPolicy Version="1">
  <RuleCollection Type="Exe" EnforcementMode="AuditOnly">
    <FilePathRule Id="921cc481-6e17-4653-8f75-050b80acca20" Name="All &quot;tools&quot; &amp; &lt;more&gt;&#xA;" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions>
        <FilePathCondition Path="%PROGRAMFILES%\*"/>
      </Conditions>
      <Exceptions>
        <FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*">
          <BinaryVersionRange LowSection="1.0.0.0" HighSection="*"/>
        </FilePublisherCondition>
      </Exceptions>
    </FilePathRule>
    <RuleCollectionExtensions>
      <ThresholdExtensions>
        <Services EnforcementMode="Enabled"/>
      </ThresholdExtensions>
      <RedstoneExtensions/>
    </RuleCollectionExtensions>
  </RuleCollection>
</AppLockerPolicy>
)");
}

TEST(PolicyWriter, WritesARuleAsTheRegistryHoldsIt) {
  Rule rule = SmallPolicy().collections[0].rules[0];
  rule.name = "n";
  rule.exceptions.clear();
  EXPECT_EQ(*RuleToXml(rule),
            "<FilePathRule Id=\"921cc481-6e17-4653-8f75-050b80acca20\" Name=\"n\" Description=\"\" "
            "UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\"><Conditions><FilePathCondition "
            "Path=\"%PROGRAMFILES%\\*\"/></Conditions></FilePathRule>");
}

TEST(PolicyWriter, RefusesTextThatXmlCanNotCarry) {
  for (const std::string_view bad : {"\x01", "\xFF", "\xEF\xBF\xBF", "\xED\xA0\x80"}) {
    AppLockerPolicy policy = SmallPolicy();
    policy.collections[0].rules[0].name = bad;
    const auto written = WritePolicy(policy);
    ASSERT_FALSE(written) << bad;
    EXPECT_EQ(written.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(written.error().message, HasSubstr("Name"));
    EXPECT_FALSE(RuleToXml(policy.collections[0].rules[0])) << bad;
  }
}

TEST(PolicyWriter, WritesASidWithALargeAuthorityAsTheSchemaWantsIt) {
  Rule rule = SmallPolicy().collections[0].rules[0];
  rule.user_or_group_sid = Sid(0xFFFF'FFFF'FFFF, {1});
  EXPECT_THAT(*RuleToXml(rule), HasSubstr("\"S-1-281474976710655-1\""));
}

TEST(PolicyWriter, IsReadBackEqual) {
  size_t rules = 0;
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const AppLockerPolicy policy = RandomPolicy(seed).Make();
    const auto text = WritePolicy(policy);
    ASSERT_TRUE(text) << "seed " << seed << ": " << text.error().message;
    const auto document = ReadPolicy(MemorySource(AsBytes(*text)));
    ASSERT_TRUE(document.policy) << "seed " << seed << ": " << ToString(document.errors[0]) << "\n"
                                 << *text;
    EXPECT_EQ(*document.policy, policy) << "seed " << seed << "\n" << *text;
    EXPECT_EQ(*WritePolicy(*document.policy), *text) << "seed " << seed;
    for (const RuleCollection& collection : policy.collections) {
      rules += collection.rules.size();
      for (const Rule& rule : collection.rules) {
        RuleCollection alone;
        alone.type = CollectionType::kExe;
        alone.rules = {rule};
        const std::string fragment =
            "<RuleCollection Type='Exe'>" + *RuleToXml(rule) + "</RuleCollection>";
        const auto read = ReadPolicy(MemorySource(AsBytes(fragment)));
        ASSERT_TRUE(read.policy) << fragment;
        EXPECT_EQ(read.policy->collections.at(0), alone) << fragment;
      }
    }
  }
  EXPECT_GT(rules, 1000U);
}

}  // namespace
}  // namespace portcullis::applocker
