// SPDX-License-Identifier: Apache-2.0
#include "base/little_endian.h"
#include "base/utf.h"
#include "cli/test_io.h"
#include "formats/registry/registry_change.h"
#include "formats/registry/regpol.h"
#include "tests/support/corpus.h"

namespace portcullis::cli {
namespace {

using registry::Entry;
using registry::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kIdentifiers = "Software\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers";
const std::string kRule = kIdentifiers + "\\0\\Paths\\{191cd7fa-f240-4a17-8986-94d480a6c8ca}";
const std::string kHash = kIdentifiers + "\\0\\Hashes\\{d2c34ab2-529a-46b2-b293-fc853fce72ea}";

Entry Dword(const std::string& key, const std::string& name, uint32_t number) {
  return {key, name, Type::kDword, registry::DwordData(number)};
}
std::string Pol(const std::vector<Entry>& entries) {
  return registry::BuildRegistryPol(entries).value();
}
// A default level, a path rule, a hash rule.
std::vector<Entry> Sample() {
  return {Dword(kIdentifiers, "DefaultLevel", 0x20000),
          {kRule, "ItemData", Type::kExpandSz, registry::TextData("%TMP%\\\x1B*")},
          {kRule, "Description", Type::kSz, registry::TextData("temp")},
          Dword(kHash, "HashAlg", 0x8003),
          {kHash, "ItemData", Type::kBinary, std::vector<uint8_t>(16, 0xAB)},
          {kHash, "ItemSize", Type::kQword, registry::QwordData(1234)},
          {kHash, "FriendlyName", Type::kSz, registry::TextData("tool")}};
}
constexpr const char* kXml =
    "<SoftwareRestrictionPolicy Version=\"1\" Scope=\"User\" DefaultLevel=\"Disallowed\"/>";

TEST(SrpShow, PrintsATable) {
  const Folder folder;
  const Ran ran = RunCli({"srp", "show", folder.Write("Registry.pol", Pol(Sample()))});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(ran.out,
            "Machine policy: 2 rules\n"
            "  default level         Basic User\n"
            "  enforcement           not set: AllButLibraries\n"
            "  applies to            not set: AllUsers\n"
            "  certificate rules     not set: do not count\n"
            "  designated types      not set: the default list\n"
            "  Disallowed   path        %TMP%\\\\x1b*\n"
            "               id {191cd7fa-f240-4a17-8986-94d480a6c8ca}\n"
            "               temp\n"
            "  Disallowed   hash        MD5 abababababababababababababababab, 1,234 bytes\n"
            "               id {d2c34ab2-529a-46b2-b293-fc853fce72ea}\n"
            "               tool\n");
}

TEST(SrpShow, PrintsAnObjectAPolicy) {
  const Folder folder;
  const Ran ran = RunCli({"srp", "show", "--format", "json", folder.Write("a.pol", Pol(Sample())),
                          folder.Write("b.xml", kXml)});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(
      ran.lines(),
      ElementsAre(
          R"j({"scope":"Machine","default_level":"BasicUser","transparent_enabled":null,"policy_scope":null,"executable_types":null,"authenticode_enabled":null,"levels":null,"authenticode_flags":null,"log_file_name":null,"rules":[{"kind":"path","id":"{191cd7fa-f240-4a17-8986-94d480a6c8ca}","level":"Disallowed","path":"%TMP%\\\u001b*","expandable":true,"description":"temp","safer_flags":0,"last_modified":null},{"kind":"hash","id":"{d2c34ab2-529a-46b2-b293-fc853fce72ea}","level":"Disallowed","algorithm":"MD5","digest":"abababababababababababababababab","size":1234,"sha256":null,"friendly_name":"tool","description":"","safer_flags":0,"last_modified":null}]})j",
          R"j({"scope":"User","default_level":"Disallowed","transparent_enabled":null,"policy_scope":null,"executable_types":null,"authenticode_enabled":null,"levels":null,"authenticode_flags":null,"log_file_name":null,"rules":[]})j"));
}

TEST(SrpShow, JoinsTheFilesOfAGroupPolicy) {
  const Folder folder;
  const Ran ran =
      RunCli({"srp", "show", "--format", "json",
              folder.Write("Machine/Registry.pol", Pol({Dword(kIdentifiers, "DefaultLevel", 0)})),
              folder.Write("GptTmpl.inf", "[Registry Values]\nMACHINE\\" + kIdentifiers +
                                              "\\AuthenticodeEnabled=4,1\n"),
              folder.Write("User/Registry.pol", Pol({Dword(kIdentifiers, "PolicyScope", 1)}))});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  ASSERT_THAT(ran.objects(), SizeIs(2));
  EXPECT_EQ(TextOf(ran.objects()[0], "default_level"), "Disallowed");
  EXPECT_EQ(TextOf(ran.objects()[0], "authenticode_enabled"), "true");
  EXPECT_EQ(TextOf(ran.objects()[1], "scope"), "User");
  EXPECT_EQ(TextOf(ran.objects()[1], "policy_scope"), "AllButAdministrators");
}

TEST(SrpShow, TakesTheScopeFromTheCommandLineBeforeTheFolder) {
  const Folder folder;
  const std::string file =
      folder.Write("User/Registry.pol", Pol({Dword(kIdentifiers, "DefaultLevel", 0)}));
  EXPECT_THAT(RunCli({"srp", "show", file}).out, HasSubstr("User policy"));
  EXPECT_THAT(RunCli({"srp", "show", "--scope", "machine", file}).out, HasSubstr("Machine policy"));
  EXPECT_EQ(RunCli({"srp", "show", "--scope", "all", file}).status, ExitStatus::kUsage);
}

TEST(SrpShow, SaysWhereThereIsNoPolicy) {
  const Folder folder;
  const Ran ran = RunCli({"srp", "show", folder.Write("Registry.pol", Pol({Dword("K", "v", 1)}))});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_EQ(ran.out, "no policy of Software Restriction Policies\n");
}

TEST(SrpShow, WarnsAndRefusesWithFileAndPlace) {
  const Folder folder;
  const std::string odd = folder.Write("odd.pol", Pol({Dword(kIdentifiers, "Novel", 1)}));
  EXPECT_THAT(RunCli({"srp", "show", odd}).err,
              HasSubstr("odd.pol: warning: entry 1: " + kIdentifiers + ": value \"Novel\""));
  const Ran broken = RunCli(
      {"srp", "show", folder.Write("broken.pol", Pol({Dword(kIdentifiers, "DefaultLevel", 1)}))});
  EXPECT_EQ(broken.status, ExitStatus::kFailed);
  EXPECT_EQ(broken.out, "");
  EXPECT_THAT(broken.err, HasSubstr("broken.pol: entry 1: " + kIdentifiers));
  EXPECT_THAT(RunCli({"srp", "show", folder.Write("x", "anything")}).err,
              HasSubstr("x: it is none of"));
  EXPECT_THAT(RunCli({"srp", "show", folder.Write("x.xml", "<a/>")}).err,
              HasSubstr("x.xml: line 1, column 1"));
  EXPECT_THAT(RunCli({"srp", "show", folder / "absent"}).err, HasSubstr("absent"));
}

TEST(SrpCheck, PrintsALineAFile) {
  const Folder folder;
  const std::string good = folder.Write("good.xml", kXml);
  const std::string odd = folder.Write("odd.pol", Pol({Dword(kIdentifiers, "Novel", 1)}));
  const std::string bad = folder.Write("bad.reg", "REGEDIT4\n[K\n");
  const Ran ran = RunCli({"srp", "check", good, odd, bad});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_EQ(ran.out, good + ": good; User policy, Disallowed, 0 rules\n" + odd +
                         ": warning: entry 1: " + kIdentifiers +
                         ": value \"Novel\": a value of no meaning here\n" + odd +
                         ": good; no policy of Software Restriction Policies\n");
  EXPECT_THAT(ran.err, HasSubstr("bad.reg: .reg text: line 2: a key without"));
  EXPECT_EQ(RunCli({"srp", "check", good, odd}).status, ExitStatus::kDone);
}

TEST(SrpCheck, PrintsAnObjectAFile) {
  const Folder folder;
  const std::string odd = folder.Write(
      "odd.pol", Pol({Dword(kIdentifiers, "Novel", 1), Dword(kIdentifiers, "DefaultLevel", 0)}));
  const std::string bad = folder.Write("bad.reg", "REGEDIT4\n[K\n");
  const Ran ran = RunCli({"srp", "check", "--format", "json", odd, bad});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  ASSERT_THAT(ran.lines(), SizeIs(2));
  EXPECT_THAT(
      ran.lines()[0],
      HasSubstr(
          R"j("ok":true,"policies":[{"scope":"Machine","default_level":"Disallowed","rules":0}],"error":null,"warnings":[{"place":"entry 1","key":"Software\\Policies)j"));
  EXPECT_THAT(ran.lines()[1], HasSubstr(R"j("ok":false,"policies":[],"error":")j"));
  EXPECT_THAT(ran.lines()[1],
              HasSubstr(R"j(line 2: a key without its closing bracket","warnings":[])j"));
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SrpConvert, KeepsThePolicyThroughEveryForm) {
  const Folder folder;
  auto entries = Sample();
  entries[1].data = registry::TextData("%TMP%\\*");  // which XML can carry
  const std::string first = folder.Write("a.pol", Pol(entries));
  const std::string shown = RunCli({"srp", "show", "--format", "json", first}).out;
  std::string from = first;
  for (const char* name : {"b.reg", "c.xml", "d.POL", "e.xml"}) {
    const Ran ran = RunCli({"srp", "convert", from, "-o", folder / name});
    EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(": Machine policy, 2 rules, ")) << name;
    from = folder / name;
    EXPECT_EQ(RunCli({"srp", "show", "--format", "json", from}).out, shown) << name;
  }
  EXPECT_EQ(ReadText(folder / "c.xml"), ReadText(folder / "e.xml"));
}

TEST(SrpConvert, PrintsAnObject) {
  const Folder folder;
  const Ran ran = RunCli({"srp", "convert", folder.Write("a.xml", kXml), "--format", "json", "-o",
                          folder / "out", "--to", "regpol"});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(ran.out,
            R"j({"file":")j" + folder.path() +
                R"j(/out","form":"regpol","policies":[{"scope":"User","rules":0}],"bytes":)j" +
                std::to_string(ReadText(folder / "out").size()) + "}\n");
}

TEST(SrpConvert, WritesToStandardOutput) {
  const Folder folder;
  const Ran ran = RunCli({"srp", "convert",
                          folder.Write("a.pol", Pol({Dword(kIdentifiers, "DefaultLevel", 0)})),
                          "--scope", "user", "-o", "-", "--to", "xml"});
  EXPECT_EQ(ran.out, std::string(kXml).substr(0, std::string(kXml).size() - 2) +
                         ">\n</SoftwareRestrictionPolicy>\n");
}

TEST(SrpConvert, WritesBothScopesWhereTheFormHoldsThem) {
  const Folder folder;
  const std::string machine = folder.Write("a.pol", Pol({Dword(kIdentifiers, "DefaultLevel", 0)}));
  const std::string user = folder.Write("b.xml", kXml);
  const Ran both = RunCli({"srp", "convert", machine, user, "-o", folder / "both.reg"});
  EXPECT_EQ(both.status, ExitStatus::kDone) << both.err;
  EXPECT_THAT(both.out, HasSubstr("Machine policy, 0 rules, User policy, 0 rules"));
  const Ran refused = RunCli({"srp", "convert", folder / "both.reg", "-o", folder / "x.xml"});
  EXPECT_EQ(refused.status, ExitStatus::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("say --scope machine or user"));
  EXPECT_FALSE(std::filesystem::exists(folder / "x.xml"));
  const Ran one =
      RunCli({"srp", "convert", folder / "both.reg", "--scope", "user", "-o", folder / "x.xml"});
  EXPECT_EQ(one.status, ExitStatus::kDone) << one.err;
  EXPECT_THAT(ReadText(folder / "x.xml"), HasSubstr("Scope=\"User\""));
}

TEST(SrpConvert, SaysWhatATemplateLeavesOut) {
  const Folder folder;
  const std::string file = folder.Write(
      "a.pol",
      Pol({Dword(kIdentifiers, "DefaultLevel", 0), Dword(kIdentifiers, "AuthenticodeEnabled", 1)}));
  const Ran ran = RunCli({"srp", "convert", file, "-o", folder / "GptTmpl.inf"});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("AuthenticodeEnabled alone"));
  const std::string text = ReadText(folder / "GptTmpl.inf");
  EXPECT_THAT(Utf16LeToUtf8(AsBytes(text).subspan(2)).value(),
              HasSubstr("MACHINE\\" + kIdentifiers + "\\AuthenticodeEnabled=4,1\r\n"));
  const Ran none = RunCli({"srp", "convert", folder.Write("b.xml", kXml), "-o", folder / "c.inf"});
  EXPECT_EQ(none.status, ExitStatus::kFailed);
  EXPECT_THAT(none.err, HasSubstr("which this policy does not set"));
}

TEST(SrpConvert, RefusesWhatItCanNotDo) {
  const Folder folder;
  const std::string file = folder.Write("a.xml", kXml);
  EXPECT_EQ(RunCli({"srp", "convert", file}).status, ExitStatus::kUsage);
  EXPECT_EQ(RunCli({"srp", "convert", file, "-o", "x", "--to", "doc"}).status, ExitStatus::kUsage);
  EXPECT_THAT(RunCli({"srp", "convert", file, "-o", folder / "x"}).err, HasSubstr("say --to"));
  EXPECT_THAT(RunCli({"srp", "convert", file, "-o", "-"}).err, HasSubstr("say --to"));
  EXPECT_THAT(RunCli({"srp", "convert", file, "--scope", "machine", "-o", folder / "x.pol"}).err,
              HasSubstr("no policy of the machine in it"));
  EXPECT_THAT(
      RunCli({"srp", "convert", folder.Write("e.pol", Pol({})), "-o", folder / "x.pol"}).err,
      HasSubstr("no policy of Software Restriction Policies"));
  EXPECT_THAT(RunCli({"srp", "convert", file, "-o", folder / "no/x.pol"}).err,
              HasSubstr("no/x.pol"));
}

TEST(SrpConvert, TurnsTheCorpusIntoXmlAndBack) {
  const auto reg = CorpusFile("registry-pol/srp-default-disallow-paths.reg");
  if (!reg) GTEST_SKIP() << kCorpusAbsent;
  const Folder folder;
  const std::string shown = RunCli({"srp", "show", "--format", "json", reg->string()}).out;
  EXPECT_THAT(shown, Not(HasSubstr("\"rules\":[]")));
  ASSERT_EQ(RunCli({"srp", "convert", reg->string(), "-o", folder / "a.xml"}).status,
            ExitStatus::kDone);
  ASSERT_EQ(RunCli({"srp", "convert", folder / "a.xml", "-o", folder / "b.pol"}).status,
            ExitStatus::kDone);
  EXPECT_EQ(RunCli({"srp", "show", "--format", "json", folder / "b.pol"}).out, shown);
}

}  // namespace
}  // namespace portcullis::cli
