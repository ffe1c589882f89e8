// SPDX-License-Identifier: Apache-2.0
// The commands by their contract, run inside this program over files made here.
#include "cli/commands.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kScript = "#!/bin/sh\nexit 0\n";

std::string PathRule(std::string_view action, std::string_view sid, std::string_view path,
                     int number, std::string_view exceptions = "") {
  return fmt::format(
      R"(<FilePathRule Id="00000000-0000-0000-0000-{:012}" Name="{} {}" Description="" )"
      R"(UserOrGroupSid="{}" Action="{}"><Conditions><FilePathCondition Path="{}"/></Conditions>{}</FilePathRule>)",
      number, action, path, sid, action, path, exceptions);
}

std::string Policy(std::string_view type, std::string_view mode, const std::string& rules) {
  return fmt::format(
      R"(<AppLockerPolicy Version="1"><RuleCollection Type="{}" EnforcementMode="{}">{}</RuleCollection></AppLockerPolicy>)",
      type, mode, rules);
}

class CommandTest : public ::testing::Test {
 protected:
  // Scripts below `good` are allowed to Everyone, those below `bad` denied.
  std::string MakePolicy(std::string_view mode = "Enabled", std::string_view name = "policy.xml") {
    const std::string rules =
        PathRule("Allow", "S-1-1-0", "%OSDRIVE%" + folder_.path() + "/good/*", 1) +
        PathRule("Deny", "S-1-1-0", folder_.path() + "/bad/*", 2) +
        PathRule("Allow", "S-1-5-32-544", "*", 3);
    return folder_.Write(std::string(name), Policy("Script", mode, rules));
  }
  void MakeFiles() {
    folder_.Write("tree/good", kScript);
    folder_.Write("good/a", kScript);
    folder_.Write("bad/b", kScript);
    folder_.Write("other/c", kScript);
    folder_.Write("other/notes.txt", "text\n");
  }
  std::vector<std::string> Verdicts(const Ran& ran) {
    std::vector<std::string> verdicts;
    for (const JsonValue& object : ran.objects()) {
      std::string path = TextOf(object, "path");
      if (path.starts_with(folder_.path())) path.erase(0, folder_.path().size() + 1);
      verdicts.push_back(path + " " + TextOf(object, "verdict") + " " + TextOf(object, "reason"));
    }
    return verdicts;
  }

  Folder folder_;
};

TEST_F(CommandTest, HelpNamesTheCommandsAndAnExampleOfEach) {
  const Ran help = RunCli({"--help"});
  EXPECT_EQ(help.status, ExitStatus::kDone);
  for (const char* word : {"inspect", "test", "explain", "policy", "Exit status"}) {
    EXPECT_THAT(help.out, HasSubstr(word));
  }
  for (const Command& command : Commands()) {
    std::vector<std::string> arguments;
    std::istringstream words(command.name);
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.emplace_back("--help");
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.status, ExitStatus::kDone) << command.name;
    EXPECT_THAT(ran.out, HasSubstr("Example:\n  portcullis " + std::string(command.name)));
    EXPECT_THAT(ran.err, IsEmpty());
  }
  EXPECT_THAT(RunCli({"--version"}).out, StartsWith("portcullis "));
}

TEST_F(CommandTest, WrongUsageIsTwoWithOneLine) {
  const std::string policy = MakePolicy();
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"frobnicate"},
      {"inspect"},
      {"test", "/bin/ls"},
      {"test", "--policy", policy},
      {"policy", "check"},
      {"policy"},
      {"inspect", "--format", "xml", "/bin/ls"},
      {"inspect", "--no-such-option", "/bin/ls"},
      {"inspect", "--at", "yesterday", "/bin/ls"},
      {"inspect", "--as", "dance", "/bin/ls"},
      {"inspect", "--map", "x", "/bin/ls"},
      {"inspect", "--jobs", "0", "/bin/ls"},
      {"test", "--policy", policy, "--user", "S-1-x", "/bin/ls"},
      {"test", "--policy", policy, "--groups", "staff", "/bin/ls"},
      {"test", "--policy", policy, "--filter", "Maybe", "/bin/ls"},
      {"test", "--policy", policy, "--settings", "colour=on", "/bin/ls"},
      {"test", "--policy", policy, "--settings", "scripts_use_exe_view=perhaps", "/bin/ls"},
  };
  for (const auto& row : rows) {
    const Ran ran = RunCli(row);
    const std::string shown = ::testing::PrintToString(row);
    EXPECT_EQ(ran.status, ExitStatus::kUsage) << shown;
    EXPECT_THAT(ran.err, AllOf(StartsWith("portcullis: "), EndsWith("\n"))) << shown;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << shown << ran.err;
    EXPECT_THAT(ran.out, IsEmpty()) << shown;
  }
}

TEST_F(CommandTest, WhatCanNotBeDoneIsThreeAndNamesTheFile) {
  const std::string policy = MakePolicy();
  const std::string script = folder_.Write("good/a", kScript);
  const std::string broken =
      folder_.Write("broken.xml", "<AppLockerPolicy Version=\"1\">\n  <x/>\n");
  const struct {
    std::vector<std::string> arguments;
    std::string word;
  } rows[] = {
      {{"test", "--policy", folder_ / "absent.xml", script}, "absent.xml: No such file"},
      {{"test", "--policy", broken, script}, "broken.xml: line 2"},
      {{"test", "--policy", folder_.path(), script}, "is a directory"},
      {{"test", "--policy", policy, "--and", broken, script}, "broken.xml: line 2"},
      {{"test", "--policy", policy, "--user", "no-such-account-here", script}, "no such account"},
      {{"test", "--policy", policy, "--map", "/nowhere=C:", script}, "/nowhere: No such file"},
      {{"test", "--policy", policy, "--trust", "/nowhere", script}, "/nowhere: No such file"},
      {{"test", "--policy", policy, "--macros", "/nowhere", script}, "/nowhere: No such file"},
      {{"test", "--policy", policy, "--facts", "/nowhere"}, "/nowhere: No such file"},
      {{"test", "--policy", policy, folder_ / "absent"}, "absent: No such file"},
      {{"inspect", folder_ / "absent"}, "absent: No such file"},
      {{"inspect", folder_.path()}, "is a directory"},
      {{"inspect", "/dev/null"}, "is a device"},
      {{"policy", "check", folder_ / "absent.xml"}, "absent.xml: No such file"},
      {{"policy", "show", broken}, "broken.xml: line 2"},
  };
  for (const auto& row : rows) {
    const Ran ran = RunCli(row.arguments);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << row.word;
    EXPECT_THAT(ran.err, HasSubstr(row.word)) << ran.err;
  }
}

TEST_F(CommandTest, InspectPrintsTheFieldsOfTheContract) {
  const std::string script = folder_.Write("tool.sh", kScript);
  const Ran ran = RunCli({"inspect", "--format", "json", script});
  ASSERT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  ASSERT_THAT(ran.objects(), SizeIs(1));
  const JsonValue object = ran.objects()[0];
  ASSERT_NE(object.AsObject(), nullptr);
  const std::pair<std::string_view, std::string> expected[] = {
      {"schema", "1"},
      {"path", script},
      {"operation", "script"},
      {"collection", "Script"},
      {"kind", "script"},
      {"size", "17"},
      {"sha256", "306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb"},
      {"publisher", "null"},
      {"version_info", "null"},
      {"package", "null"}};
  for (const auto& [key, value] : expected) EXPECT_EQ(TextOf(object, key), value) << key;
  EXPECT_EQ(TextOf(*object.Find("hash"), "type"), "SHA256");
  EXPECT_EQ(TextOf(*object.Find("hash"), "data"),
            "0x306C6CA7407560340797866E077E053627AD409277D1B9DA58106FCE4CF717CB");
  EXPECT_EQ(TextOf(*object.Find("signature"), "status"), "unsigned");
  const JsonValue& path = object.Find("paths")->AsArray()->front();
  EXPECT_EQ(TextOf(path, "text"), script);
  EXPECT_EQ(TextOf(path, "verified"), "true");
  EXPECT_EQ(TextOf(path, "case_sensitive"), "true");
}

TEST_F(CommandTest, InspectPrintsARecordOrARow) {
  MakeFiles();
  const Ran record = RunCli({"inspect", folder_ / "good/a"});
  EXPECT_THAT(record.out, AllOf(HasSubstr("sha256"), HasSubstr("%OSDRIVE%")));
  const Ran rows = RunCli({"inspect", "-r", folder_ / "other"});
  ASSERT_THAT(rows.lines(), SizeIs(3));
  EXPECT_THAT(rows.lines()[0], StartsWith("COLLECTION"));
  EXPECT_THAT(rows.lines()[1], AllOf(StartsWith("Script"), EndsWith("other/c")));
  EXPECT_THAT(rows.lines()[2], AllOf(StartsWith("-"), EndsWith("notes.txt")));
}

TEST_F(CommandTest, CarriesNamesThatAreNoText) {
  const std::string name = folder_.Write("odd/\xFF\n\x1b[31m", kScript);
  const Ran json = RunCli({"inspect", "-r", "--format", "json", folder_ / "odd"});
  ASSERT_THAT(json.objects(), SizeIs(1));
  EXPECT_THAT(TextOf(json.objects()[0], "path"), HasSubstr("\uFFFD\n\x1b"));
  EXPECT_NE(TextOf(json.objects()[0], "path_b64"), "null");
  const Ran table = RunCli({"inspect", name});
  EXPECT_THAT(table.out, HasSubstr("\\xff\\n\\x1b[31m"));
  EXPECT_THAT(table.out, Not(HasSubstr("\x1b")));
  // What one host printed, another judges by the same bytes.
  const std::string policy = folder_.Write(
      "p.xml",
      Policy("Script", "Enabled", PathRule("Allow", "S-1-1-0", folder_.path() + "/odd/*", 1)));
  const std::string facts = folder_.Write("facts.jsonl", json.out);
  EXPECT_EQ(RunCli({"test", "--policy", policy, "--facts", facts}).status, ExitStatus::kDone);
}

TEST_F(CommandTest, TestSaysWhatThePolicySays) {
  MakeFiles();
  const Ran ran = RunCli({"test", "--policy", MakePolicy(), "--format", "json", folder_ / "good/a",
                          folder_ / "bad/b", folder_ / "other"});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(Verdicts(ran), ElementsAre("good/a Allowed rule", "bad/b Denied rule",
                                         "other/c DeniedByDefault default",
                                         "other/notes.txt AllowedByDefault not-judged"));
  const JsonValue first = ran.objects()[0];
  EXPECT_EQ(TextOf(first, "user"), "S-1-1-0");
  EXPECT_EQ(TextOf(first, "operation"), "script");
  EXPECT_EQ(TextOf(first, "collection"), "Script");
  EXPECT_EQ(TextOf(first, "enforcement"), "Enabled");
  EXPECT_EQ(TextOf(first, "would_block"), "false");
  EXPECT_EQ(TextOf(*first.Find("rule"), "id"), "00000000-0000-0000-0000-000000000001");
  EXPECT_EQ(TextOf(*first.Find("rule"), "action"), "Allow");
  EXPECT_THAT(TextOf(*first.Find("rule"), "policy"), EndsWith("policy.xml"));
  EXPECT_EQ(TextOf(ran.objects()[1], "would_block"), "true");
  EXPECT_EQ(TextOf(ran.objects()[2], "rule"), "null");
  EXPECT_EQ(TextOf(ran.objects()[3], "operation"), "null");
}

TEST_F(CommandTest, TestPrintsATableAndCounts) {
  MakeFiles();
  const Ran ran = RunCli({"test", "--policy", MakePolicy(), folder_ / "good", folder_ / "bad"});
  ASSERT_THAT(ran.lines(), SizeIs(3));
  EXPECT_THAT(ran.lines()[0], StartsWith("VERDICT"));
  EXPECT_THAT(ran.lines()[1], AllOf(StartsWith("Allowed "), EndsWith("good/a")));
  EXPECT_THAT(ran.lines()[2], AllOf(StartsWith("Denied "), EndsWith("bad/b")));
  EXPECT_THAT(ran.err, HasSubstr("2 files: 1 Allowed, 1 Denied; 1 would be blocked"));
}

TEST_F(CommandTest, AuditedDenialsCountUnlessByEffect) {
  MakeFiles();
  const std::string policy = MakePolicy("AuditOnly");
  const std::string bad = folder_ / "bad/b";
  const Ran ran = RunCli({"test", "--policy", policy, "--format", "json", bad});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_EQ(TextOf(ran.objects()[0], "enforcement"), "AuditOnly");
  EXPECT_EQ(TextOf(ran.objects()[0], "would_block"), "false");
  EXPECT_EQ(RunCli({"test", "--policy", policy, "--by-effect", bad}).status, ExitStatus::kDone);
  EXPECT_EQ(RunCli({"test", "--policy", MakePolicy(), "--by-effect", bad}).status,
            ExitStatus::kFound);
}

TEST_F(CommandTest, FilterPrintsOnlyWhatIsWantedAndCountsAll) {
  MakeFiles();
  const Ran ran = RunCli({"test", "--policy", MakePolicy(), "--format", "json", "--filter",
                          "Denied,deniedbydefault", folder_.path()});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(Verdicts(ran), ElementsAre("bad/b Denied rule", "other/c DeniedByDefault default",
                                         "tree/good DeniedByDefault default"));
  const Ran none =
      RunCli({"test", "--policy", MakePolicy(), "--filter", "Allowed", folder_ / "bad/b"});
  EXPECT_EQ(none.status, ExitStatus::kFound);
}

TEST_F(CommandTest, OrderStaysWhateverTheThreadsDo) {
  for (int i = 0; i < 300; ++i) {
    folder_.Write(fmt::format("tree/{:02}/{:03}", i / 10, i),
                  std::string(static_cast<size_t>(i % 7) * 30'000 + 1, 'x'));
  }
  const Ran one = RunCli({"inspect", "-r", "-j", "1", "--format", "json", folder_ / "tree"});
  ASSERT_THAT(one.lines(), SizeIs(300));
  for (const char* jobs : {"2", "8"}) {
    const Ran more = RunCli({"inspect", "-r", "-j", jobs, "--format", "json", folder_ / "tree"});
    EXPECT_EQ(more.out, one.out) << jobs;
  }
}

TEST_F(CommandTest, UnreadableFilesAreReportedAndCounted) {
  MakeFiles();
  const std::string policy = MakePolicy();
  const Ran some = RunCli({"test", "--policy", policy, "--format", "json", folder_ / "absent",
                           folder_ / "good/a", folder_ / "absent too"});
  EXPECT_EQ(some.status, ExitStatus::kDone);
  ASSERT_THAT(some.objects(), SizeIs(3));
  EXPECT_THAT(TextOf(some.objects()[0], "error"), HasSubstr("No such file"));
  EXPECT_EQ(TextOf(some.objects()[1], "verdict"), "Allowed");
  EXPECT_THAT(some.err, HasSubstr("2 files could not be read"));
  fs::create_directory(folder_ / "empty");
  EXPECT_EQ(RunCli({"test", "--policy", policy, folder_ / "empty"}).status, ExitStatus::kFailed);
}

TEST_F(CommandTest, WalkPassesOverPipesAndLinks) {
  MakeFiles();
  ASSERT_EQ(mkfifo((folder_ / "good/pipe").c_str(), 0600), 0);
  fs::create_symlink("/etc/passwd", folder_ / "good/link");
  fs::create_directory_symlink("/etc", folder_ / "good/etc");
  const Ran ran = RunCli({"test", "--policy", MakePolicy(), "--format", "json", folder_ / "good"});
  EXPECT_THAT(Verdicts(ran), ElementsAre("good/a Allowed rule"));
}

TEST_F(CommandTest, TheUserDecidesWhichRulesApply) {
  MakeFiles();
  const std::string policy = MakePolicy();
  const std::string file = folder_ / "other/c";
  const auto verdict = [&](std::vector<std::string> who) {
    std::vector<std::string> arguments = {"test", "--policy", policy, "--format", "json", file};
    arguments.insert(arguments.end(), who.begin(), who.end());
    const Ran ran = RunCli(arguments);
    return TextOf(ran.objects().at(0), "verdict") + " for " + TextOf(ran.objects().at(0), "user");
  };
  EXPECT_EQ(verdict({}), "DeniedByDefault for S-1-1-0");
  EXPECT_EQ(verdict({"--user", "S-1-22-1-1000"}), "DeniedByDefault for S-1-22-1-1000");
  EXPECT_EQ(verdict({"--user", "S-1-22-1-1000", "--groups", "S-1-5-32-545,S-1-5-32-544"}),
            "Allowed for S-1-22-1-1000");
  EXPECT_EQ(verdict({"--user", "S-1-22-1-1000", "--groups", "S-1-5-32-544:deny-only"}),
            "DeniedByDefault for S-1-22-1-1000");
  EXPECT_EQ(verdict({"--user", "root"}), "Allowed for root");
}

TEST_F(CommandTest, SettingsReachTheToken) {
  const std::string exe = "/usr/bin/true";
  const std::string policy =
      folder_.Write("p.xml", Policy("Exe", "Enabled", PathRule("Allow", "S-1-1-0", "/none/*", 1)));
  const std::vector<std::string> system = {"test", "--policy", policy, "--user", "S-1-5-18", exe};
  EXPECT_EQ(RunCli(system).status, ExitStatus::kDone);  // services are left alone
  std::vector<std::string> group = system;
  group.insert(group.end(), {"--settings", "service_tokens=service_group_alone"});
  EXPECT_EQ(RunCli(group).status, ExitStatus::kFound);
}

TEST_F(CommandTest, EveryLayerMustAllow) {
  MakeFiles();
  const std::string first = MakePolicy();
  const std::string second = folder_.Write(
      "second.xml", Policy("Script", "Enabled", PathRule("Allow", "S-1-1-0", "*/nothing/*", 9)));
  const std::string good = folder_ / "good/a";
  EXPECT_EQ(RunCli({"test", "--policy", first, good}).status, ExitStatus::kDone);
  EXPECT_EQ(RunCli({"test", "--policy", first, "--policy", second, good}).status,
            ExitStatus::kDone);
  EXPECT_EQ(RunCli({"test", "--policy", first, "--and", second, good}).status, ExitStatus::kFound);
}

TEST_F(CommandTest, MapJudgesATreeAsIfItStoodOnWindows) {
  folder_.Write("image/Windows/System32/x.ps1", "Get-Date\n");
  folder_.Write("image/Users/bob/x.ps1", "Get-Date\n");
  const std::string policy =
      folder_.Write("p.xml", Policy("Script", "Enabled",
                                    PathRule("Allow", "S-1-1-0", "%system32%\\*", 1) +
                                        PathRule("Allow", "S-1-1-0", "\\\\srv\\share\\*", 2)));
  const std::string image = folder_ / "image";
  const Ran drive =
      RunCli({"test", "--policy", policy, "--format", "json", "--map", image + "=C:", image});
  EXPECT_THAT(Verdicts(drive), ElementsAre("image/Users/bob/x.ps1 DeniedByDefault default",
                                           "image/Windows/System32/x.ps1 Allowed rule"));
  const Ran unc = RunCli({"test", "--policy", policy, "--map", image + "=\\\\SRV\\Share", image});
  EXPECT_EQ(unc.status, ExitStatus::kDone);
}

TEST_F(CommandTest, MacrosAreConfiguration) {
  const std::string file = folder_.Write("apps/x.ps1", "Get-Date\n");
  const std::string policy = folder_.Write(
      "p.xml", Policy("Script", "Enabled", PathRule("Allow", "S-1-1-0", "%PROGRAMFILES%\\*", 1)));
  const std::string config = folder_.Write("host.conf", "%PROGRAMFILES% = " + folder_ / "apps");
  EXPECT_EQ(RunCli({"test", "--policy", policy, file}).status, ExitStatus::kFound);
  EXPECT_EQ(RunCli({"test", "--policy", policy, "--macros", config, file}).status,
            ExitStatus::kDone);
}

TEST_F(CommandTest, AsOverridesTheOperation) {
  const std::string file = folder_.Write("notes.txt", "text\n");
  const std::string policy = MakePolicy();
  const Ran ran = RunCli({"test", "--policy", policy, "--as", "script", "--format", "json", file});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_EQ(TextOf(ran.objects()[0], "collection"), "Script");
  EXPECT_EQ(RunCli({"test", "--policy", policy, file}).status, ExitStatus::kDone);
}

TEST_F(CommandTest, FactsAreJudgedLikeTheFilesTheyWereMadeOf) {
  MakeFiles();
  const std::string policy = MakePolicy();
  const Ran facts = RunCli({"inspect", "-r", "--format", "json", folder_.path()});
  const std::string file =
      folder_.Write("../" + fs::path(folder_.path()).filename().string() + ".jsonl", facts.out);
  const Ran here = RunCli({"test", "--policy", policy, "--format", "json", folder_.path()});
  const Ran there = RunCli({"test", "--policy", policy, "--format", "json", "--facts", file});
  fs::remove(file);
  // policy.xml itself was inspected before it was written over; the rest is the same.
  EXPECT_EQ(here.out, there.out);
  EXPECT_EQ(here.status, there.status);
}

TEST_F(CommandTest, FactsOfWindowsNeedNoMoreThanPathAndCollection) {
  const std::string policy = folder_.Write(
      "p.xml", Policy("Exe", "Enabled", PathRule("Allow", "S-1-1-0", "%WINDIR%\\*", 1)));
  const std::string facts =
      folder_.Write("facts.jsonl",
                    "{\"path\":\"C:\\\\Windows\\\\notepad.exe\",\"collection\":\"Exe\"}\n"
                    "\n"
                    "{\"path\":\"D:\\\\tool.exe\",\"collection\":\"Exe\"}\n"
                    "{\"path\":\"D:\\\\notes.txt\",\"collection\":null}\n"
                    "{\"path\":\"D:\\\\locked\",\"error\":\"Permission denied\"}\n");
  const Ran ran = RunCli({"test", "--policy", policy, "--format", "json", "--facts", facts});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(
      Verdicts(ran),
      ElementsAre("C:\\Windows\\notepad.exe Allowed rule", "D:\\tool.exe DeniedByDefault default",
                  "D:\\notes.txt AllowedByDefault not-judged", "D:\\locked null null"));
  EXPECT_EQ(TextOf(ran.objects()[0], "operation"), "execute");
  EXPECT_THAT(ran.err, HasSubstr("1 file could not be read"));
}

TEST_F(CommandTest, AFactThatIsNoneEndsTheRunWithFileAndLine) {
  const std::string policy = MakePolicy();
  const std::string facts =
      folder_.Write("facts.jsonl", "{\"path\":\"a\",\"collection\":\"Exe\"}\n{\"path\":\"b\"}\n");
  const Ran ran = RunCli({"test", "--policy", policy, "--facts", facts});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("facts.jsonl: line 2: `collection` is missing"));
}

TEST_F(CommandTest, ReadsPoliciesAndFactsFromStandardInput) {
  MakeFiles();
  const std::string policy = MakePolicy();
  const UniqueFd in(open(policy.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(RunCli({"test", "--policy", "-", folder_ / "bad/b"}, in.get()).status,
            ExitStatus::kFound);
  const UniqueFd facts(open(folder_.Write("f", "{\"path\":\"a\",\"collection\":\"Exe\"}").c_str(),
                            O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(RunCli({"test", "--policy", policy, "--facts", "-"}, facts.get()).status,
            ExitStatus::kDone);
}

TEST_F(CommandTest, SummaryCountsByCollectionAndNamesThePlaces) {
  MakeFiles();
  const Ran ran = RunCli({"test", "--policy", MakePolicy(), "--summary", folder_ / "good",
                          folder_ / "bad", folder_ / "other", folder_ / "absent"});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("Script"));
  EXPECT_THAT(ran.out, HasSubstr("2 files denied in 2 directories"));
  EXPECT_THAT(ran.out, HasSubstr(folder_ / "bad"));
  EXPECT_THAT(ran.out, HasSubstr("1 could not be read"));
  const Ran json =
      RunCli({"test", "--policy", MakePolicy(), "--summary", "--format", "json", folder_ / "good"});
  ASSERT_THAT(json.objects(), SizeIs(1));
  EXPECT_EQ(TextOf(json.objects()[0], "collections"), "[...]");
}

TEST_F(CommandTest, ExplainNamesTheRuleThatDecided) {
  MakeFiles();
  const std::string policy = MakePolicy();
  const Ran denied = RunCli({"explain", "--policy", policy, folder_ / "bad/b"});
  EXPECT_EQ(denied.status, ExitStatus::kFound);
  EXPECT_THAT(denied.out, HasSubstr("Denied"));
  EXPECT_THAT(denied.out, HasSubstr("the deny rule \"Deny "));
  const Ran defaulted = RunCli({"explain", "--policy", policy, folder_ / "other/c"});
  EXPECT_THAT(defaulted.out, HasSubstr("none allows this file for S-1-1-0"));
  EXPECT_THAT(defaulted.out,
              HasSubstr("it is for Administrators (S-1-5-32-544), which S-1-1-0 is not"));
  EXPECT_THAT(defaulted.out, HasSubstr("about other paths"));
}

TEST_F(CommandTest, ExplainTellsACollectionWithDenyRulesAlone) {
  MakeFiles();
  const std::string policy = folder_.Write(
      "p.xml", Policy("Script", "Enabled", PathRule("Deny", "S-1-1-0", "*/nothing/*", 1)));
  const Ran ran = RunCli({"explain", "--policy", policy, folder_ / "other/c"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("has deny rules only"), HasSubstr("No rule came close")));
}

TEST_F(CommandTest, ExplainShowsWhatCouldHaveTurnedTheVerdict) {
  folder_.Write("good/a", kScript);
  const std::string other = folder_.path() + "/GOOD/*";
  const std::string rules = PathRule("Allow", "S-1-1-0", folder_.path() + "/good/*", 1) +
                            PathRule("Deny", "S-1-1-0", other, 2) +
                            PathRule("Allow", "S-1-5-32-544", "*", 3);
  const std::string policy = folder_.Write("p.xml", Policy("Script", "Enabled", rules));
  const Ran ran = RunCli({"explain", "--policy", policy, folder_ / "good/a"});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_THAT(ran.out, HasSubstr("differs from the file's in upper and lower case only"));
  EXPECT_THAT(ran.out, HasSubstr("1 rule for other users\n"));
}

TEST_F(CommandTest, ExplainNamesTheExceptionThatCancelledARule) {
  MakeFiles();
  const std::string exception =
      "<Exceptions><FilePathCondition Path=\"" + folder_.path() + "/other/*\"/></Exceptions>";
  const std::string policy = folder_.Write(
      "p.xml", Policy("Script", "Enabled",
                      PathRule("Allow", "S-1-1-0", folder_.path() + "/*", 1, exception)));
  const Ran ran = RunCli({"explain", "--policy", policy, folder_ / "other/c"});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("its exception is about this file: path " + folder_.path()));
  const Ran json = RunCli({"explain", "--format", "json", "--policy", policy, folder_ / "other/c"});
  ASSERT_THAT(json.objects(), SizeIs(1));
  const JsonValue object = json.objects()[0];
  const auto& trace = *object.Find("trace")->AsArray();
  ASSERT_THAT(trace, SizeIs(1));
  EXPECT_EQ(TextOf(trace[0], "outcome"), "cancelled-by-exception");
  EXPECT_THAT(TextOf(trace[0], "exception"), HasSubstr("other/*"));
}

TEST_F(CommandTest, PolicyCheckReportsEachFileAndTheWorst) {
  const std::string good = MakePolicy();
  const std::string bad =
      folder_.Write("bad.xml",
                    "<AppLockerPolicy Version=\"1\">\n<RuleCollection Type=\"Exe\" "
                    "EnforcementMode=\"Audit\"/>\n</AppLockerPolicy>");
  const Ran ran = RunCli({"policy", "check", "--format", "json", good, bad});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  ASSERT_THAT(ran.objects(), SizeIs(2));
  EXPECT_EQ(TextOf(ran.objects()[0], "ok"), "true");
  const JsonValue collection = ran.objects()[0].Find("collections")->AsArray()->front();
  EXPECT_EQ(TextOf(collection, "type"), "Script");
  EXPECT_EQ(TextOf(collection, "enforcement"), "Enabled");
  EXPECT_EQ(TextOf(collection, "rules"), "3");
  EXPECT_EQ(TextOf(ran.objects()[1], "ok"), "false");
  EXPECT_EQ(TextOf(ran.objects()[1].Find("errors")->AsArray()->front(), "line"), "2");
  EXPECT_EQ(RunCli({"policy", "check", good}).status, ExitStatus::kDone);
  EXPECT_THAT(RunCli({"policy", "check", bad}).out, HasSubstr("bad.xml:2:"));
}

TEST_F(CommandTest, PolicyCheckWarnsOfAnUnknownTypeUnlessStrict) {
  const std::string policy = folder_.Write("odd.xml", Policy("Gadget", "Enabled", ""));
  const Ran warned = RunCli({"policy", "check", "--format", "json", policy});
  EXPECT_EQ(warned.status, ExitStatus::kDone);
  EXPECT_THAT(*warned.objects()[0].Find("warnings")->AsArray(), SizeIs(1));
  EXPECT_EQ(RunCli({"policy", "check", "--strict", policy}).status, ExitStatus::kFailed);
  const std::string file = folder_.Write("x.ps1", "x");
  const Ran tested = RunCli({"test", "--policy", policy, file});
  EXPECT_EQ(tested.status, ExitStatus::kDone);
  EXPECT_THAT(tested.err, HasSubstr("warning: "));
  EXPECT_EQ(RunCli({"test", "--strict", "--policy", policy, file}).status, ExitStatus::kFailed);
}

TEST_F(CommandTest, PolicyShowPrintsEveryRule) {
  const std::string policy = MakePolicy();
  const Ran table = RunCli({"policy", "show", policy});
  EXPECT_EQ(table.status, ExitStatus::kDone);
  EXPECT_THAT(table.out, AllOf(StartsWith("Script: Enabled, 3 rules\n"),
                               HasSubstr("for Administrators (S-1-5-32-544)")));
  const Ran json = RunCli({"policy", "show", "--format", "json", policy});
  ASSERT_THAT(json.objects(), SizeIs(3));
  EXPECT_EQ(TextOf(json.objects()[1], "action"), "Deny");
  EXPECT_EQ(TextOf(*json.objects()[1].Find("condition"), "type"), "path");
}

TEST_F(CommandTest, ShippedPoliciesAreGoodAndAllowWhatTheyPromise) {
  for (const char* name :
       {"share/policies/default-rules.xml", "share/policies/default-rules-with-dll.xml"}) {
    const Ran ran = RunCli({"policy", "check", "--strict", "--format", "json", name});
    ASSERT_EQ(ran.status, ExitStatus::kDone) << ran.err;
    EXPECT_THAT(*ran.objects()[0].Find("warnings")->AsArray(), IsEmpty());
  }
  const std::string policy = "share/policies/default-rules.xml";
  const std::string script = folder_.Write("x.sh", kScript);
  EXPECT_EQ(RunCli({"test", "--policy", policy, "/usr/bin/ldd"}).status, ExitStatus::kDone);
  EXPECT_EQ(RunCli({"test", "--policy", policy, script}).status, ExitStatus::kFound);
  EXPECT_EQ(RunCli({"test", "--policy", policy, "--user", "root", script}).status,
            ExitStatus::kDone);
}

TEST_F(CommandTest, NothingToJudgeIsNoAllClear) {
  const std::string policy = MakePolicy();
  fs::create_directory(folder_.path() + "/empty");
  const std::string no_facts = folder_.Write("none.jsonl", "\n");
  for (const auto& row : std::vector<std::vector<std::string>>{
           {"test", "--policy", policy, folder_.path() + "/empty"},
           {"test", "--policy", policy, "--facts", no_facts},
           {"inspect", "-r", folder_.path() + "/empty"}}) {
    const Ran ran = RunCli(row);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << row[0];
    EXPECT_THAT(ran.err, HasSubstr("nothing to look at")) << row[0];
  }
}

TEST_F(CommandTest, AnOverriddenFactStaysAProgram) {
  const std::string facts =
      folder_.Write("facts.jsonl", R"({"path":"C:\\a.exe","collection":"Exe"})"
                                   "\n");
  const Ran ran = RunCli(
      {"test", "--policy", MakePolicy(), "--facts", facts, "--as", "execute", "--format", "json"});
  EXPECT_EQ(TextOf(ran.objects().at(0), "collection"), "Exe");
}

TEST_F(CommandTest, ExplainNamesTheOneOfTwoPoliciesThatDenied) {
  const std::string allow =
      folder_.Write("allow.xml", Policy("Script", "Enabled", PathRule("Allow", "S-1-1-0", "*", 1)));
  const std::string deny = folder_.Write(
      "deny.xml", Policy("Script", "Enabled", PathRule("Deny", "S-1-1-0", "/nowhere/*", 2)));
  const std::string script = folder_.Write("a.sh", kScript);
  const Ran ran = RunCli({"explain", "--policy", allow, "--and", deny, script});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("deny.xml"), HasSubstr("deny rules only")));
  const Ran turned = RunCli({"explain", "--policy", deny, "--and", allow, script});
  EXPECT_THAT(turned.out, HasSubstr("deny.xml"));
}

}  // namespace
}  // namespace portcullis::cli
