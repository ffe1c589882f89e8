// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_writer.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "formats/registry/reg_text.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "policy/srp/check.h"
#include "policy/srp/registry_reader.h"
#include "tests/support/random_srp_policy.h"
#include "tests/support/samba.h"

namespace portcullis::srp {
namespace {

using ::testing::HasSubstr;

RegistryReading ReadBack(std::vector<registry::Change> changes, Scope scope) {
  const std::vector<RegistrySource> sources = {{"it", scope, "entry", std::move(changes)}};
  auto reading = ReadRegistry(sources);
  EXPECT_TRUE(reading) << reading.error().message;
  return reading ? *std::move(reading) : RegistryReading{};
}
const std::optional<Policy>& Of(const RegistryReading& reading, Scope scope) {
  return scope == Scope::kMachine ? reading.machine : reading.user;
}

TEST(SrpRegistryWriter, WritesWhatIsReadAsTheSamePolicy) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const Policy policy = RandomSrpPolicy(seed);
    const auto entries = BuildEntries(policy);
    ASSERT_TRUE(entries) << entries.error().message;
    const auto reading = ReadBack(registry::ChangesOf(*entries).value(), policy.scope);
    EXPECT_EQ(Of(reading, policy.scope), policy) << seed;
    for (const Note& note : reading.notes) EXPECT_THAT(note.reason, HasSubstr("thumbprint alone"));
  }
}

TEST(SrpRegistryWriter, WritesFilesThatAreReadAsTheSamePolicy) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Policy policy = RandomSrpPolicy(seed);
    const auto pol = registry::ParseRegistryPol(AsBytes(BuildRegistryPol(policy).value()));
    const auto from_pol = ReadBack(registry::ChangesOf(*pol).value(), policy.scope);
    EXPECT_EQ(Of(from_pol, policy.scope), policy) << seed;
    // A .reg says the scope itself.
    const auto text = registry::ParseRegText(AsBytes(BuildRegText({{policy}}).value()));
    const Scope other = policy.scope == Scope::kMachine ? Scope::kUser : Scope::kMachine;
    const auto from_text = ReadBack(*text, other);
    EXPECT_EQ(Of(from_text, policy.scope), policy) << seed;
    EXPECT_FALSE(Of(from_text, other)) << seed;
  }
}

TEST(SrpRegistryWriter, WritesTheSecurityTemplateOfAMachine) {
  Policy policy;
  policy.authenticode_enabled = true;
  const auto file = BuildSecurityTemplate(policy);
  ASSERT_TRUE(file) << file.error().message;
  const auto reading =
      ReadBack(registry::ParseSecurityTemplate(AsBytes(*file)).value(), Scope::kUser);
  EXPECT_EQ(reading.machine, policy);
  EXPECT_FALSE(reading.user);
  policy.authenticode_enabled = std::nullopt;
  EXPECT_EQ(BuildSecurityTemplate(policy).error().code, ErrorCode::kUnsupported);
  policy.authenticode_enabled = true;
  policy.scope = Scope::kUser;
  EXPECT_EQ(BuildSecurityTemplate(policy).error().code, ErrorCode::kUnsupported);
}

Rule PathRule(std::string path) {
  Rule rule;
  rule.condition = PathCondition{std::move(path)};
  return rule;
}
std::string Refusal(const std::vector<Rule>& rules) {
  Policy policy;
  policy.rules = rules;
  const auto entries = BuildEntries(policy);
  return entries ? "it was written" : entries.error().message;
}

TEST(SrpRegistryWriter, RefusesWhatNoRegistryCouldHold) {
  EXPECT_THAT(Refusal({PathRule("a"), PathRule("b")}),
              HasSubstr("rule 2: Disallowed path rule {0"));
  EXPECT_THAT(Refusal({PathRule("")}), HasSubstr("rule 1: an empty path"));
  EXPECT_THAT(Refusal({PathRule(std::string("a\0", 2))}), HasSubstr("NUL"));
  EXPECT_EQ(Refusal({PathRule(std::string(kMaxPathUnits, 'a'))}), "it was written");
  EXPECT_THAT(Refusal({PathRule(std::string(kMaxPathUnits + 1, 'a'))}), HasSubstr("32768"));
  Rule rule = PathRule("a");
  rule.description.assign(kMaxTextUnits, 'a');
  EXPECT_EQ(Refusal({rule}), "it was written");
  rule.description += 'a';
  EXPECT_THAT(Refusal({rule}), HasSubstr("description of 16385"));
  rule = PathRule("a");
  rule.scope = Scope::kUser;
  EXPECT_THAT(Refusal({rule}), HasSubstr("another scope"));
  rule = {};
  rule.condition = CertificateCondition{};
  EXPECT_EQ(Refusal({rule}), "it was written");
  rule.level = Level::kBasicUser;
  EXPECT_THAT(Refusal({rule}), HasSubstr("level BasicUser"));
  rule.level = Level::kDisallowed;
  rule.safer_flags = 1;
  EXPECT_THAT(Refusal({rule}), HasSubstr("an id or flags"));
  rule.safer_flags = 0;
  rule.condition = CertificateCondition{{}, {1, 2, 3}};
  EXPECT_THAT(Refusal({rule}),
              HasSubstr("where the certificate's is 7037807198C22A7D2B0807371D76"));
  HashCondition hash;
  hash.digest[16] = 1;
  rule.condition = hash;
  EXPECT_THAT(Refusal({rule}), HasSubstr("longer than the 16 bytes of MD5"));
}

TEST(SrpRegistryWriter, HasLimits) {
  Policy policy;
  policy.executable_types.emplace(kMaxDesignatedTypes, std::string(kMaxExtensionUnits, 'x'));
  EXPECT_TRUE(BuildEntries(policy));
  policy.executable_types->push_back("x");
  EXPECT_EQ(BuildEntries(policy).error().code, ErrorCode::kLimitExceeded);
  policy.executable_types->assign(1, std::string(kMaxExtensionUnits + 1, 'x'));
  EXPECT_EQ(BuildEntries(policy).error().code, ErrorCode::kLimitExceeded);
  policy.executable_types->assign(1, "");
  EXPECT_EQ(BuildEntries(policy).error().code, ErrorCode::kMalformed);
  policy.executable_types.reset();
  policy.rules.assign(kMaxRules, PathRule("a"));
  for (size_t i = 0; i < kMaxRules; ++i) {
    policy.rules[i].id.bytes = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8),
                                static_cast<uint8_t>(i >> 16)};
  }
  EXPECT_TRUE(CheckPolicy(policy));
  policy.rules.push_back(PathRule("a"));
  EXPECT_EQ(CheckPolicy(policy).error().code, ErrorCode::kLimitExceeded);
  Rule rule;
  rule.condition = CertificateCondition{{}, std::vector<uint8_t>(kMaxCertificateBytes)};
  EXPECT_EQ(CheckRule(rule).error().code, ErrorCode::kMalformed) << "its thumbprint alone";
  rule.condition = CertificateCondition{{}, std::vector<uint8_t>(kMaxCertificateBytes + 1)};
  EXPECT_EQ(CheckRule(rule).error().code, ErrorCode::kLimitExceeded);
}

// Reads a file's bytes in hex; prints an entry a line.
constexpr const char* kScript = R"(
import sys
from samba.dcerpc import preg
from samba.ndr import ndr_unpack
for line in sys.stdin:
    for entry in ndr_unpack(preg.file, bytes.fromhex(line)).entries:
        data = entry.data
        if isinstance(data, list):
            data = bytes(data).hex()
        elif isinstance(data, bytes):
            data = data.hex()
        print(entry.keyname, entry.valuename, entry.type, data, sep='|')
)";

TEST(SrpRegistryWriter, SambaReadsTheSameValues) {
  if (!testing::IsSambaHere()) GTEST_SKIP() << testing::kSambaAbsent;
  Policy policy;
  policy.default_level = Level::kDisallowed;
  policy.levels = 0x71000;
  Rule rule = PathRule("%TMP%\\*.exe");
  rule.id = *Guid::Parse("{191cd7fa-f240-4a17-8986-94d480a6c8ca}");
  rule.level = Level::kUnrestricted;
  rule.description = "tools";
  policy.rules = {rule};
  HashCondition hash;
  hash.digest[0] = 0xAB;
  hash.size = 5;
  rule.condition = hash;
  policy.rules.push_back(rule);
  const std::string bytes = BuildRegistryPol(policy).value();
  const std::string safer = "Software\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers";
  const std::string path = safer + "\\262144\\Paths\\{191cd7fa-f240-4a17-8986-94d480a6c8ca}";
  const std::string hashes = safer + "\\262144\\Hashes\\{191cd7fa-f240-4a17-8986-94d480a6c8ca}";
  const std::string md5 = "ab" + std::string(30, '0');
  std::string wanted;
  const auto add = [&](const std::string& key, std::string_view rest) {
    wanted += fmt::format("{}|{}\n", key, rest);
  };
  add(safer, "DefaultLevel|4|0");
  add(safer, "Levels|4|462848");
  add(path, "Description|1|tools");
  add(path, "SaferFlags|4|0");
  add(path, "ItemData|2|%TMP%\\*.exe");
  add(hashes, "Description|1|tools");
  add(hashes, "SaferFlags|4|0");
  add(hashes, "FriendlyName|1|");
  add(hashes, "HashAlg|4|32771");
  add(hashes, "ItemData|3|" + md5);
  add(hashes, "ItemSize|11|5");
  EXPECT_EQ(testing::RunSamba(kScript, HexLower(AsBytes(bytes)) + "\n"), wanted);
}

}  // namespace
}  // namespace portcullis::srp
