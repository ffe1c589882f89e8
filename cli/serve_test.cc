// SPDX-License-Identifier: Apache-2.0
// What serve refuses before it starts, and doctor. The service itself runs in tests/kernel.
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPolicy = "share/policies/default-rules.xml";

TEST(Serve, RefusesADurationThatIsNone) {
  const Ran ran = RunCli({"serve", "--policy", kPolicy, "--for", "soon"});
  EXPECT_EQ(ran.status, ExitStatus::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("--for soon: expected a number and ms, s or min"));
}

TEST(Serve, NamesThePolicyThatItCanNotRead) {
  const Folder folder;
  const Ran absent = RunCli({"serve", "--policy", folder / "absent.xml"});
  EXPECT_EQ(absent.status, ExitStatus::kFailed);
  EXPECT_THAT(absent.err, HasSubstr("absent.xml: No such file"));
  const Ran malformed = RunCli({"serve", "--policy", folder.Write("p.xml", "<AppLocker")});
  EXPECT_EQ(malformed.status, ExitStatus::kFailed);
  EXPECT_THAT(malformed.err, HasSubstr("p.xml: "));
}

TEST(Serve, NamesTheLineOfItsConfiguration) {
  const Folder folder;
  const std::string config = folder.Write("service.conf", "# first\nbudget = never\n");
  const Ran ran = RunCli({"serve", "--policy", kPolicy, "--config", config});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("service.conf: line 2: budget is never"));
  EXPECT_EQ(ran.out, "");
}

TEST(Serve, NamesTheTrustThatItCanNotRead) {
  const Folder folder;
  const Ran ran = RunCli({"serve", "--policy", kPolicy, "--trust", folder / "absent.pem"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("absent.pem"));
}

TEST(Doctor, SaysWhatItLookedAt) {
  const Folder folder;
  const std::string config = folder.Write("service.conf", "service-process = none\n");
  const Ran ran = RunCli({"doctor", "--policy", kPolicy, "--config", config, "--format", "json"});
  std::vector<std::string> subjects;
  bool is_weak = false;
  for (const JsonValue& object : ran.objects()) {
    subjects.push_back(TextOf(object, "subject"));
    is_weak |= TextOf(object, "weakens") == "true";
  }
  for (const char* subject :
       {"vm.memfd_noexec", "user namespaces", "service-process = none", "Exe rules", "Dll rules"}) {
    EXPECT_THAT(subjects, ::testing::Contains(subject));
  }
  EXPECT_TRUE(is_weak);  // there are no Dll rules
  EXPECT_EQ(ran.status, ExitStatus::kFound);
}

TEST(Doctor, SaysWhetherTheServiceRuns) {
  const Folder folder;
  const auto finding_of = [&](const std::string& socket) {
    const std::string config = folder.Write("service.conf", "control-socket = " + socket + "\n");
    const Ran ran = RunCli({"doctor", "--policy", kPolicy, "--config", config, "--format", "json"});
    for (const JsonValue& object : ran.objects()) {
      if (TextOf(object, "id") == "service") return TextOf(object, "text");
    }
    return std::string("no finding");
  };
  EXPECT_THAT(finding_of(folder / "absent"),
              HasSubstr("no service answers at " + (folder / "absent")));
  EXPECT_THAT(finding_of("none"), HasSubstr("can not be asked"));
}

TEST(Doctor, TakesAPolicyThatIsRefusedForAWeakness) {
  const Ran ran = RunCli({"doctor", "--policy", "/nowhere/policy.xml"});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("WEAK  policy"));
}

}  // namespace
}  // namespace portcullis::cli
