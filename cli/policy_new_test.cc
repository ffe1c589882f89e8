// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "cli/test_io.h"
#include "eventlog/event_store.h"
#include "eventlog/sample_events.h"
#include "host/read_file.h"

namespace portcullis::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string TextOfFile(const std::string& path) {
  return ReadFile(path, 1 << 20).value_or("not there");
}

std::string Fact(const std::string& path, char digit, const std::string& more = "") {
  return R"({"path":")" + path + R"(","collection":"Exe","kind":"elf","size":7,"hash":{"type":)" +
         R"("SHA256","data":"0x)" + std::string(64, digit) + R"("})" + more + "}\n";
}

class PolicyNew : public ::testing::Test {
 protected:
  // The whole folder belongs to root, who no rule is a barrier for.
  static bool IsRoot() { return geteuid() == 0; }

  std::string WriteFacts(const std::string& text) { return folder_.Write("facts.jsonl", text); }

  Folder folder_;
  const std::string policy_ = folder_ / "policy.xml";
};

TEST_F(PolicyNew, AllowsWhatTheFactsSay) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a') + Fact("/opt/b", 'b'));
  const Ran made = RunCli({"policy", "new", "--facts", facts, "-o", policy_});
  EXPECT_EQ(made.status, ExitStatus::kDone) << made.err;
  EXPECT_EQ(made.out, "Exe: 2 rules for 2 files\n");
  const Ran tested = RunCli({"test", "--policy", policy_, "--facts", facts});
  EXPECT_EQ(tested.status, ExitStatus::kDone) << tested.out;
  const std::string other = folder_.Write("other.jsonl", Fact("/opt/a", 'c'));
  EXPECT_EQ(RunCli({"test", "--policy", policy_, "--facts", other}).status, ExitStatus::kFound);
}

TEST_F(PolicyNew, CountsAFileOnceHoweverOftenItIsTold) {
  const std::string facts =
      WriteFacts(Fact("/opt/a", 'a') + Fact("/opt/b", 'b') + Fact("/opt/a", 'c') +
                 Fact("/opt/a", 'a') + R"({"path":"/opt/text","collection":null})" + "\n");
  const Ran made = RunCli({"policy", "new", "--facts", facts, "--facts", facts, "-o", policy_});
  EXPECT_EQ(made.out, "Exe: 3 rules for 3 files\n") << made.err;
  EXPECT_THAT(made.err, HasSubstr("note: no collection judges 2 files"));
}

TEST_F(PolicyNew, WritesWhereEachRuleComesFrom) {
  const std::string facts =
      WriteFacts(Fact("/opt/a", 'a', R"(,"host":"web1")") + Fact("/opt/a", 'a'));
  const Ran made = RunCli({"policy", "new", "--facts", facts, "-o", policy_, "--format", "json"});
  ASSERT_THAT(made.objects(), SizeIs(1));
  EXPECT_EQ(TextOf(made.objects()[0], "files"), "2");
  EXPECT_EQ(TextOf(made.objects()[0], "machines"), "2");
  const std::string origins = TextOfFile(policy_ + ".origins.jsonl");
  EXPECT_THAT(origins, HasSubstr(R"("machine":"web1","path":"/opt/a")"));
  EXPECT_THAT(origins, HasSubstr(R"("machine":"facts.jsonl","path":"/opt/a")"));
  const std::string elsewhere = folder_ / "origins";
  RunCli({"policy", "new", "--facts", facts, "--machine", "db7", "--origins", elsewhere});
  EXPECT_THAT(TextOfFile(elsewhere),
              AllOf(HasSubstr(R"("machine":"web1")"), HasSubstr(R"("machine":"db7")")));
}

TEST_F(PolicyNew, PrintsThePolicyWhereNoFileIsNamed) {
  const Ran made = RunCli({"policy", "new", "--facts", WriteFacts(Fact("/opt/a", 'a')), "--prefix",
                           "Corp", "--mode", "audit", "--user", "Users"});
  EXPECT_THAT(made.out,
              AllOf(HasSubstr("<AppLockerPolicy Version=\"1\">"), HasSubstr("Name=\"Corp: a\""),
                    HasSubstr("AuditOnly"), HasSubstr("UserOrGroupSid=\"S-1-5-32-545\"")));
  EXPECT_THAT(made.err, HasSubstr("Exe: 1 rule for 1 file"));
}

TEST_F(PolicyNew, MakesRulesOfWhatWasDeniedOrAudited) {
  const std::string store = folder_ / "events.db";
  {
    auto opened = eventlog::EventStore::OpenForWriting(store, {});
    ASSERT_TRUE(opened) << opened.error().message;
    eventlog::Event denied = eventlog::SampleDenial();
    eventlog::Event allowed = eventlog::SampleDenial();
    allowed.id = eventlog::EventId::kProgramAllowed;
    allowed.decision->file.path = "/usr/bin/other";
    allowed.decision->file.publisher->binary = "OTHER.EXE";
    const std::vector<eventlog::Event> events = {denied, allowed};
    ASSERT_TRUE(opened->Write(events, {}));
  }
  const Ran made =
      RunCli({"policy", "new", "--events", "--store", store, "--machine", "me", "-o", policy_});
  EXPECT_EQ(made.out, "Exe: 1 rule for 1 file\n") << made.err;
  EXPECT_THAT(TextOfFile(policy_), AllOf(HasSubstr("TOOL.EXE"), Not(HasSubstr("OTHER.EXE"))));
  EXPECT_THAT(TextOfFile(policy_ + ".origins.jsonl"),
              HasSubstr(R"("machine":"me","path":"/home/alice/tool")"));
}

TEST_F(PolicyNew, AllowsAFolderOfThisHostUnlessOthersMayWriteThere) {
  if (!IsRoot()) GTEST_SKIP() << "not root: the test's folder is its user's";
  for (const char* name : {"app/a.sh", "app/b.sh", "app/open/c.sh", "app/open/d.sh"}) {
    folder_.Write(name, std::string("#!/bin/sh\necho ") + name);
  }
  const std::vector<std::string> command = {"policy",        "new",        "-r",
                                            folder_ / "app", "--optimize", "--rule-type",
                                            "path,hash",     "-o",         policy_};
  EXPECT_EQ(RunCli(command).out, "Script: 1 rule for 4 files\n");
  EXPECT_THAT(TextOfFile(policy_), HasSubstr("/app/*"));
  chmod((folder_ / "app/open").c_str(), 0777);
  EXPECT_EQ(RunCli(command).out, "Script: 3 rules for 4 files\n");
  const std::string text = TextOfFile(policy_);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("/app/*")), HasSubstr("/app/a.sh\"/>"),
                          HasSubstr("Name=\"c.sh, d.sh\"")));
  EXPECT_EQ(RunCli({"test", "--policy", policy_, folder_ / "app"}).status, ExitStatus::kDone);
}

TEST_F(PolicyNew, AsksADescriptionWhoMayWriteElsewhere) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a') + Fact("/opt/b", 'b'));
  const std::vector<std::string> command = {"policy", "new",         "--facts",   facts,       "-o",
                                            policy_,  "--rule-type", "path,hash", "--optimize"};
  const Ran unknown = RunCli(command);
  EXPECT_EQ(unknown.out, "Exe: 2 rules for 2 files\n");
  EXPECT_THAT(unknown.err, HasSubstr("path rules (2) are for single files"));
  std::vector<std::string> described = command;
  const auto folders = [&](const std::string& mode) {
    const std::string begin = R"(,"owner":0,"group":0,"mode":")";
    return folder_.Write("folders.jsonl", R"({"path":"/","type":"d")" + begin + "0755\"}\n" +
                                              R"({"path":"/opt","type":"d")" + begin + mode +
                                              "\"}\n" + R"({"path":"/opt/a","type":"f")" + begin +
                                              "0755\"}\n" + R"({"path":"/opt/b","type":"f")" +
                                              begin + "0755\"}\n");
  };
  described.insert(described.end(), {"--folders", folders("0755")});
  const Ran closed = RunCli(described);
  EXPECT_EQ(closed.out, "Exe: 1 rule for 2 files\n") << closed.err;
  EXPECT_THAT(TextOfFile(policy_), HasSubstr("%OSDRIVE%/opt/*"));
  folders("0777");
  RunCli(described);
  EXPECT_THAT(TextOfFile(policy_), Not(HasSubstr("FilePathCondition")));
}

TEST_F(PolicyNew, MakesNoPathRuleForWhatIsNotDescribed) {
  const std::string begin = R"(,"owner":0,"group":0,"mode":"0755"})";
  const std::string folders = R"({"path":"/")" + begin + "\n" + R"({"path":"/opt")" + begin + "\n";
  const auto make = [&](const std::string& described) {
    RunCli({"policy", "new", "--facts",
            WriteFacts(Fact("/opt/app/a", 'a') + Fact("/opt/app/b", 'b')), "-o", policy_,
            "--rule-type", "path,hash", "--optimize", "--folders",
            folder_.Write("folders.jsonl", described)});
    return TextOfFile(policy_);
  };
  const std::string app = folders + R"({"path":"/opt/app")" + begin + "\n";
  EXPECT_THAT(make(folders), Not(HasSubstr("FilePathCondition")));
  EXPECT_THAT(make(app), Not(HasSubstr("FilePathCondition")));
  const std::string one = app + R"({"path":"/opt/app/a","type":"f")" + begin + "\n";
  EXPECT_THAT(make(one), AllOf(HasSubstr("/opt/app/a\""), Not(HasSubstr("/app/*"))));
  EXPECT_THAT(make(one + R"({"path":"/opt/app/b","type":"f")" + begin + "\n"),
              HasSubstr("%OSDRIVE%/opt/app/*"));
}

TEST_F(PolicyNew, AsksThisHostOfItsOwnFilesThoughThereAreFactsToo) {
  if (!IsRoot()) GTEST_SKIP() << "not root: the test's folder is its user's";
  folder_.Write("open/x.sh", "#!/bin/sh\n");
  chmod((folder_ / "open").c_str(), 0777);
  const std::string facts = WriteFacts(Fact("/opt/a", 'a'));
  const std::string described = folder_.Write(
      "folders.jsonl", R"({"path":"/","type":"d","owner":0,"group":0,"mode":"0755"})");
  const std::vector<std::string> command = {"policy", "new", "--rule-type", "path",
                                            folder_ / "open/x.sh"};
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {}, {"--facts", facts}, {"--facts", facts, "--host"}, {"--folders", described}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << more.size();
    EXPECT_THAT(ran.err, HasSubstr("open: its mode")) << more.size();
  }
}

// The account may be in other groups there.
TEST_F(PolicyNew, AsksOfOtherHostsWhoeverMayWrite) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a'));
  const std::string root = R"({"path":"/","type":"d","owner":0,"group":0,"mode":"0755"})";
  const std::string rest = R"({"path":"/opt","type":"d","owner":0,"group":2000,"mode":"2775"}
{"path":"/opt/a","type":"f","owner":0,"group":0,"mode":"0755"}
)";
  const std::string folders = folder_.Write("folders.jsonl", root + "\n" + rest);
  const Ran ran = RunCli({"policy", "new", "--rule-type", "path", "--user", "daemon", "--facts",
                          facts, "--folders", folders});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("the user can write /opt"));
}

TEST_F(PolicyNew, NamesTheFileThatHasNoRule) {
  const std::string facts =
      WriteFacts(Fact("/opt/a", 'a') + R"({"path":"/opt/b","collection":"Exe"})");
  const Ran refused = RunCli({"policy", "new", "--facts", facts, "-o", policy_});
  EXPECT_EQ(refused.status, ExitStatus::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("/opt/b"));
  EXPECT_EQ(TextOfFile(policy_), "not there");
  const Ran skipped = RunCli({"policy", "new", "--facts", facts, "-o", policy_, "--skip-missing"});
  EXPECT_EQ(skipped.status, ExitStatus::kDone);
  EXPECT_THAT(skipped.err, HasSubstr("warning: /opt/b: no rule: it counts as unsigned; its hash is "
                                     "not known"));
}

TEST_F(PolicyNew, GivesTheSameBytesForTheSameFacts) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a') + Fact("/opt/b", 'b'));
  const std::string reversed =
      folder_.Write("reversed/facts.jsonl", Fact("/opt/b", 'b') + Fact("/opt/a", 'a'));
  const std::string other = folder_ / "other.xml";
  RunCli({"policy", "new", "--facts", facts, "-o", policy_, "--default-rules"});
  RunCli({"policy", "new", "--facts", reversed, "-o", other, "--default-rules"});
  EXPECT_TRUE(TextOfFile(policy_) == TextOfFile(other));
  EXPECT_TRUE(TextOfFile(policy_ + ".origins.jsonl") == TextOfFile(other + ".origins.jsonl"));
}

TEST_F(PolicyNew, KeepsTheFormerOriginsWhereThePolicyCanNotBeWritten) {
  const std::string origins = folder_.Write("o.jsonl", "former");
  const std::string output = folder_.Write("folder/x", "");
  const std::string facts = WriteFacts(Fact("/opt/a", 'a'));
  const Ran ran =
      RunCli({"policy", "new", "--facts", facts, "-o", folder_ / "folder", "--origins", origins});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_EQ(TextOfFile(origins), "former");
}

TEST_F(PolicyNew, RefusesToWriteOneFileOverTheOther) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a'));
  folder_.Write("folder/x", "");
  for (const std::string& origins : {policy_, folder_ / "folder/../policy.xml", std::string("-")}) {
    const Ran ran =
        RunCli({"policy", "new", "--facts", facts, "-o", policy_, "--origins", origins});
    EXPECT_EQ(ran.status, ExitStatus::kUsage) << origins;
    EXPECT_THAT(ran.err, HasSubstr("--origins")) << origins;
    EXPECT_EQ(TextOfFile(policy_), "not there") << origins;
  }
}

struct Misuse {
  std::vector<std::string> arguments;
  const char* word;
};

TEST_F(PolicyNew, RefusesWhatItDoesNotUnderstand) {
  const std::string facts = WriteFacts(Fact("/opt/a", 'a'));
  for (const Misuse& misuse : std::vector<Misuse>{
           {{}, "no PATH"},
           {{"--rule-type", "path,name"}, "publisher, path and hash"},
           {{"--rule-type", "path,path"}, "twice"},
           {{"--publisher-level", "all"}, "all-signed"},
           {{"--version", "newest"}, "at-least"},
           {{"--version", "any", "--publisher-level", "file"}, "publisher-level version"},
           {{"--mode", "on"}, "not-configured"},
           {{"--service-enforcement", "on"}, "services-only"},
           {{"--whole", "/opt"}, "--optimize"}}) {
    std::vector<std::string> arguments = {"policy", "new"};
    if (!misuse.arguments.empty()) arguments.insert(arguments.end(), {"--facts", facts});
    arguments.insert(arguments.end(), misuse.arguments.begin(), misuse.arguments.end());
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.status, ExitStatus::kUsage) << misuse.word;
    EXPECT_THAT(ran.err, HasSubstr(misuse.word));
  }
}

TEST_F(PolicyNew, SaysWhatCouldNotBeRead) {
  for (const Misuse& failure : std::vector<Misuse>{
           {{"--facts", "/nowhere"}, "/nowhere: No such file"},
           {{"--facts", WriteFacts("{}\n")}, "line 1"},
           {{"--events", "--store", "/nowhere.db"}, "/nowhere.db"},
           {{"--default-rules", "--user", "no-such-account"}, "--user no-such-account"},
           {{"--default-rules", "--folders", "/nowhere"}, "/nowhere"},
           {{"--default-rules", "-o", "/nowhere/policy.xml"}, "/nowhere/policy.xml"}}) {
    std::vector<std::string> arguments = {"policy", "new"};
    arguments.insert(arguments.end(), failure.arguments.begin(), failure.arguments.end());
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << failure.word;
    EXPECT_THAT(ran.err, HasSubstr(failure.word));
  }
}

}  // namespace
}  // namespace portcullis::cli
