// SPDX-License-Identifier: Apache-2.0
// policy merge, diff, optimize, edit and show --effective.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string PathRule(char id, const std::string& path, const std::string& action = "Allow",
                     const std::string& name = "r") {
  return "<FilePathRule Id=\"00000000-0000-0000-0000-00000000000" + std::string(1, id) +
         "\" Name=\"" + name + "\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"" + action +
         "\"><Conditions><FilePathCondition Path=\"" + path + "\"/></Conditions></FilePathRule>";
}
std::string Policy(const std::string& rules, const std::string& mode = "Enabled") {
  return "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\" EnforcementMode=\"" + mode +
         "\">" + rules + "</RuleCollection></AppLockerPolicy>";
}

class PolicyChangeTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    return folder_.Write(name, text);
  }
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  // The rules of the file, an object each.
  std::vector<JsonValue> Rules(const std::string& name) const {
    return RunCli({"policy", "show", "--format", "json", folder_ / name}).objects();
  }

  const Folder folder_;
};

TEST_F(PolicyChangeTest, MergeKeepsTheTargetsAndTellsOfTheRest) {
  const auto target = Write("t.xml", Policy(PathRule('1', "C:\\a")));
  const auto source =
      Write("s.xml", Policy(PathRule('1', "C:\\b") + PathRule('2', "C:\\c"), "AuditOnly"));
  const Ran ran = RunCli({"policy", "merge", target, source});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_THAT(ran.err, HasSubstr("stays Enabled"));
  EXPECT_THAT(ran.err, HasSubstr("is dropped"));
  EXPECT_THAT(ran.out, HasSubstr("Path=\"C:\\a\""));
  EXPECT_THAT(ran.out, HasSubstr("Path=\"C:\\c\""));
  EXPECT_THAT(ran.out, Not(HasSubstr("Path=\"C:\\b\"")));
}

TEST_F(PolicyChangeTest, MergeAsGroupPoliciesTakesTheLater) {
  const auto first = Write("1.xml", Policy(PathRule('1', "C:\\a")));
  const auto second = Write("2.xml", Policy(PathRule('1', "C:\\b"), "AuditOnly"));
  const auto output = folder_ / "out.xml";
  const Ran ran = RunCli({"policy", "merge", "--as", "gpo", first, second, "-o", output});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(Read("out.xml"), HasSubstr("EnforcementMode=\"AuditOnly\""));
  EXPECT_THAT(Read("out.xml"), HasSubstr("Path=\"C:\\b\""));
  EXPECT_EQ(RunCli({"policy", "merge", first}).status, ExitStatus::kUsage);
  EXPECT_EQ(RunCli({"policy", "merge", "--as", "both", first, second}).status, ExitStatus::kUsage);
}

TEST_F(PolicyChangeTest, DiffSaysWhatDiffersAndExitsWithIt) {
  const auto a = Write("a.xml", Policy(PathRule('1', "C:\\a") + PathRule('2', "C:\\b")));
  const auto b = Write("b.xml", Policy(PathRule('1', "C:\\a", "Deny") + PathRule('3', "C:\\b")));
  const Ran ran = RunCli({"policy", "diff", a, b});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("~ rule-changed Exe"));
  EXPECT_THAT(ran.out, HasSubstr("action: \"Allow\" -> \"Deny\""));
  EXPECT_THAT(ran.out, HasSubstr("~ rule-renumbered Exe"));
  const Ran same = RunCli({"policy", "diff", a, a});
  EXPECT_EQ(same.status, ExitStatus::kDone);
  EXPECT_THAT(same.out, IsEmpty());
  EXPECT_EQ(RunCli({"policy", "diff", a, folder_ / "absent"}).status, ExitStatus::kFailed);
}

TEST_F(PolicyChangeTest, ADifferenceIsAppliedInPlace) {
  const auto a = Write("a.xml", Policy(PathRule('1', "C:\\a") + PathRule('2', "C:\\b")));
  const auto b =
      Write("b.xml", Policy(PathRule('2', "C:\\b", "Deny") + PathRule('3', "C:\\c"), "AuditOnly"));
  const auto changes = Write("changes", RunCli({"policy", "diff", "--format", "json", a, b}).out);
  const Ran ran = RunCli({"policy", "edit", "apply", a, changes});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_EQ(RunCli({"policy", "diff", a, b}).status, ExitStatus::kDone);
  const Ran twice = RunCli({"policy", "edit", "apply", a, changes});
  EXPECT_EQ(twice.status, ExitStatus::kFailed);
  EXPECT_THAT(twice.err, HasSubstr("a.xml: rule"));
  const Ran mangled = RunCli({"policy", "edit", "apply", a, Write("bad", "\n{}\n")});
  EXPECT_EQ(mangled.status, ExitStatus::kFailed);
  EXPECT_THAT(mangled.err, HasSubstr("bad: line 2: change: is missing"));
}

TEST_F(PolicyChangeTest, DiffOnFactsTellsWhoseVerdictChanges) {
  const auto a = Write("a.xml", Policy(PathRule('1', "C:\\a\\*", "Allow", "all of a")));
  const auto b = Write("b.xml", Policy(PathRule('2', "C:\\b\\*", "Allow", "all of b")));
  const auto facts = Write("facts", R"({"path":"C:\\a\\x.exe","collection":"Exe"})"
                                    "\n"
                                    R"({"path":"C:\\c\\x.exe","collection":"Exe"})"
                                    "\n");
  const Ran ran = RunCli({"policy", "diff", a, b, "--on", facts});
  EXPECT_EQ(ran.status, ExitStatus::kFound) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("C:\\a\\x.exe"));
  EXPECT_THAT(ran.out, HasSubstr("Allowed by 00000000-0000-0000-0000-000000000001 \"all of a\""));
  EXPECT_THAT(ran.out, HasSubstr("now DeniedByDefault by default"));
  EXPECT_THAT(ran.out, Not(HasSubstr("C:\\c")));
  EXPECT_THAT(ran.err, HasSubstr("2 files, 1 change"));
  const auto objects = RunCli({"policy", "diff", "--format", "json", a, b, "--on", facts, "--user",
                               "S-1-5-21-1-2-3-4", "--user", "S-1-5-21-1-2-3-5"})
                           .objects();
  ASSERT_EQ(objects.size(), 2U) << "a line for each user";
  EXPECT_EQ(TextOf(objects[1], "user"), "S-1-5-21-1-2-3-5");
  EXPECT_EQ(TextOf(*objects[0].Find("before"), "verdict"), "Allowed");
  EXPECT_EQ(TextOf(*objects[0].Find("after"), "verdict"), "DeniedByDefault");
  EXPECT_EQ(RunCli({"policy", "diff", a, a, "--on", facts}).status, ExitStatus::kDone);
}

TEST_F(PolicyChangeTest, OptimizeSaysWhatWentAndWhy) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a\\*", "Allow", "folder") +
                                            PathRule('2', "C:\\a\\b", "Allow", "file")));
  const Ran ran = RunCli({"policy", "optimize", policy});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_THAT(ran.err, HasSubstr("\"file\" is covered by 00000000-0000-0000-0000-000000000001"));
  EXPECT_THAT(ran.err, HasSubstr("1 of 2 rules left"));
  EXPECT_THAT(ran.out, Not(HasSubstr("C:\\a\\b")));
  const Ran json =
      RunCli({"policy", "optimize", policy, "--format", "json", "-o", folder_ / "out.xml"});
  const auto object = ParseJson(json.err.substr(0, json.err.find('\n')));
  ASSERT_TRUE(object) << json.err;
  EXPECT_EQ(TextOf(*object, "why"), "covered");
  EXPECT_EQ(TextOf(*object, "by_name"), "folder");
  EXPECT_EQ(Read("out.xml"), ran.out);
}

TEST_F(PolicyChangeTest, EditAddsAndRemovesARule) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a")));
  ASSERT_EQ(chmod(policy.c_str(), 0640), 0);
  const Ran added = RunCli({"policy", "edit", "add-rule", policy, "--collection", "Exe", "--action",
                            "deny", "--publisher", "O=A", "--low", "1.0.0.0", "--except-path",
                            "C:\\x", "--name", "mine"});
  EXPECT_EQ(added.status, ExitStatus::kDone) << added.err;
  struct stat status {};
  ASSERT_EQ(stat(policy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  const auto rules = Rules("p.xml");
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(TextOf(rules[1], "name"), "mine");
  EXPECT_EQ(TextOf(rules[1], "action"), "Deny");
  const std::string before = Read("p.xml");
  const Ran removed = RunCli({"policy", "edit", "remove-rule", policy, TextOf(rules[1], "id")});
  EXPECT_EQ(removed.status, ExitStatus::kDone) << removed.err;
  EXPECT_EQ(Rules("p.xml").size(), 1U);
  EXPECT_NE(Read("p.xml"), before);
  const Ran absent = RunCli({"policy", "edit", "remove-rule", policy, TextOf(rules[1], "id")});
  EXPECT_EQ(absent.status, ExitStatus::kFailed);
  EXPECT_THAT(absent.err, HasSubstr("is not in the policy"));
}

TEST_F(PolicyChangeTest, EditSaysThatACollectionIsLeftOpen) {
  const std::string first = "00000000-0000-0000-0000-000000000001";
  const std::string second = "00000000-0000-0000-0000-000000000002";
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a") + PathRule('2', "C:\\b")));
  const auto audited = Write("audited.xml", Policy(PathRule('1', "C:\\a"), "AuditOnly"));
  const auto empty = Write("empty.xml", Policy(""));
  const auto changes =
      Write("changes", RunCli({"policy", "diff", "--format", "json", policy, empty}).out);
  const Ran applied =
      RunCli({"policy", "edit", "apply", policy, changes, "-o", folder_ / "out.xml"});
  EXPECT_THAT(applied.err, HasSubstr("collection Exe, which from now on allows everything"));
  EXPECT_THAT(RunCli({"policy", "edit", "remove-rule", policy, first}).err, IsEmpty());
  const Ran last = RunCli({"policy", "edit", "remove-rule", policy, second});
  EXPECT_EQ(last.status, ExitStatus::kDone);
  EXPECT_THAT(last.err, HasSubstr("collection Exe, which from now on allows everything"));
  EXPECT_THAT(RunCli({"policy", "edit", "remove-rule", audited, first}).err, IsEmpty());
}

TEST_F(PolicyChangeTest, EditLosesNoneOfManyAtOnce) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a")));
  constexpr int kThreads = 4;
  constexpr int kRules = 10;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&policy, thread] {
      for (int i = 0; i < kRules; ++i) {
        const std::string path = fmt::format("C:\\{}\\{}", thread, i);
        const Ran ran = RunCli({"policy", "edit", "add-rule", policy, "--collection", "Exe",
                                "--action", "allow", "--path", path});
        EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Rules("p.xml").size(), 1U + kThreads * kRules);
}

TEST_F(PolicyChangeTest, EditRefusesWrongUsage) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a")));
  const Ran id = RunCli({"policy", "edit", "remove-rule", policy, "notanid"});
  EXPECT_EQ(id.status, ExitStatus::kUsage);
  EXPECT_THAT(id.err, HasSubstr("GUID"));
  const Ran collection =
      RunCli({"policy", "edit", "set-mode", policy, "--collection", "Bogus", "--mode", "audit"});
  EXPECT_EQ(collection.status, ExitStatus::kUsage);
  EXPECT_THAT(collection.err, HasSubstr("ManagedInstaller is allowed"));
}

TEST_F(PolicyChangeTest, EditTakesTheHashThatAFileHas) {
  const auto policy = Write("p.xml", Policy(""));
  const auto file = Write("tool.sh", "#!/bin/sh\n");
  const Ran added = RunCli({"policy", "edit", "add-rule", policy, "--collection", "Script",
                            "--action", "allow", "--hash-of", file});
  EXPECT_EQ(added.status, ExitStatus::kDone) << added.err;
  EXPECT_THAT(added.err, HasSubstr("first rule of collection Script"));
  EXPECT_THAT(Read("p.xml"), HasSubstr("SourceFileName=\"tool.sh\" SourceFileLength=\"10\""));
  const Ran judged = RunCli({"test", "--policy", policy, "--filter", "Allowed", file});
  EXPECT_THAT(judged.out, HasSubstr("tool.sh"));
  EXPECT_EQ(RunCli({"policy", "edit", "add-rule", policy, "--collection", "Exe", "--action",
                    "allow", "--hash-of", folder_ / "absent"})
                .status,
            ExitStatus::kFailed);
  EXPECT_EQ(
      RunCli({"policy", "edit", "add-rule", policy, "--collection", "Exe", "--action", "allow"})
          .status,
      ExitStatus::kUsage);
}

TEST_F(PolicyChangeTest, EditSetsAModeAndNothingElse) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a")));
  EXPECT_EQ(RunCli({"policy", "edit", "set-mode", policy, "--collection", "Exe", "--mode", "audit",
                    "-o", folder_ / "audit.xml"})
                .status,
            ExitStatus::kDone);
  EXPECT_EQ(Read("p.xml"), Policy(PathRule('1', "C:\\a"))) << "-o leaves the policy";
  const Ran differ = RunCli({"policy", "diff", policy, folder_ / "audit.xml"});
  EXPECT_EQ(differ.out, "~ collection-changed Exe\n    mode: \"Enabled\" -> \"AuditOnly\"\n");
  EXPECT_EQ(
      RunCli({"policy", "edit", "set-mode", policy, "--collection", "Exe", "--mode", "enabled"})
          .status,
      ExitStatus::kDone);
  EXPECT_EQ(Read("p.xml"), Policy(PathRule('1', "C:\\a"))) << "not written where nothing changes";
}

TEST_F(PolicyChangeTest, EditLeavesCompiledAndRefusedPoliciesAlone) {
  const auto policy = Write("p.xml", Policy(PathRule('1', "C:\\a")));
  const auto compiled = folder_ / "p.compiled";
  ASSERT_EQ(RunCli({"policy", "compile", policy, "-o", compiled}).status, ExitStatus::kDone);
  const Ran ran =
      RunCli({"policy", "edit", "set-mode", compiled, "--collection", "Exe", "--mode", "audit"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("compiled policy"));
  const auto broken = Write("broken.xml", "<AppLocker");
  EXPECT_EQ(RunCli({"policy", "edit", "set-mode", broken, "--collection", "Exe", "--mode", "audit"})
                .status,
            ExitStatus::kFailed);
  EXPECT_EQ(Read("broken.xml"), "<AppLocker");
  const Ran too_long =
      RunCli({"policy", "edit", "add-rule", policy, "--collection", "Exe", "--action", "allow",
              "--path", "x", "--name", std::string(1025, 'n')});
  EXPECT_EQ(too_long.status, ExitStatus::kFailed);
  EXPECT_EQ(Read("p.xml"), Policy(PathRule('1', "C:\\a")));
}

TEST_F(PolicyChangeTest, ShowEffectiveSaysWhereEachPartCameFrom) {
  const auto first = Write("1.xml", Policy(PathRule('1', "C:\\a") + PathRule('2', "C:\\b")));
  const auto second = Write("2.xml", Policy(PathRule('2', "C:\\c"), "AuditOnly"));
  const Ran ran = RunCli({"policy", "show", "--effective", first, second});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Exe: AuditOnly, 2 rules\n  set by " + second +
                                 ", the last that configures it, over " + first));
  EXPECT_THAT(ran.out, HasSubstr("from " + first));
  EXPECT_THAT(ran.out, HasSubstr("is replaced by that of " + second));
  const auto objects =
      RunCli({"policy", "show", "--effective", "--format", "json", first, second}).objects();
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(TextOf(objects[0], "enforcement_from"), second);
  EXPECT_EQ(TextOf(objects[1], "file"), first);
  EXPECT_EQ(TextOf(objects[2], "file"), second);
  EXPECT_EQ(TextOf(objects[3], "about"), "replaced");
  EXPECT_EQ(TextOf(objects[3], "by"), second);
}

}  // namespace
}  // namespace portcullis::cli
