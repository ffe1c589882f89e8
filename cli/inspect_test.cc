// SPDX-License-Identifier: Apache-2.0
// What `inspect` says of files that are damaged, or that stand in a tree of Windows.
#include "cli/commands.h"
#include "cli/test_io.h"
#include "tests/support/msi_builder.h"

namespace portcullis::cli {
namespace {

using portcullis::testing::MakeCertificate;
using portcullis::testing::Sign;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Inspect, ADamagedFileIsSaidAndIsThree) {
  const Folder folder;
  const std::string damaged = folder.Write(
      "cut.exe", std::string("MZ") + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0", 8));
  const Ran alone = RunCli({"inspect", damaged, "--format", "json"});
  EXPECT_EQ(alone.status, ExitStatus::kFailed);
  EXPECT_THAT(alone.err, AllOf(HasSubstr("cut.exe: damaged: "), EndsWith("\n")));
  EXPECT_THAT(alone.objects(), SizeIs(1));
  const std::string sound = folder.Write("sound.sh", "#!/bin/sh\n");
  EXPECT_EQ(RunCli({"inspect", damaged, sound}).status, ExitStatus::kDone);
}

TEST(Inspect, AScriptOfLinuxIsNoneInATreeOfWindows) {
  const Folder folder;
  const std::string tree = folder.path() + "/image";
  folder.Write("image/tool.py", "print()\n");
  folder.Write("image/tool.ps1", "exit\n");
  const Ran here = RunCli({"inspect", "--format", "json", tree + "/tool.py"});
  EXPECT_EQ(TextOf(here.objects().at(0), "collection"), "Script");
  const Ran there = RunCli({"inspect", "--format", "json", "--map", tree + "=C:", tree + "/tool.py",
                            tree + "/tool.ps1"});
  EXPECT_EQ(TextOf(there.objects().at(0), "collection"), "null");
  EXPECT_EQ(TextOf(there.objects().at(1), "collection"), "Script");
}

TEST(Inspect, SaysWhatWindowsJudgesInPlaceOfADosProgram) {
  const Folder folder;
  const std::string dos = folder.Write("old.exe", "MZ" + std::string(100, '\0'));
  const std::string com = folder.Write("old.com", "\xB8\x01\x4C\xCD\x21");
  const std::string script = folder.Write("new.sh", "#!/bin/sh\n");
  const Ran json = RunCli({"inspect", "--format", "json", dos, com, script});
  EXPECT_EQ(TextOf(json.objects().at(0), "windows_judges"), R"(%SYSTEM32%\NTVDM.EXE)");
  EXPECT_EQ(TextOf(json.objects().at(1), "windows_judges"), R"(%SYSTEM32%\NTVDM.EXE)");
  EXPECT_EQ(TextOf(json.objects().at(2), "windows_judges"), "null");
  EXPECT_THAT(RunCli({"inspect", dos}).out,
              HasSubstr(R"(judged by the Exe rules; Windows itself judges %SYSTEM32%\NTVDM.EXE)"));
}

// An installer whose signature holds another, which is of something else.
TEST(Inspect, ShowsEverySignatureWhenVerbose) {
  constexpr int64_t kNow = 1'600'000'000;
  const auto root = MakeCertificate({.subject = {{"CN", "Root"}},
                                     .not_before = kNow,
                                     .not_after = kNow * 2,
                                     .is_authority = true});
  const auto signer = MakeCertificate(
      {.subject = {{"O", "Maker"}}, .not_before = kNow, .not_after = kNow * 2, .issuer = &root});
  const auto nested = Sign(AsBytes("another file"), {.signer = &signer, .digest_name = "SHA384"});
  auto package = portcullis::testing::MakeMsi({});
  SignMsi(package, {.signer = &signer, .nested = {nested}},
          portcullis::testing::MsiMetadataUse::kNone);
  const Folder folder;
  const std::string path =
      folder.Write("signed.msi", AsText(portcullis::testing::BuildCfb({.root = package}).bytes));
  const std::string anchor = folder.Write("root.pem", root.Pem());
  const Ran json =
      RunCli({"inspect", "-v", "--format", "json", "--trust", anchor, "--at", "2021-01-01", path});
  const JsonValue object = json.objects().at(0);
  ASSERT_NE(object.Find("signatures"), nullptr) << json.out;
  const JsonValue::Array& signatures = *object.Find("signatures")->AsArray();
  ASSERT_EQ(signatures.size(), 2U) << json.out;
  EXPECT_EQ(TextOf(signatures[0], "role"), "primary");
  EXPECT_EQ(TextOf(signatures[0], "status"), "valid");
  EXPECT_EQ(TextOf(signatures[1], "role"), "nested");
  EXPECT_EQ(TextOf(signatures[1], "digest_algorithm"), "SHA-384");
  EXPECT_EQ(TextOf(signatures[1], "status"), "bad-digest");
  const JsonValue::Array& chain = *signatures[0].Find("chain")->AsArray();
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(TextOf(chain[1], "subject"), "CN=Root");
  EXPECT_THAT(RunCli({"inspect", "--format", "json", path}).out, Not(HasSubstr("signatures")));

  const Ran lines = RunCli({"inspect", "-v", path});
  EXPECT_THAT(lines.out, AllOf(HasSubstr("  primary     "), HasSubstr("  nested      "),
                               HasSubstr("issued by  CN=Root, which is not known here")));
  EXPECT_THAT(RunCli({"inspect", path}).out, Not(HasSubstr("nested")));
}

}  // namespace
}  // namespace portcullis::cli
