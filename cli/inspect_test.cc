// SPDX-License-Identifier: Apache-2.0
// What `inspect` says of files that are damaged, or that stand in a tree of Windows.
#include "cli/commands.h"
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

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

}  // namespace
}  // namespace portcullis::cli
