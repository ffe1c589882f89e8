// SPDX-License-Identifier: Apache-2.0
// Which of several rules decides: the table and the examples of reference 10.5. Both engines are
// asked each time.
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/srp_policies.h"

namespace portcullis::srp {
namespace {

using testing::AllowPath;
using testing::DenyPath;
using testing::PathRuleOf;
using testing::SrpPolicyOf;
using testing::SrpQuestions;

constexpr uint64_t kSize = 4096;

FileIdentity Identity() {
  FileIdentity identity;
  identity.kind = FileKind::kPe;
  identity.size = kSize;
  identity.sha256.fill(0x25);
  identity.flat_md5.emplace().fill(0x05);
  identity.flat_sha1.emplace().fill(0x01);
  identity.signature.status = SignatureStatus::kValid;
  identity.signature.signer_thumbprint.emplace().fill(0xCE);
  return identity;
}

FileAttributes FileOf(const FileIdentity& identity, std::string_view path = "C:\\A\\B\\x.exe") {
  return MakeFileAttributes(identity, {{std::string(path)}});
}

Rule HashRuleOf(Level level, HashAlgorithm algorithm, uint8_t byte, uint64_t size = kSize) {
  HashCondition hash;
  hash.algorithm = algorithm;
  hash.size = size;
  std::fill_n(hash.digest.begin(), DigestSize(algorithm), byte);
  Rule rule;
  rule.level = level;
  rule.condition = hash;
  return rule;
}
Rule HashOfFile(Level level) { return HashRuleOf(level, HashAlgorithm::kMd5, 0x05); }

Rule CertificateRuleOf(Level level, uint8_t byte = 0xCE) {
  CertificateCondition certificate;
  certificate.thumbprint.fill(byte);
  Rule rule;
  rule.level = level;
  rule.condition = certificate;
  return rule;
}

Rule ZoneRuleOf(Level level, UrlZone zone) {
  Rule rule;
  rule.level = level;
  rule.condition = UrlZoneCondition{zone};
  return rule;
}

Policy WithCertificates(Policy policy) {
  policy.authenticode_enabled = true;
  return policy;
}

// The place of the rule that decides among `rules`, -1 for the default level.
int Winner(std::vector<Rule> rules, const FileAttributes& file,
           Operation operation = Operation::kExecute) {
  const SrpQuestions asked(WithCertificates(SrpPolicyOf(Level::kDisallowed, std::move(rules))));
  const Answer answer = asked.Ask(file, operation);
  const std::vector<Rule>& all = asked.compiled().policies()[0].rules;
  return answer.rule == nullptr ? -1 : static_cast<int>(answer.rule - all.data());
}
int WinnerAt(std::string_view path, std::vector<Rule> rules) {
  return Winner(std::move(rules), FileOf({}, path));
}

TEST(SrpPrecedence, AnUnrestrictedFolderLosesAgainstADisallowedType) {
  const SrpQuestions asked(
      SrpPolicyOf(Level::kUnrestricted, {AllowPath("C:\\Windows"), DenyPath("*.vbs")}));
  EXPECT_FALSE(asked.Runs("C:\\Windows\\x.vbs"));
  EXPECT_TRUE(asked.Runs("C:\\Windows\\x.exe"));
}

TEST(SrpPrecedence, APatternInAFolderBeatsThatOfEveryFolder) {
  const SrpQuestions asked(
      SrpPolicyOf(Level::kUnrestricted, {AllowPath("C:\\Windows\\Temp\\*.js"), DenyPath("*.js")}));
  EXPECT_TRUE(asked.Runs("C:\\Windows\\Temp\\x.js"));
  EXPECT_FALSE(asked.Runs("C:\\Windows\\Temp\\below\\x.js"));
  EXPECT_FALSE(asked.Runs("C:\\x.js"));
}

TEST(SrpPrecedence, OneFileBeatsItsNameEverywhere) {
  const SrpQuestions asked(SrpPolicyOf(Level::kUnrestricted,
                                       {AllowPath("C:\\M\\malware.exe"), DenyPath("malware.exe")}));
  EXPECT_TRUE(asked.Runs("C:\\M\\malware.exe"));
  EXPECT_FALSE(asked.Runs("C:\\N\\malware.exe"));
}

TEST(SrpPrecedence, AFilePatternBeatsTheFolder) {
  const SrpQuestions asked(
      SrpPolicyOf(Level::kUnrestricted, {AllowPath("D:\\P\\*.exe"), DenyPath("D:\\P")}));
  EXPECT_TRUE(asked.Runs("D:\\P\\x.exe"));
  EXPECT_FALSE(asked.Runs("D:\\P\\x.com"));
  EXPECT_FALSE(asked.Runs("D:\\P\\s\\x.exe"));
}

TEST(SrpPrecedence, OfPathRulesIsTheTable) {
  const std::vector<Rule> weakest_first = {
      DenyPath("C:\\"),   AllowPath("C:\\A"),          DenyPath("C:\\A\\B\\"),
      AllowPath("*.exe"), DenyPath("C:\\A\\B\\*.exe"), AllowPath("C:\\A\\B\\x.exe")};
  std::vector<Rule> rules;
  for (const Rule& rule : weakest_first) {
    rules.push_back(rule);
    EXPECT_EQ(WinnerAt("C:\\A\\B\\x.exe", rules), static_cast<int>(rules.size()) - 1);
    EXPECT_EQ(WinnerAt("C:\\A\\B\\x.exe", {rules.rbegin(), rules.rend()}), 0);
  }
}

TEST(SrpPrecedence, OfEquallySpecificRulesIsTheMoreRestrictiveLevel) {
  const std::vector<Level> restrictive_first(kLevels.begin(), kLevels.end());
  for (const char* path : {"C:\\A\\B\\x.exe", "C:\\A\\B\\*.exe", "x.exe", "*.exe", "C:\\A"}) {
    std::vector<Rule> rules;
    for (const Level level : kLevels) rules.push_back(PathRuleOf(level, path));
    EXPECT_EQ(WinnerAt("C:\\A\\B\\x.exe", rules), 0) << path;
    EXPECT_EQ(WinnerAt("C:\\A\\B\\x.exe", {rules.rbegin(), rules.rend()}), 4) << path;
  }
  EXPECT_EQ(WinnerAt("C:\\A\\x.exe", {AllowPath("C:\\*\\x.exe"), DenyPath("C:\\A\\*.exe")}), 1)
      << "the longer part without wildcards";
  EXPECT_EQ(WinnerAt("C:\\A\\x.exe", {DenyPath("C:\\*\\x.exe"), AllowPath("C:\\A\\*.exe")}), 1);
  EXPECT_EQ(WinnerAt("C:\\A\\x.exe", {DenyPath("*.exe"), AllowPath("x.exe")}), 1);
}

TEST(SrpPrecedence, OfTheSameRuleTwiceIsTheFirst) {
  EXPECT_EQ(WinnerAt("C:\\A\\x.exe", {AllowPath("C:\\A"), AllowPath("C:\\a\\")}), 0);
}

TEST(SrpPrecedence, OfKindsIsHashCertificatePathZoneDefault) {
  FileIdentity identity = Identity();
  identity.kind = FileKind::kMsi;
  FileAttributes file = FileOf(identity, "C:\\A\\x.msi");
  file.srp.zone = UrlZone::kInternet;
  std::vector<Rule> rules;
  EXPECT_EQ(Winner(rules, file, Operation::kInstall), -1);
  for (const Rule& stronger :
       {ZoneRuleOf(Level::kUnrestricted, UrlZone::kInternet), DenyPath("*"),
        CertificateRuleOf(Level::kUnrestricted), HashOfFile(Level::kDisallowed)}) {
    rules.push_back(stronger);
    EXPECT_EQ(Winner(rules, file, Operation::kInstall), static_cast<int>(rules.size()) - 1);
  }
  // An Unrestricted hash beats a Disallowed path.
  EXPECT_EQ(Winner({DenyPath("C:\\A\\x.msi"), HashOfFile(Level::kUnrestricted)}, file,
                   Operation::kInstall),
            1);
}

TEST(SrpPrecedence, OfTheMachineAndTheUserIsOne) {
  const Policy machine = SrpPolicyOf(Level::kUnrestricted, {AllowPath("C:\\A")});
  const Policy user =
      SrpPolicyOf(Level::kUnrestricted, {DenyPath("C:\\A"), AllowPath("C:\\A\\B")}, Scope::kUser);
  const SrpQuestions asked(std::vector{machine, user});
  EXPECT_EQ(asked.Ask("C:\\A\\x.exe").rule->scope, Scope::kUser);
  EXPECT_FALSE(asked.Runs("C:\\A\\x.exe"));
  EXPECT_TRUE(asked.Runs("C:\\A\\B\\x.exe"));
}

TEST(SrpHashRule, IsOfOneAlgorithmAndOfTheSize) {
  const FileAttributes file = FileOf(Identity());
  const auto wins = [&](const Rule& rule) { return Winner({rule}, file) == 0; };
  EXPECT_TRUE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kMd5, 0x05)));
  EXPECT_TRUE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kSha1, 0x01)));
  EXPECT_TRUE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kSha256, 0x25)));
  EXPECT_FALSE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kMd5, 0x01)));
  EXPECT_FALSE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kMd5, 0x05, kSize + 1)));
  EXPECT_FALSE(wins(HashRuleOf(Level::kUnrestricted, HashAlgorithm::kSha256, 0x25, kSize - 1)));
}

TEST(SrpHashRule, MatchesByTheSha256BesideIt) {
  Rule rule = HashRuleOf(Level::kUnrestricted, HashAlgorithm::kMd5, 0x77);
  std::get<HashCondition>(rule.condition).sha256.emplace().fill(0x25);
  EXPECT_EQ(Winner({rule}, FileOf(Identity())), 0);
}

TEST(SrpHashRule, OfTwoTheMoreRestrictiveCounts) {
  const FileAttributes file = FileOf(Identity());
  EXPECT_EQ(Winner({HashOfFile(Level::kUnrestricted),
                    HashRuleOf(Level::kDisallowed, HashAlgorithm::kSha256, 0x25)},
                   file),
            1);
}

TEST(SrpHashRule, ThatRestrictsMatchesAFileThatCouldNotBeHashed) {
  FileIdentity identity = Identity();
  identity.unknown.hash = true;
  const FileAttributes file = FileOf(identity);
  EXPECT_EQ(Winner({AllowPath("*"), HashRuleOf(Level::kDisallowed, HashAlgorithm::kMd5, 9)}, file),
            1);
  EXPECT_EQ(
      Winner({AllowPath("*"), HashRuleOf(Level::kDisallowed, HashAlgorithm::kMd5, 9, 17)}, file), 0)
      << "its size is known";
  EXPECT_EQ(Winner({HashRuleOf(Level::kUnrestricted, HashAlgorithm::kMd5, 5)}, file), -1);
  // Of a file that could not be looked at not even the size is known.
  FileIdentity nothing;
  nothing.unknown = {true, true};
  EXPECT_EQ(Winner({AllowPath("*"), HashRuleOf(Level::kDisallowed, HashAlgorithm::kMd5, 9, 17)},
                   FileOf(nothing)),
            1);
}

TEST(SrpCertificateRule, CountsOnlyWhereTheyAreSwitchedOn) {
  const FileAttributes file = FileOf(Identity());
  const SrpQuestions asked(
      SrpPolicyOf(Level::kDisallowed, {CertificateRuleOf(Level::kUnrestricted)}));
  EXPECT_EQ(asked.Ask(file).rule, nullptr);
  EXPECT_EQ(Winner({CertificateRuleOf(Level::kUnrestricted)}, file), 0);
  EXPECT_EQ(Winner({CertificateRuleOf(Level::kUnrestricted, 0xCC)}, file), -1);
}

TEST(SrpCertificateRule, AllowsByATrustedSignatureAndDisallowsByAny) {
  FileIdentity identity = Identity();
  for (const SignatureStatus status :
       {SignatureStatus::kExpired, SignatureStatus::kUntrusted, SignatureStatus::kRevoked}) {
    identity.signature.status = status;
    const FileAttributes file = FileOf(identity);
    EXPECT_EQ(Winner({CertificateRuleOf(Level::kUnrestricted)}, file), -1) << ToString(status);
    EXPECT_EQ(Winner({AllowPath("*"), CertificateRuleOf(Level::kDisallowed)}, file), 1);
  }
  // Who signed something else did not sign this.
  identity.signature.status = SignatureStatus::kBadDigest;
  EXPECT_EQ(Winner({CertificateRuleOf(Level::kDisallowed)}, FileOf(identity)), -1);
  identity.unknown.publisher = true;
  EXPECT_EQ(Winner({AllowPath("*"), CertificateRuleOf(Level::kDisallowed)}, FileOf(identity)), 1);
}

TEST(SrpZoneRule, IsAboutInstallersAlone) {
  FileIdentity identity = Identity();
  FileAttributes program = FileOf(identity);
  program.srp.zone = UrlZone::kInternet;
  const Rule rule = ZoneRuleOf(Level::kDisallowed, UrlZone::kInternet);
  EXPECT_EQ(Winner({rule}, program), -1);
  identity.kind = FileKind::kMsi;
  FileAttributes installer = FileOf(identity, "C:\\x.msi");
  EXPECT_EQ(Winner({rule}, installer, Operation::kInstall), -1) << "nobody knows whence";
  installer.srp.zone = UrlZone::kInternet;
  EXPECT_EQ(Winner({rule}, installer, Operation::kInstall), 0);
  installer.srp.zone = UrlZone::kTrusted;
  EXPECT_EQ(Winner({rule}, installer, Operation::kInstall), -1);
}

TEST(SrpPathRule, ThatAllowsSeesNoPathThatIsOnlyClaimed) {
  const FileAttributes file =
      MakeFileAttributes({}, {{"C:\\real\\x.exe"}, {"C:\\said\\x.exe", false}});
  EXPECT_EQ(Winner({AllowPath("C:\\said")}, file), -1);
  EXPECT_EQ(Winner({AllowPath("C:\\real"), DenyPath("C:\\said")}, file), 1);
  EXPECT_EQ(Winner({AllowPath("C:\\real")}, file), 0);
}

}  // namespace
}  // namespace portcullis::srp
