// SPDX-License-Identifier: Apache-2.0
// Every check with a policy that it tells of and one that it does not.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "authoring/lint/test_policies.h"

namespace portcullis::lint {
namespace {

const std::string kDigits = "54C94BF6CD397A0B3F2B2215A52AE1AA479FD9FA1E148F3617865A073723375C";
const std::string kSha1Digits = "54C94BF6CD397A0B3F2B2215A52AE1AA479FD9FA";

struct Example {
  std::string id;
  std::string bad;
  std::string good;
};

std::string Exe(std::vector<RuleText> rules, std::string mode = "Enabled") {
  return PolicyXml({{"Exe", std::move(mode), std::move(rules)}});
}
std::string In(std::string type, std::vector<RuleText> rules) {
  return PolicyXml({{std::move(type), "Enabled", std::move(rules)}});
}
RuleText Allow(std::string condition) { return {std::move(condition)}; }
RuleText Except(std::string condition, std::vector<std::string> exceptions) {
  return {std::move(condition), "Allow", kAnyone, std::move(exceptions)};
}
RuleText For(std::string sid, std::string condition) {
  return {std::move(condition), "Allow", std::move(sid)};
}

std::vector<Example> PathExamples() {
  return {
      {"folder-without-wildcard", Exe({Allow(Path("C:\\Apps"))}),
       Exe({Allow(Path("C:\\Apps\\*"))})},
      {"folder-without-wildcard", Exe({Allow(Path("/opt/"))}), Exe({Allow(Path("/opt/tool"))})},
      {"folder-without-wildcard", Exe({Except(Path("%WINDIR%\\*"), {Path("%WINDIR%\\Temp")})}),
       Exe({Except(Path("%WINDIR%\\*"), {Path("%WINDIR%\\Temp:*")})})},
      {"unknown-variable", Exe({Allow(Path("%TEMP%\\*"))}),
       Exe({Allow(Path("%ProgramFiles%\\*"))})},
      {"misplaced-variable", Exe({Allow(Path("C:\\%WINDIR%\\*"))}),
       Exe({Allow(Path("%WINDIR%\\100% sure\\*"))})},
      {"misplaced-variable", Exe({Allow(Path("%OSDRIVE%\\%TEMP%\\*"))}),
       Exe({Allow(Path("%OSDRIVE%\\Temp\\*"))})},
      {"forbidden-character", Exe({Allow(Path("\"C:\\Apps\\*\""))}),
       Exe({Allow(Path("C:\\Apps'\\*"))})},
      {"blank-at-end", Exe({Allow(Path("C:\\Apps\\* "))}), Exe({Allow(Path("C:\\My Apps\\*"))})},
      {"mixed-slashes", Exe({Allow(Path("C:\\Apps/*"))}), Exe({Allow(Path("%WINDIR%/bin/*"))})},
      {"path-not-normal", Exe({Allow(Path("C:\\Apps\\\\x\\*"))}),
       Exe({Allow(Path("\\\\server\\share\\*"))})},
      {"path-not-normal", Exe({Allow(Path("C:\\Apps\\..\\x\\*"))}),
       Exe({Allow(Path("C:\\Apps\\..x\\*"))})},
      {"short-name", Exe({Allow(Path("C:\\PROGRA~1\\*"))}),
       Exe({Allow(Path("C:\\~tmp\\a~b.exe"))})},
      {"wrong-collection", Exe({Allow(Path("%WINDIR%\\x.dll"))}),
       In("Dll", {Allow(Path("%WINDIR%\\x.dll"))})},
      {"wrong-collection", In("Dll", {Deny(Publisher("O=X", "*", "X.EXE"))}),
       Exe({Deny(Publisher("O=X", "*", "X.EXE"))})},
      {"not-a-publisher-rule", In("Appx", {Allow(Path("*"))}), In("Appx", {Allow(Publisher("*"))})},
      {"question-mark", Exe({Allow(Path("C:\\App?\\*"))}), Exe({Allow(Path("C:\\App1\\*"))})},
      {"drive-letter", Exe({Allow(Path("C:\\Windows\\*"))}), Exe({Allow(Path("%WINDIR%\\*"))})},
      {"network-path", Exe({Allow(Path("\\\\server\\share\\*"))}),
       Exe({Deny(Path("\\\\server\\share\\*"))})},
      {"allows-everything", Exe({Allow(Path("*"))}), Exe({ForAdmins(Path("*"))})},
      {"allows-everything", Exe({Allow(Path("?*"))}), Exe({Allow(Path("%PROGRAMFILES%\\?*"))})},
      {"any-folder", Exe({Allow(Path("C*"))}), Exe({Allow(Path("%WINDIR%*"))})},
      {"any-folder", Exe({Allow(Path("*\\updater.exe"))}),
       Exe({Allow(Path("%PROGRAMFILES%\\*\\updater.exe"))})},
      {"removable-media", Exe({Allow(Path("%HOT%\\*"))}), Exe({Deny(Path("%HOT%\\*"))})},
  };
}

std::vector<Example> ConditionExamples() {
  return {
      {"exception-outside", Exe({Except(Path("%PROGRAMFILES%\\*"), {Path("%WINDIR%\\Temp\\*")})}),
       Exe({Except(Path("%WINDIR%\\*"), {Path("%SYSTEM32%\\Tasks\\*"), Path("*\\x.exe")})})},
      {"exception-outside", Exe({Except(Publisher("O=X"), {Publisher("O=Y")})}),
       Exe({Except(Publisher("*"), {Publisher("O=Y")})})},
      {"exception-of-all", Exe({Except(Path("%WINDIR%\\x\\*"), {Path("%WINDIR%\\*")})}),
       Exe({Except(Path("%WINDIR%\\*"), {Path("%WINDIR%\\x\\*")})})},
      {"publisher-wildcard", Exe({Allow(Publisher("O=MICRO*"))}),
       Exe({Allow(Publisher("O=MICRO"))})},
      {"publisher-form", Exe({Allow(Publisher("Microsoft"))}), Exe({Allow(Publisher(kMicrosoft))})},
      {"empty-version-range", Exe({Allow(Publisher("O=X", "P", "B", "2.0.0.0", "1.0.0.0"))}),
       Exe({Allow(Publisher("O=X", "P", "B", "1.0.0.0", "2.0.0.0"))})},
      {"empty-publisher-field", Exe({Allow(Publisher("O=X", ""))}), Exe({Allow(Publisher("O=X"))})},
      {"any-publisher", Exe({Allow(Publisher("*"))}), In("Msi", {Allow(Publisher("*"))})},
      {"any-signed-package", In("Msi", {Allow(Publisher("*"))}),
       In("Msi", {Allow(Publisher("O=X"))})},
      {"placeholder-hash", Exe({Allow(Hash(std::string(64, '0')))}), Exe({Allow(Hash(kDigits))})},
      {"weak-hash", Exe({Allow(Hash(kSha1Digits, "tool.exe", "SHA1"))}),
       Exe({Allow(Hash(kDigits))})},
      {"hash-without-name", Exe({Allow(Hash(kDigits, ""))}), Exe({Allow(Hash(kDigits))})},
      {"blank-name", Exe({{Path("%WINDIR%\\*"), "Allow", kAnyone, {}, " "}}),
       Exe({Allow(Path("%WINDIR%\\*"))})},
      {"duplicate-name",
       Exe({{Path("%WINDIR%\\*"), "Allow", kAnyone, {}, "Same"},
            {Path("%PROGRAMFILES%\\*"), "Allow", kAnyone, {}, "same"}}),
       Exe({Allow(Path("%WINDIR%\\*")), Allow(Path("%PROGRAMFILES%\\*"))})},
      {"sid-of-nobody", Exe({For("S-1-3-0", Path("%WINDIR%\\*"))}),
       Exe({For("S-1-5-4", Path("%WINDIR%\\*"))})},
      {"placeholder-sid", Exe({For("S-1-5-21-0-0-0-513", Path("%WINDIR%\\*"))}),
       Exe({For("S-1-5-21-1-2-3-513", Path("%WINDIR%\\*"))})},
      {"duplicate-rule", Exe({Allow(Path("%WINDIR%\\*")), Allow(Path("%WINDIR%\\*"))}),
       Exe({Allow(Path("%WINDIR%\\*")), For("S-1-5-11", Path("%WINDIR%\\*"))})},
      {"covered-rule", Exe({Allow(Path("%WINDIR%\\*")), Allow(Path("%WINDIR%\\notepad.exe"))}),
       Exe({Allow(Path("%WINDIR%\\*")), Allow(Path("%OSDRIVE%\\notepad.exe"))})},
      {"defeated-allow", Exe({Deny(Path("%WINDIR%\\*")), Allow(Path("%WINDIR%\\notepad.exe"))}),
       Exe({Deny(Path("%WINDIR%\\x\\*")), Allow(Path("%WINDIR%\\notepad.exe"))})},
  };
}

std::vector<Example> ReachExamples() {
  const std::string open = Path("%WINDIR%\\*");
  const std::string closed = Path("%PROGRAMFILES%\\*");
  const auto bypassed = [](const std::string& binary) {
    return Deny(Publisher(kMicrosoft, "*", binary));
  };
  return {
      {"writable-folder", Exe({Allow(open)}), Exe({Allow(closed)})},
      {"writable-folder", Exe({Allow(Path("C:\\ProgramData\\x\\tool.exe"))}),
       Exe({Allow(Path("C:\\Program Files\\x\\tool.exe"))})},
      {"writable-folder", Exe({Allow(Path("%WINDIR%\\Tasks\\*"))}),
       Exe({Except(Path("%WINDIR%\\Tasks\\*"), {Path("%WINDIR%\\*")})})},
      {"writable-folder", Exe({Allow(Path("%SYSTEM32%\\com\\*"))}),
       Exe({Allow(Path("%SYSTEM32%\\com\\*")), Deny(Path("%SYSTEM32%\\com\\dmp\\*"))})},
      {"writable-folder", Exe({Except(Path("%WINDIR%\\Tasks\\*"), {Path("*.exe")})}),
       Exe({Except(Path("%WINDIR%\\Tasks\\*"), {Path("*.*")})})},
      {"writable-folder", Exe({Allow(Path("%WINDIR%\\T?sks\\tool.exe"))}),
       Exe({Allow(Path("%WINDIR%\\T?xks\\tool.exe"))})},
      {"stream-of-folder",
       Exe({Except(Path("%WINDIR%\\debug\\*"), {Path("%WINDIR%\\debug\\WIA\\*")})}),
       Exe({Except(Path("%WINDIR%\\debug\\*"),
                   {Path("%WINDIR%\\debug\\WIA\\*"), Path("%WINDIR%\\debug\\WIA:*")})})},
      {"unknown-writers", Exe({Allow(Path("D:\\Apps\\*"))}), Exe({Allow(closed)})},
      {"evaded-by-stripping", Exe({Allow(open), Deny(Publisher("O=X"))}),
       Exe({Allow(closed), Deny(Publisher("O=X"))})},
      {"evaded-by-copying", Exe({Allow(open), Deny(Path("%SYSTEM32%\\cmd.exe"))}),
       Exe({Allow(closed), Deny(Path("%SYSTEM32%\\cmd.exe"))})},
      {"evaded-by-changing", Exe({Allow(open), Deny(Hash(kDigits))}),
       Exe({Allow(closed), Deny(Hash(kDigits))})},
      {"known-bypass", Exe({Allow(open)}),
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")),
            Deny(Publisher(kMicrosoft, "INTERNET EXPLORER", "MSHTA.EXE"))})},
      {"known-bypass",
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")),
            Deny(Publisher(kMicrosoft, "*", "MSHTA.EXE", "*", "11.0.0.0"))}),
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")),
            Deny(Publisher(kMicrosoft, "*", "MSHTA.EXE", "5.0.0.0"))})},
      {"known-bypass",
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")),
            Deny(Path("%WINDIR%\\System32\\mshta.exe"))}),
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")),
            Deny(Path("%SYSTEM32%\\mshta.exe"))})},  // SysWOW64 too
      {"known-bypass", Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE"))}),
       Exe({Allow(Publisher(kMicrosoft, "*", "MSHTA.EXE")), bypassed("MSHTA.EXE")})},
  };
}

std::vector<Example> CollectionExamples() {
  const std::vector<RuleText> allow = {{Path("%WINDIR%\\*")}};
  const std::vector<RuleText> packages = {{Publisher("*")}};
  const CollectionText exe = {"Exe", "Enabled", allow};
  const auto with = [&](const std::string& type, const std::vector<RuleText>& rules) {
    return PolicyXml({exe, {type, "Enabled", rules}});
  };
  const std::string alone = PolicyXml({exe});
  const CollectionText installer = {"ManagedInstaller", "AuditOnly", {{Publisher("O=X")}}};
  return {
      {"audit-only", Exe(allow, "AuditOnly"), Exe(allow)},
      {"not-configured", Exe(allow, "NotConfigured"), Exe({}, "NotConfigured")},
      {"no-rules", Exe({}), Exe(allow)},
      {"unknown-collection", In("Exes", allow), alone},
      {"packaged-apps-blocked", alone, with("Appx", packages)},
      {"packaged-apps-blocked", Exe(allow, "NotConfigured"), Exe(allow, "AuditOnly")},
      {"no-script-rules", alone, with("Script", {{Path("%WINDIR%\\*")}})},
      {"no-installer-rules", alone, with("Msi", packages)},
      {"no-library-rules", alone, with("Dll", {{Path("%WINDIR%\\*")}})},
      {"deny-only", Exe({Deny(Path("%WINDIR%\\x.exe"))}), alone},
      {"system-locked-out", Exe({{Path("%PROGRAMFILES%\\*")}}), alone},
      {"system-locked-out", Exe({For("S-1-5-21-1-2-3-1001", Path("%WINDIR%\\*"))}),
       Exe({{Publisher(kMicrosoft)}})},
      {"administrators-locked-out", alone, Exe({{Path("%WINDIR%\\*")}, ForAdmins(Path("*"))})},
      {"services-exempt", alone, PolicyXml({{"Exe", "Enabled", allow, "Enabled"}})},
      {"managed-installer-alone", PolicyXml({installer, exe}),
       PolicyXml({installer,
                  {"Exe", "Enabled", allow, "Enabled"},
                  {"Dll", "Enabled", {{Path("%WINDIR%\\*")}}, "Enabled"}})},
  };
}

std::vector<Example> Examples() {
  std::vector<Example> all;
  for (const auto& group :
       {PathExamples(), ConditionExamples(), ReachExamples(), CollectionExamples()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

bool Tells(const std::vector<Finding>& findings, std::string_view id) {
  return std::ranges::any_of(findings,
                             [&](const Finding& finding) { return finding.check->id == id; });
}

TEST(LintChecks, TellOfTheBadAndNotOfTheGood) {
  for (const Example& example : Examples()) {
    EXPECT_TRUE(Tells(Lint(example.bad), example.id)) << example.id << "\n" << example.bad;
    EXPECT_FALSE(Tells(Lint(example.good), example.id)) << example.id << "\n" << example.good;
  }
}

TEST(LintChecks, HaveAnExampleEach) {
  std::set<std::string, std::less<>> shown = {"flat-hash"};  // see FlatHash
  for (const Example& example : Examples()) shown.insert(example.id);
  const std::vector<CheckInfo> checks = AllChecks();
  EXPECT_GE(checks.size(), 20U);
  for (const CheckInfo& check : checks) {
    EXPECT_TRUE(shown.contains(check.id)) << check.id;
    shown.erase(std::string(check.id));
  }
  EXPECT_TRUE(shown.empty()) << *shown.begin();
}

FileReport Fact(uint8_t flat, uint8_t authenticode) {
  FileReport fact;
  fact.path = "C:\\tool.exe";
  fact.identity.kind = FileKind::kPe;
  fact.identity.sha256.fill(flat);
  FileHashCandidate candidate;
  candidate.form = HashForm::kAuthenticode;
  candidate.digest.bytes.fill(authenticode);
  candidate.digest.bytes[0] = 1;
  fact.identity.sha256[0] = 1;
  fact.identity.hashes = {candidate};
  return fact;
}

TEST(LintChecks, KnowAFlatHashByTheFacts) {
  std::string flat = "01";
  std::string authenticode = "01";
  for (int i = 1; i < 32; ++i) flat += "AA", authenticode += "BB";
  FlatHashes facts;
  facts.Add(Fact(0xAA, 0xBB));
  EXPECT_TRUE(Tells(Lint(Exe({Allow(Hash(flat))}), {}, &facts), "flat-hash"));
  EXPECT_FALSE(Tells(Lint(Exe({Allow(Hash(authenticode))}), {}, &facts), "flat-hash"));
  EXPECT_FALSE(Tells(Lint(Exe({Allow(Hash(flat, "x", "SHA256Flat"))}), {}, &facts), "flat-hash"));
  EXPECT_FALSE(Tells(Lint(Exe({Allow(Hash(flat))})), "flat-hash"));
  FlatHashes same;
  same.Add(Fact(0xAA, 0xAA));
  EXPECT_FALSE(Tells(Lint(Exe({Allow(Hash(flat))}), {}, &same), "flat-hash"));
}

}  // namespace
}  // namespace portcullis::lint
