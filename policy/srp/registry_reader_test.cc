// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/registry_reader.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "formats/authenticode/digest.h"
#include "formats/registry/certificate_blob.h"
#include "formats/registry/reg_text.h"
#include "formats/registry/regpol.h"
#include "formats/registry/security_template.h"
#include "tests/support/corpus.h"

namespace portcullis::srp {
namespace {

using registry::Change;
using registry::Entry;
using registry::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSafer = "Software\\Policies\\Microsoft\\Windows\\Safer";
const std::string kIdentifiers = kSafer + "\\CodeIdentifiers";
const std::string kStores = "Software\\Policies\\Microsoft\\SystemCertificates";
const std::string kId = "{191cd7fa-f240-4a17-8986-94d480a6c8ca}";
const std::string kPathRule = kIdentifiers + "\\0\\Paths\\" + kId;
const std::string kHashRule = kIdentifiers + "\\0\\Hashes\\" + kId;
const std::string kZoneRule = kIdentifiers + "\\262144\\UrlZones\\" + kId;

Entry Dword(std::string key, std::string name, uint32_t number) {
  return {std::move(key), std::move(name), Type::kDword, registry::DwordData(number)};
}
Entry Text(std::string key, std::string name, std::string_view text) {
  return {std::move(key), std::move(name), Type::kSz, registry::TextData(text)};
}
Entry Quad(std::string key, std::string name, uint64_t number) {
  return {std::move(key), std::move(name), Type::kQword, registry::QwordData(number)};
}
Entry Binary(std::string key, std::string name, std::vector<uint8_t> data) {
  return {std::move(key), std::move(name), Type::kBinary, std::move(data)};
}

Result<RegistryReading> Read(const std::vector<Entry>& entries, Scope scope = Scope::kMachine) {
  const std::vector<RegistrySource> sources = {
      {"Registry.pol", scope, "entry", registry::ChangesOf(entries).value()}};
  return ReadRegistry(sources);
}
Policy Machine(const std::vector<Entry>& entries) {
  const auto reading = Read(entries);
  EXPECT_TRUE(reading) << reading.error().message;
  if (!reading || !reading->machine) return Policy{};
  EXPECT_THAT(reading->notes, IsEmpty());
  return *reading->machine;
}
std::string Refusal(const std::vector<Entry>& entries) {
  const auto reading = Read(entries);
  return reading ? "it was read" : reading.error().message;
}
std::vector<std::string> Notes(const std::vector<Entry>& entries) {
  std::vector<std::string> notes;
  const auto reading = Read(entries);
  if (!reading) return {reading.error().message};
  for (const Note& note : reading->notes) notes.push_back(ToString(note));
  return notes;
}

TEST(SrpRegistryReader, ReadsSettingsInAnyCase) {
  const Policy policy = Machine(
      {Dword(kIdentifiers, "defaultlevel", 0x40000),
       Dword(kIdentifiers, "TransparentEnabled", 2),
       Dword("SOFTWARE\\POLICIES\\Microsoft\\Windows\\safer\\codeidentifiers", "PolicyScope", 1),
       {kIdentifiers, "ExecutableTypes", Type::kMultiSz,
        registry::TextsData(std::vector<std::string>{"exe", "GAR"})},
       Dword(kIdentifiers, "AuthenticodeEnabled", 1),
       Dword(kIdentifiers, "Levels", 0x71000),
       Text(kIdentifiers, "LogFileName", "C:\\x.log"),
       Dword(kStores + "\\TrustedPublisher\\Safer", "AuthenticodeFlags", 3)});
  EXPECT_EQ(policy.default_level, Level::kUnrestricted);
  EXPECT_EQ(policy.transparent_enabled, TransparentEnabled::kAll);
  EXPECT_EQ(policy.policy_scope, PolicyScope::kAllButAdministrators);
  EXPECT_THAT(*policy.executable_types, ElementsAre("exe", "GAR"));
  EXPECT_EQ(policy.authenticode_enabled, true);
  EXPECT_EQ(policy.levels, 0x71000U);
  EXPECT_EQ(policy.log_file_name, "C:\\x.log");
  EXPECT_EQ(policy.authenticode_flags, 3U);
}

TEST(SrpRegistryReader, ReadsPathAndZoneRules) {
  const Policy policy =
      Machine({{kPathRule, "ItemData", Type::kExpandSz, registry::TextData("%TMP%\\*")},
               Text(kPathRule, "Description", "temp"),
               Dword(kPathRule, "SaferFlags", 7),
               Quad(kPathRule, "LastModified", 131'000'000'000'000'000),
               Dword(kZoneRule, "ItemData", 3)});
  ASSERT_EQ(policy.rules.size(), 2U);
  EXPECT_FALSE(policy.is_defined());
  EXPECT_EQ(policy.rules[0].id.ToString(), kId);
  EXPECT_EQ(policy.rules[0].level, Level::kDisallowed);
  EXPECT_EQ(std::get<PathCondition>(policy.rules[0].condition), (PathCondition{"%TMP%\\*", true}));
  EXPECT_EQ(policy.rules[0].description, "temp");
  EXPECT_EQ(policy.rules[0].safer_flags, 7U);
  EXPECT_EQ(policy.rules[0].last_modified, 131'000'000'000'000'000U);
  EXPECT_EQ(policy.rules[1].level, Level::kUnrestricted);
  EXPECT_EQ(std::get<UrlZoneCondition>(policy.rules[1].condition).zone, UrlZone::kInternet);
}

std::vector<Entry> HashRule(uint32_t algorithm, size_t digest) {
  return {Dword(kHashRule, "HashAlg", algorithm),
          Binary(kHashRule, "ItemData", std::vector<uint8_t>(digest, 0xAB)),
          Quad(kHashRule, "ItemSize", 5'000'000'000)};
}

TEST(SrpRegistryReader, ReadsHashRulesWithTheirSha256) {
  auto entries = HashRule(0x8003, 16);
  entries.push_back(Text(kHashRule, "FriendlyName", "tool.exe (1.0)"));
  entries.push_back(Dword(kHashRule + "\\SHA256", "HashAlg", 0x800C));
  entries.push_back(Binary(kHashRule + "\\SHA256", "ItemData", std::vector<uint8_t>(32, 0xCD)));
  const Policy policy = Machine(entries);
  ASSERT_EQ(policy.rules.size(), 1U);
  const auto& hash = std::get<HashCondition>(policy.rules[0].condition);
  EXPECT_EQ(hash.algorithm, HashAlgorithm::kMd5);
  EXPECT_EQ(hash.digest[15], 0xAB);
  EXPECT_EQ(hash.digest[16], 0);
  EXPECT_EQ(hash.size, 5'000'000'000U);
  EXPECT_EQ(hash.sha256->back(), 0xCD);
  EXPECT_EQ(hash.friendly_name, "tool.exe (1.0)");
}

TEST(SrpRegistryReader, RefusesABrokenHashRule) {
  const auto with = [](uint32_t algorithm, size_t size, std::vector<Entry> more = {}) {
    auto entries = HashRule(algorithm, size);
    entries.insert(entries.end(), more.begin(), more.end());
    return Refusal(entries);
  };
  EXPECT_EQ(with(0x8004, 20), "it was read");
  EXPECT_EQ(with(0x800C, 32), "it was read");
  EXPECT_THAT(with(0x8003, 20), HasSubstr("entry 2: " + kHashRule +
                                          ": value \"ItemData\": 20 bytes, where MD5 has 16"));
  EXPECT_THAT(with(0x8001, 16),
              HasSubstr("32769, where 32771 (MD5), 32772 (SHA1), 32780 (SHA256)"));
  EXPECT_THAT(with(0x8003, 16, {Dword(kHashRule, "ItemSize", 5)}),
              HasSubstr("REG_DWORD, where REG_QWORD is allowed"));
  EXPECT_THAT(with(0x8003, 16, {Text(kHashRule, "**del.ItemSize", " ")}),
              HasSubstr("it has no value \"ItemSize\""));
  const std::string below = kHashRule + "\\SHA256";
  EXPECT_THAT(with(0x8003, 16, {Dword(below, "HashAlg", 0x800C)}),
              HasSubstr("no value \"ItemData\""));
  EXPECT_THAT(with(0x8003, 16, {Dword(below, "HashAlg", 0x8003)}), HasSubstr("32780 (SHA256)"));
  EXPECT_THAT(
      with(0x8003, 16, {Dword(below, "HashAlg", 0x800C), Binary(below, "ItemData", {1})}),
      HasSubstr("entry 5: " + below + ": value \"ItemData\": 1 bytes, where SHA256 has 32"));
}

TEST(SrpRegistryReader, RefusesEverythingForOneBrokenSetting) {
  EXPECT_EQ(
      Refusal({Dword(kIdentifiers, "PolicyScope", 0), Dword(kIdentifiers, "DefaultLevel", 1)}),
      "Registry.pol: entry 2: " + kIdentifiers +
          ": value \"DefaultLevel\": 1, where 0 (Disallowed), 4096 (Untrusted), 65536 "
          "(Constrained), 131072 (BasicUser), 262144 (Unrestricted) are allowed");
  EXPECT_THAT(Refusal({Text(kIdentifiers, "DefaultLevel", "0")}),
              HasSubstr("REG_SZ, where REG_DWORD is allowed"));
  EXPECT_THAT(Refusal({{kIdentifiers, "DefaultLevel", Type::kDword, {0}}}),
              HasSubstr("1 bytes, where a number has 4"));
  EXPECT_THAT(Refusal({Dword(kIdentifiers, "TransparentEnabled", 3)}),
              HasSubstr("3, where 0 (None)"));
  EXPECT_THAT(Refusal({Dword(kIdentifiers, "AuthenticodeEnabled", 2)}), HasSubstr("0 and 1"));
  EXPECT_THAT(Refusal({Text(kIdentifiers, "ExecutableTypes", "EXE")}), HasSubstr("REG_MULTI_SZ"));
  EXPECT_THAT(Refusal({{kIdentifiers, "LogFileName", Type::kSz, {0, 0xD8}}}), HasSubstr("UTF-16"));
}

TEST(SrpRegistryReader, RefusesEverythingForOneBrokenRule) {
  EXPECT_THAT(Refusal({Dword(kPathRule, "SaferFlags", 0)}),
              HasSubstr("entry 1: " + kPathRule + ": it has no value \"ItemData\""));
  EXPECT_THAT(Refusal({Dword(kPathRule, "ItemData", 0)}),
              HasSubstr("REG_DWORD, where REG_SZ and REG_EXPAND_SZ are allowed"));
  EXPECT_THAT(Refusal({Text(kPathRule, "ItemData", "")}), HasSubstr("an empty path"));
  EXPECT_THAT(Refusal({Dword(kZoneRule, "ItemData", 5)}), HasSubstr("5, where 0 (MyComputer)"));
  EXPECT_THAT(Refusal({Text(kIdentifiers + "\\1\\Paths\\" + kId, "ItemData", "a")}),
              HasSubstr("a rule of level 1, where 0, 4096, 65536, 131072, 262144 are allowed"));
  EXPECT_THAT(Refusal({Text(kIdentifiers + "\\00\\Paths\\" + kId, "ItemData", "a")}),
              HasSubstr("level 00"));
  for (const std::string name : {"x", "191cd7fa-f240-4a17-8986-94d480a6c8ca"}) {
    EXPECT_THAT(Refusal({Text(kIdentifiers + "\\0\\Paths\\" + name, "ItemData", "a")}),
                HasSubstr("where a GUID in braces is wanted"));
  }
  EXPECT_THAT(Refusal({Text(kPathRule, "ItemData", "a"),
                       Text(kPathRule, "Description", std::string(kMaxTextUnits + 1, 'a'))}),
              HasSubstr("at most 16384"));
}

// ---- Certificates.

std::vector<uint8_t> Sha1(const std::vector<uint8_t>& bytes) {
  auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha1).value();
  digest.Update(bytes);
  return digest.Finish();
}
const std::vector<uint8_t> kDer = {0x30, 1, 0};
std::string StoreKey(const std::string& store, const std::vector<uint8_t>& thumbprint) {
  return kStores + "\\" + store + "\\Certificates\\" + HexUpper(thumbprint);
}
Entry Certificate(const std::string& store,
                  const std::vector<registry::CertificateProperty>& properties) {
  return Binary(StoreKey(store, Sha1(kDer)), "Blob", registry::BuildCertificateBlob(properties));
}

TEST(SrpRegistryReader, ReadsCertificatesOfBothStores) {
  const auto sha1 = Sha1(kDer);
  const auto text = registry::TextData("Contoso");
  const auto stamp = registry::QwordData(99);
  const Policy policy = Machine(
      {Certificate("TrustedPublisher", {{3, sha1}, {4, text}, {13, text}, {27, stamp}, {32, kDer}}),
       Certificate("Disallowed", {{32, kDer}})});
  ASSERT_EQ(policy.rules.size(), 2U);
  EXPECT_EQ(policy.rules[0].level, Level::kUnrestricted);
  EXPECT_EQ(policy.rules[0].description, "Contoso");
  EXPECT_EQ(policy.rules[0].last_modified, 99U);
  EXPECT_EQ(policy.rules[1].level, Level::kDisallowed);
  const auto& condition = std::get<CertificateCondition>(policy.rules[1].condition);
  EXPECT_EQ(condition.certificate, kDer);
  EXPECT_EQ(HexUpper(condition.thumbprint), HexUpper(sha1));
}

TEST(SrpRegistryReader, RefusesABrokenCertificate) {
  const auto sha1 = Sha1(kDer);
  const std::vector<uint8_t> other = {0x30, 1, 1};
  EXPECT_THAT(Refusal({Certificate("Disallowed", {{32, other}})}), HasSubstr("thumbprint"));
  EXPECT_THAT(Refusal({Certificate("Disallowed", {{3, other}, {32, kDer}})}),
              HasSubstr("SHA-1 300101"));
  EXPECT_THAT(Refusal({Certificate("Disallowed", {{32, {}}})}), HasSubstr("an empty certificate"));
  EXPECT_THAT(Refusal({Certificate("Disallowed", {{27, other}})}), HasSubstr("date stamp of 3"));
  EXPECT_THAT(Refusal({Binary(StoreKey("Disallowed", sha1), "Blob", {1})}),
              HasSubstr("certificate blob: offset 0"));
  EXPECT_THAT(Refusal({Binary(StoreKey("Disallowed", {1}), "Blob", {})}),
              HasSubstr("40 hexadecimal"));
  EXPECT_THAT(Refusal({Text(StoreKey("Disallowed", sha1), "Blob", "x")}), HasSubstr("REG_BINARY"));
  EXPECT_THAT(Refusal({Text(StoreKey("Disallowed", sha1), "Other", "x")}),
              HasSubstr("no value \"Blob\""));
}

TEST(SrpRegistryReader, NotesWhatACertificateHoldsBesides) {
  const auto sha1 = Sha1(kDer);
  EXPECT_THAT(Notes({Certificate("Disallowed", {{3, sha1}})}),
              ElementsAre(HasSubstr("its thumbprint alone counts")));
  EXPECT_THAT(Notes({Certificate("Disallowed", {{11, sha1}, {32, kDer}, {9, sha1}, {20, sha1}})}),
              ElementsAre(HasSubstr("properties of no meaning here: 11, 9")));
  EXPECT_THAT(Notes({Text(kStores + "\\Disallowed\\CRLs\\X", "Blob", "x"),
                     Dword(kStores + "\\Disallowed\\Safer", "AuthenticodeFlags", 1),
                     Text(kStores + "\\Root\\Certificates\\X", "Blob", "x")}),
              ElementsAre(HasSubstr("CRLs"), HasSubstr("Disallowed\\Safer")));
}

// ---- Notes, order, scopes.

TEST(SrpRegistryReader, NotesWhatItDoesNotUnderstand) {
  EXPECT_THAT(
      Notes({Dword(kIdentifiers, "DefaultLevel", 0), Dword(kIdentifiers, "Novel", 1),
             Text(kSafer, "Other", "x"), Text(kIdentifiers + "\\0\\Paths", "Stray", "x"),
             Text(kIdentifiers + "\\0\\Shapes\\" + kId, "ItemData", "x"),
             Text(kPathRule, "ItemData", "x"), Text(kPathRule, "Extra", "x"),
             Dword(kHashRule + "\\SHA256", "HashAlg", 1), Dword(kSafer + "X", "DefaultLevel", 9),
             Text(kIdentifiers, "**Unknown", "x"), Dword(kIdentifiers, "**SecureKey", 1)}),
      ElementsAre("Registry.pol: entry 10: " + kIdentifiers +
                      ": value \"**Unknown\": a special name that has no meaning",
                  "Registry.pol: entry 11: " + kIdentifiers +
                      ": value \"**SecureKey\": who may write to the key is not kept",
                  "Registry.pol: entry 2: " + kIdentifiers +
                      ": value \"Novel\": a value of no meaning here",
                  HasSubstr("entry 3: "), HasSubstr("entry 4: "), HasSubstr("entry 5: "),
                  HasSubstr("entry 7: " + kPathRule + ": value \"Extra\""),
                  HasSubstr("entry 8: ")));
}

TEST(SrpRegistryReader, NotesTextThatGoesOnBehindItsEnd) {
  EXPECT_THAT(Notes({Text(kPathRule, "ItemData", std::string_view("a\0b", 3))}),
              ElementsAre(HasSubstr("what stands behind the end of its text")));
  EXPECT_THAT(Notes({Text(kPathRule, "ItemData", std::string_view("a\0\0", 3))}), IsEmpty());
}

TEST(SrpRegistryReader, BoundsItsNotes) {
  std::vector<Entry> entries;
  for (size_t i = 0; i < kMaxNotes; ++i) entries.push_back(Text(kSafer, fmt::format("v{}", i), ""));
  EXPECT_EQ(Notes(entries).size(), kMaxNotes);
  entries.push_back(Text(kSafer, "one", ""));
  entries.push_back(Text(kSafer, "two", ""));
  const auto notes = Notes(entries);
  EXPECT_EQ(notes.size(), kMaxNotes + 1);
  EXPECT_THAT(notes.back(), HasSubstr("2 more notes"));
}

TEST(SrpRegistryReader, JudgesWhatStandsThereInTheEnd) {
  const Policy policy = Machine(
      {Dword(kIdentifiers, "DefaultLevel", 77), Text(kPathRule, "ItemData", "old"),
       Dword(kIdentifiers, "DefaultLevel", 0), Text(kIdentifiers + "\\0", "**DeleteKeys", "Paths"),
       Text(kPathRule, "ItemData", "new"), Dword(kPathRule, "Novel", 1),
       Text(kPathRule, "**del.novel", " "), Dword(kIdentifiers, "PolicyScope", 9),
       Text(kIdentifiers, "**DeleteValues", "PolicyScope;Levels"),
       Dword(kIdentifiers, "**soft.DefaultLevel", 0x40000)});
  EXPECT_EQ(policy.default_level, Level::kDisallowed);
  EXPECT_FALSE(policy.policy_scope);
  ASSERT_EQ(policy.rules.size(), 1U);
  EXPECT_EQ(std::get<PathCondition>(policy.rules[0].condition).path, "new");
  EXPECT_FALSE(
      Read({Text(kPathRule, "ItemData", "x"), Text(kPathRule, "**delvals.", " ")})->machine);
}

TEST(SrpRegistryReader, DeletesByAKeyAboveItsOwn) {
  const std::vector<RegistrySource> sources = {
      {"a.reg",
       Scope::kMachine,
       "line",
       {{Change::Action::kSetValue, Dword("HKLM\\" + kIdentifiers, "DefaultLevel", 0), 1},
        {Change::Action::kDeleteKey, {"HKLM\\SOFTWARE\\Policies", "", Type::kNone, {}}, 2}}}};
  EXPECT_FALSE(ReadRegistry(sources)->machine);
}

TEST(SrpRegistryReader, TellsTheScopeByTheHive) {
  const auto scopes = [](const std::string& hive) {
    const auto reading = Read({Dword(hive + kIdentifiers, "DefaultLevel", 0)}, Scope::kUser);
    return fmt::format("{}{}{}", reading->machine ? "machine" : "", reading->user ? "user" : "",
                       reading->notes.empty() ? "" : "note");
  };
  for (const char* hive : {"HKEY_LOCAL_MACHINE\\", "hklm\\", "MACHINE\\", "\\HKLM\\"}) {
    EXPECT_EQ(scopes(hive), "machine") << hive;
  }
  for (const char* hive : {"", "HKEY_CURRENT_USER\\", "HKCU\\", "USER\\"}) {
    EXPECT_EQ(scopes(hive), "user") << hive;
  }
  EXPECT_EQ(scopes("HKEY_USERS\\S-1-5-21-1\\"), "note");
  EXPECT_EQ(scopes("HKEY_CLASSES_ROOT\\"), "note");
  EXPECT_EQ(scopes("HKEY_OTHER\\"), "") << "no such key is one of ours";
}

TEST(SrpRegistryReader, JoinsSeveralSourcesOfOneScope) {
  const std::vector<RegistrySource> sources = {
      {"Machine/Registry.pol", Scope::kMachine, "entry",
       registry::ChangesOf({{Dword(kIdentifiers, "DefaultLevel", 0)}}).value()},
      {"GptTmpl.inf",
       Scope::kMachine,
       "line",
       {{Change::Action::kSetValue, Dword("MACHINE\\" + kIdentifiers, "AuthenticodeEnabled", 1),
         8}}},
      {"User/Registry.pol", Scope::kUser, "entry",
       registry::ChangesOf({{Dword(kIdentifiers, "DefaultLevel", 0x40000)}}).value()}};
  const auto reading = ReadRegistry(sources);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->machine->default_level, Level::kDisallowed);
  EXPECT_EQ(reading->machine->authenticode_enabled, true);
  EXPECT_EQ(reading->user->default_level, Level::kUnrestricted);
  EXPECT_EQ(reading->user->scope, Scope::kUser);
}

// ---- The corpus.

std::string Content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string Line(const Rule& rule) {
  return fmt::format("{} {}", ToString(rule.level), std::get<PathCondition>(rule.condition).path);
}

TEST(SrpRegistryReader, ReadsTheRegTextOfTheCorpus) {
  const auto path = CorpusFile("registry-pol/srp-default-disallow-paths.reg");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  const std::vector<RegistrySource> sources = {
      {"x.reg", Scope::kUser, "line", registry::ParseRegText(AsBytes(Content(*path))).value()}};
  const auto reading = ReadRegistry(sources);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_FALSE(reading->user);
  EXPECT_THAT(reading->notes, IsEmpty());
  const Policy& policy = *reading->machine;
  EXPECT_EQ(policy.default_level, Level::kDisallowed);
  EXPECT_EQ(policy.transparent_enabled, TransparentEnabled::kAllButLibraries);
  EXPECT_EQ(policy.policy_scope, PolicyScope::kAllUsers);
  EXPECT_EQ(policy.executable_types->size(), 29U);
  EXPECT_EQ(policy.executable_types->at(5), "PS1");
  EXPECT_EQ(policy.authenticode_enabled, false);
  EXPECT_EQ(policy.authenticode_flags, 0U);
  ASSERT_EQ(policy.rules.size(), 17U);
  EXPECT_EQ(policy.rules[1].id.ToString(), kId);
  EXPECT_EQ(policy.rules[1].description, "Allow Windows");
  EXPECT_EQ(policy.rules[1].last_modified, 0x01D31657424F379FU);
  EXPECT_EQ(Line(policy.rules[1]),
            "Unrestricted %HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows "
            "NT\\CurrentVersion\\SystemRoot%");
  EXPECT_EQ(Line(policy.rules[6]), "Disallowed %ProgramData%");
  EXPECT_EQ(Line(policy.rules[16]), "Disallowed %AppData%");
}

// A line of the table as a change; the heading is none.
std::optional<Change> ChangeOf(const std::string& line) {
  std::vector<std::string> cells = {""};
  for (const char c : line) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (cells.size() != 4 || cells[0] == "key") return std::nullopt;
  Change change;
  if (cells[2] == "REG_DWORD") {
    change.entry = Dword(cells[0], cells[1], static_cast<uint32_t>(std::stoul(cells[3])));
  } else if (cells[2] == "REG_SZ") {
    change.entry = Text(cells[0], cells[1], cells[3]);
  } else {
    std::vector<std::string> texts = {""};
    for (size_t i = 0; i < cells[3].size(); ++i) {
      if (cells[3].compare(i, 2, "\\0") == 0) {
        texts.emplace_back();
        ++i;
      } else {
        texts.back() += cells[3][i];
      }
    }
    change.entry = {cells[0], cells[1], Type::kMultiSz, registry::TextsData(texts)};
  }
  return change;
}

TEST(SrpRegistryReader, ReadsTheTableOfTheCorpus) {
  const auto path = CorpusFile("registry-pol/srp-allow-drive-roots-values.tsv");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  RegistrySource source = {"x.tsv", Scope::kUser, "line", {}};
  std::ifstream in(*path);
  for (std::string line; std::getline(in, line);) {
    if (auto change = ChangeOf(line)) source.changes.push_back(*std::move(change));
  }
  EXPECT_EQ(source.changes.size(), 15U);
  const auto reading = ReadRegistry({{source}});
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_THAT(reading->notes, IsEmpty());
  EXPECT_EQ(reading->machine->default_level, Level::kDisallowed);
  EXPECT_EQ(*reading->machine->executable_types, DefaultExecutableTypes());
  std::vector<std::string> rules;
  for (const Rule& rule : reading->machine->rules) rules.push_back(Line(rule));
  EXPECT_THAT(rules, ElementsAre("Disallowed smb*", "Unrestricted E:\\*", "Unrestricted D:\\*",
                                 "Unrestricted C:\\*", "Unrestricted F:\\*"));
}

TEST(SrpRegistryReader, ReadsTheTemplateOfTheCorpusAndFindsNothingInOthers) {
  const auto inf = CorpusFile("registry-pol/gpttmpl-safer-authenticode.inf");
  if (!inf) GTEST_SKIP() << kCorpusAbsent;
  RegistrySource source = {"GptTmpl.inf", Scope::kUser, "line",
                           registry::ParseSecurityTemplate(AsBytes(Content(*inf))).value()};
  const auto reading = ReadRegistry({{source}});
  Policy wanted;
  wanted.authenticode_enabled = false;
  EXPECT_EQ(reading->machine, wanted);
  EXPECT_FALSE(reading->user);
  for (const char* name : {"nsa-applocker-audit.pol", "plain-machine.pol", "plain-parsepol.pol",
                           "plain-wef.pol", "adsys-two-elements.pol"}) {
    const auto entries = registry::ParseRegistryPol(
        AsBytes(Content(*CorpusFile(fmt::format("registry-pol/{}", name)))));
    ASSERT_TRUE(entries) << name;
    const auto none = Read(*entries);
    ASSERT_TRUE(none) << name << none.error().message;
    EXPECT_FALSE(none->machine || none->user) << name;
    EXPECT_THAT(none->notes, IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace portcullis::srp
