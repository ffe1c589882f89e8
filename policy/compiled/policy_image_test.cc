// SPDX-License-Identifier: Apache-2.0
// The file itself: what is kept, what is refused and how it is said. That it decides alike is held
// by tests/policy/compiled_file_test.cc.
#include "policy/compiled/policy_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/held_bytes.h"
#include "policy/compiled/rule_record.h"
#include "policy/policy_set.h"
#include "tests/policy/image_mutator.h"
#include "tests/support/random_policy.h"

namespace portcullis::compiled {
namespace {

using namespace applocker;  // NOLINT(google-build-using-namespace)
using portcullis::testing::Reseal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Images = PolicySet::Builder::Images;

Result<std::string> Write(std::vector<NamedPolicy> policies) {
  PolicySet::Builder builder;
  builder.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
  builder.AddMergedLayer(std::move(policies));
  return TRY(builder.Build()).WriteCompiled(0);
}

Result<std::shared_ptr<const PolicyImage>> Open(const std::string& file) {
  return PolicyImage::Open(CopyAligned(AsBytes(file)));
}

Rule PathRule(const std::string& path, Action action = Action::kAllow) {
  Rule rule;
  rule.id = *RuleId::Parse("921cc481-6e17-4653-8F75-050b80acca20");
  rule.name = "a rule";
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = action;
  rule.condition = FilePathCondition{path};
  rule.line = 7;
  return rule;
}

AppLockerPolicy ExePolicy(std::vector<Rule> rules) {
  AppLockerPolicy policy;
  RuleCollection& exe = policy.collections.emplace_back();
  exe.type = CollectionType::kExe;
  exe.type_text = "Exe";
  exe.enforcement_mode = EnforcementMode::kEnabled;
  exe.rules = std::move(rules);
  return policy;
}

std::string OneRule() { return Write({{"corp.xml", ExePolicy({PathRule("C:\\A\\*")})}}).value(); }

Result<PolicySet> Build(const std::string& file, Images images = Images::kWhole) {
  std::vector<NamedPolicy> policies;
  policies.push_back({"given.compiled", {}, TRY(Open(file))});
  PolicySet::Builder builder;
  builder.SetImages(images).AddMergedLayer(std::move(policies));
  return builder.Build();
}

void Put(std::string& file, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) file[at + i] = static_cast<char>(value >> (8 * i));
}

SectionEntry SectionOf(const std::string& file, SectionKind kind) {
  SectionEntry entry = {};
  for (size_t i = 0; i < kMaxSections; ++i) {
    std::memcpy(&entry, file.data() + sizeof(Header) + i * sizeof(entry), sizeof(entry));
    if (entry.kind == static_cast<uint32_t>(kind)) return entry;
  }
  return {};
}

TEST(PolicyImage, KeepsEveryWordOfAPolicy) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    const AppLockerPolicy policy = RandomPolicy(seed).Make();
    const auto file = Write({{"a.xml", policy}});
    ASSERT_TRUE(file) << seed << ": " << file.error().message;
    const auto image = Open(*file);
    ASSERT_TRUE(image) << seed << ": " << image.error().message;
    ASSERT_TRUE((*image)->CheckDigest());
    const auto read = (*image)->ReadPolicy();
    ASSERT_TRUE(read) << seed << ": " << read.error().message;
    EXPECT_EQ(*read, policy) << seed;
    EXPECT_THAT((*image)->names(), ElementsAre("a.xml"));
    for (size_t i = 0; i < policy.collections.size(); ++i) {
      EXPECT_EQ(read->collections[i].type_text, policy.collections[i].type_text);
      EXPECT_EQ(read->collections[i].enforcement_mode, policy.collections[i].enforcement_mode);
      for (size_t n = 0; n < policy.collections[i].rules.size(); ++n) {
        EXPECT_EQ(read->collections[i].rules[n].line, policy.collections[i].rules[n].line);
      }
    }
  }
}

TEST(PolicyImage, KnowsItselfByItsFirstBytes) {
  EXPECT_TRUE(LooksCompiled(AsBytes(OneRule())));
  EXPECT_FALSE(LooksCompiled(AsBytes("<AppLockerPolicy")));
  EXPECT_FALSE(LooksCompiled(AsBytes("PCPOLIC")));
}

TEST(PolicyImage, SaysWhatIsWrongWithTheFrame) {
  const auto refusal = [](auto change) {
    std::string file = OneRule();
    change(file);
    const auto image = Open(file);
    return image ? Error{ErrorCode::kIo, "accepted"} : image.error();
  };
  using File = std::string&;
  EXPECT_EQ(refusal([](File f) { f.resize(87); }).code, ErrorCode::kTruncated);
  EXPECT_THAT(refusal([](File f) { f[0] = 'x'; }).message, HasSubstr("no magic at offset 0"));
  EXPECT_THAT(refusal([](File f) { f[8] = 2; }).message, HasSubstr("format version 2 at offset 8"));
  EXPECT_EQ(refusal([](File f) { f[8] = 2; }).code, ErrorCode::kUnsupported);
  EXPECT_THAT(refusal([](File f) { f.pop_back(); }).message, HasSubstr("header at offset 32"));
  EXPECT_THAT(refusal([](File f) { f[40] = 50; }).message,
              HasSubstr("50 sections at offset 40; at most 49"));
  EXPECT_THAT(refusal([](File f) { f[44] = 1; }).message, HasSubstr("offset 44 is not 0"));
  EXPECT_THAT(refusal([](File f) { f[20] ^= 1; }).message, HasSubstr("table of sections"));
  EXPECT_EQ(refusal([](File f) { f[20] ^= 1; }).code, ErrorCode::kUntrusted);
  EXPECT_THAT(refusal([](File f) { f[88 + 16] ^= 1; }).message, HasSubstr("table of sections"));
  const auto engine = SectionOf(OneRule(), SectionKind::kEngine);
  EXPECT_THAT(refusal([&](File f) { f[engine.offset + 3] ^= 1; }).message,
              HasSubstr("section engine of collection 0 at offset"));
}

TEST(PolicyImage, TakesSectionsInOneOrderOnly) {
  std::string file = OneRule();
  Put(file, 88, static_cast<uint64_t>(SectionKind::kTexts), 4);
  Reseal(file);
  EXPECT_THAT(Open(file).error().message, HasSubstr("section 0 of the table is kind 3"));
  file = OneRule();
  Put(file, 88 + 8, 1 << 20, 8);
  Reseal(file);
  EXPECT_THAT(Open(file).error().message, HasSubstr("at offset 1048576; expected is head"));
  file = OneRule() + std::string(64, '\0');
  Reseal(file);
  EXPECT_THAT(Open(file).error().message, HasSubstr("0 sections and 64 bytes are left over"));
}

TEST(PolicyImage, IsCompiledAnewWhereTheEngineIsAnother) {
  std::string file = OneRule();
  Put(file, 12, kEngineVersion + 1, 4);
  const auto engine = SectionOf(file, SectionKind::kEngine);
  std::memset(file.data() + engine.offset, 0xEE, engine.size);  // of no use here
  Reseal(file);
  const auto set = Build(file);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->layer(0).collections.at(0).rules.size(), 1U);
  EXPECT_EQ(set->WriteCompiled(0), OneRule());
}

TEST(PolicyImage, RefusesADamagedRuleBeforeItIsInForce) {
  std::string file = OneRule();
  const auto texts = SectionOf(file, SectionKind::kTexts);
  file[texts.offset + 60] ^= 1;
  const auto whole = Build(file);
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().message, StartsWith("given.compiled: compiled policy: "));
  EXPECT_THAT(whole.error().message, HasSubstr("SHA-256"));
  // Whole by all checksums, as a faulty writer makes it.
  file = OneRule();
  Put(file, texts.offset + 20, 9, 1);  // no such action
  Reseal(file);
  EXPECT_THAT(Build(file).error().message, HasSubstr("9 at offset 20; at most 1 is known"));
}

TEST(PolicyImage, NamesADamagedRuleWhereOnlyTheVerdictIsWanted) {
  std::string file = OneRule();
  const auto texts = SectionOf(file, SectionKind::kTexts);
  file[texts.offset + 60] ^= 1;
  const auto set = Build(file, Images::kAsAsked);
  ASSERT_TRUE(set) << set.error().message;
  const FileAttributes attributes = MakeFileAttributes({}, {{"C:\\A\\B.EXE", true, false}});
  AccessToken token;
  token.user = well_known_sids::kEveryone;
  Request request;
  request.collection = CollectionType::kExe;
  request.file = &attributes;
  request.token = &token;
  const Decision decision = Decide(*set, request);
  EXPECT_EQ(decision.verdict, Verdict::kAllowed);
  ASSERT_NE(decision.rule, nullptr);
  EXPECT_THAT(decision.rule->name, HasSubstr("(damaged)"));
  EXPECT_THAT(decision.rule->name, HasSubstr("section texts of collection 0: rule 0 at byte 0"));
  EXPECT_EQ(decision.policy, "corp.xml");
}

TEST(PolicyImage, TellsTablesThatAreNotThoseOfItsRules) {
  std::string file = OneRule();
  ASSERT_TRUE(CheckTables(*Open(file)));
  const auto texts = SectionOf(file, SectionKind::kTexts);
  const size_t path = file.find("C:\\A\\*", texts.offset);
  ASSERT_LT(path, texts.offset + texts.size);
  file[path + 3] = 'B';
  Reseal(file);
  ASSERT_TRUE(Build(file));
  const auto checked = CheckTables(*Open(file));
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("not those that its rules make"));
}

TEST(PolicyImage, MergesWithOthersByItsRules) {
  Rule other = PathRule("C:\\B\\*", Action::kDeny);
  other.id.bytes[0] ^= 1;
  std::vector<NamedPolicy> policies;
  policies.push_back({"a.compiled", {}, *Open(OneRule())});
  policies.push_back({"b.xml", ExePolicy({other})});
  PolicySet::Builder builder;
  builder.AddMergedLayer(std::move(policies));
  const auto set = builder.Build();
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->layer(0).collections.at(0).rules.size(), 2U);
  EXPECT_EQ(set->source_name(0, 0), "a.compiled");
  EXPECT_EQ(set->source_name(0, 1), "b.xml");
}

TEST(PolicyImage, IsWrittenOnlyWhereItCanBeRead) {
  const auto with_text = [](size_t size) {
    AppLockerPolicy policy = ExePolicy({PathRule(std::string(size, 'p'))});
    return Write({{"a.xml", std::move(policy)}});
  };
  EXPECT_TRUE(with_text(4 * kMaxPathLength));
  const auto refused = with_text(4 * kMaxPathLength + 1);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("131068"));

  const auto with_collections = [](size_t count) {
    AppLockerPolicy policy;
    policy.collections.resize(count);
    return Write({{"a.xml", std::move(policy)}});
  };
  EXPECT_TRUE(with_collections(kMaxCollections));
  EXPECT_EQ(with_collections(kMaxCollections + 1).error().code, ErrorCode::kLimitExceeded);
}

// ---- One rule.

TEST(RuleRecord, IsRefusedWhereverItIsCutShort) {
  Rule rule = PathRule("C:\\*");
  FilePublisherCondition publisher{"O=A", "B", "C", {FileVersion::Of(1, 2, 3, 4), {}}};
  FileHashCondition hashes;
  FileHash& hash = hashes.hashes.emplace_back();
  hash.digest.type = HashType::kSha1;
  hash.source_file_name = "a.exe";
  rule.exceptions = {publisher, hashes};
  const std::string record = WriteRuleRecord(rule);
  ASSERT_EQ(*ReadRuleRecord(AsBytes(record)), rule);
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(ReadRuleRecord(AsBytes(record).first(size))) << size;
  }
  EXPECT_THAT(ReadRuleRecord(AsBytes(record + 'x')).error().message, HasSubstr("1 bytes stand"));
}

TEST(RuleRecord, HoldsToTheLimitsOfARule) {
  Rule rule = PathRule("C:\\*");
  rule.name = std::string(4 * kMaxNameLength, 'n');
  EXPECT_TRUE(ReadRuleRecord(AsBytes(WriteRuleRecord(rule))));
  rule.name += 'n';
  EXPECT_THAT(ReadRuleRecord(AsBytes(WriteRuleRecord(rule))).error().message,
              HasSubstr("a text of 4097 bytes"));
  rule.name = "n";
  rule.exceptions.assign(kMaxExceptionsPerRule, FilePathCondition{"*"});
  EXPECT_TRUE(ReadRuleRecord(AsBytes(WriteRuleRecord(rule))));
  rule.exceptions.resize(kMaxExceptionsPerRule + 1, rule.exceptions.front());
  EXPECT_THAT(ReadRuleRecord(AsBytes(WriteRuleRecord(rule))).error().message,
              HasSubstr("10001 exceptions; at most 10000"));
}

}  // namespace
}  // namespace portcullis::compiled
