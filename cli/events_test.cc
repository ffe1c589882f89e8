// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "cli/event_query.h"
#include "cli/event_table.h"
#include "cli/test_io.h"
#include "eventlog/event_store.h"

namespace portcullis::cli {
namespace {

using eventlog::Event;
using eventlog::EventId;
using eventlog::EventStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr int64_t kSecond = 1'000'000'000;

int64_t Now() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

Event Denied(const std::string& path, const std::string& user = "alice") {
  Event event;
  event.id = EventId::kProgramDenied;
  event.time_ns = event.last_time_ns = Now();
  event.request_id = "ID-1";
  auto& decision = event.decision.emplace();
  decision.verdict = Verdict::kDenied;
  decision.collection = applocker::CollectionType::kExe;
  decision.enforcement = applocker::EnforcementMode::kEnabled;
  decision.reason = Reason::kRule;
  decision.blocked = true;
  decision.rule.emplace();
  decision.rule->id = "921cc481-6e17-4653-8f75-050b80acca20";
  decision.rule->name = "No tools in homes";
  decision.rule->policy = "corp.xml";
  decision.rule->is_deny = true;
  decision.file.path = path;
  decision.file.path_verified = true;
  decision.process.pid = 77;
  decision.process.program = "/usr/bin/bash";
  decision.process.command_line = {"tool", "-v"};
  decision.process.uid = 1000;
  decision.process.user = user;
  return event;
}

class Events : public ::testing::Test {
 protected:
  void Write(const std::vector<Event>& events) {
    auto store = EventStore::OpenForWriting(path_, {});
    ASSERT_TRUE(store) << store.error().message;
    const auto written = store->Write(events, {});
    ASSERT_TRUE(written) << written.error().message;
  }
  Ran Run(std::vector<std::string> options) {
    options.insert(options.begin(), {"events", "--store", path_});
    return RunCli(options);
  }

  Folder folder_;
  std::string path_ = folder_ / "events.db";
};

TEST_F(Events, ArePrintedNewestLast) {
  Write({Denied("/home/a/one"), Denied("/home/a/two")});
  const Ran ran = Run({});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  const auto lines = ran.lines();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], StartsWith("TIME"));
  EXPECT_THAT(lines[1], HasSubstr("8004  denied    Exe         alice"));
  EXPECT_THAT(lines[1], HasSubstr("No tools in homes"));
  EXPECT_THAT(lines[1], ::testing::EndsWith("/home/a/one"));
  EXPECT_THAT(lines[2], ::testing::EndsWith("/home/a/two"));
}

TEST_F(Events, OfTheServiceShowTheirSentence) {
  Event event;
  event.id = EventId::kRecordsLost;
  event.text = "7 decisions could not be recorded";
  Write({event});
  EXPECT_THAT(Run({}).lines().at(1), HasSubstr("records-lost"));
  EXPECT_THAT(Run({}).lines().at(1), HasSubstr("7 decisions could not be recorded"));
}

TEST_F(Events, ForgeNoLineAndCommandNoTerminal) {
  Write({Denied("/home/a/x\n2026-11-25T00:00:00Z  8002  allowed\x1b[2J\xff\u202e")});
  const auto lines = Run({}).lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[1], HasSubstr("/home/a/x\\n2026"));
  EXPECT_THAT(lines[1], HasSubstr("\\x1b[2J\\xff\\u{202e}"));
  const Ran explained = Run({"--request", "ID-1"});
  EXPECT_THAT(explained.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(explained.out, Not(HasSubstr("\xff")));
}

TEST_F(Events, AreChosenByEachFilter) {
  Event old = Denied("/home/a/old");
  old.time_ns = old.last_time_ns = Now() - 7200 * kSecond;
  Event script = Denied("/home/b/script", "bob");
  script.id = EventId::kScriptDenied;
  script.request_id = "ID-2";
  script.decision->process.uid = 1001;
  Write({old, script, Denied("/home/a/new")});
  const auto count = [this](const std::vector<std::string>& options) {
    return Run(options).lines().size() - 1;
  };
  EXPECT_EQ(count({"--since", "1h"}), 2U);
  EXPECT_EQ(count({"--until", "1h"}), 1U);
  EXPECT_EQ(count({"--id", "8007"}), 1U);
  EXPECT_EQ(count({"--id", "8007,8004"}), 3U);
  EXPECT_EQ(count({"--user", "bob"}), 1U);
  EXPECT_EQ(count({"--user", "1000"}), 2U);
  EXPECT_EQ(count({"--path", "/home/a/new"}), 1U);
  EXPECT_EQ(count({"--user", "alice", "--since", "1h"}), 1U);
  EXPECT_EQ(count({"--user", "nobody"}), 0U);
}

TEST_F(Events, OfALimitAreTheNewest) {
  std::vector<Event> events;
  for (int i = 0; i < 1500; ++i) events.push_back(Denied("/n/" + std::to_string(i)));
  Write(events);
  const auto lines = Run({"--limit", "1200"}).lines();
  ASSERT_THAT(lines, SizeIs(1201));
  EXPECT_THAT(lines[1], HasSubstr("/n/300"));
  EXPECT_THAT(lines.back(), HasSubstr("/n/1499"));
  EXPECT_THAT(Run({}).lines(), SizeIs(1501));
}

TEST_F(Events, ExplainARequest) {
  Event event = Denied("/home/a/my tool");
  event.count = 3;
  Write({event});
  const std::string out = Run({"--request", "ID-1"}).out;
  EXPECT_THAT(out, HasSubstr("denied (event 8004)"));
  EXPECT_THAT(out, HasSubstr("alice, uid 1000"));
  EXPECT_THAT(out, HasSubstr("/usr/bin/bash, process 77"));
  EXPECT_THAT(out, HasSubstr("tool -v"));
  EXPECT_THAT(out,
              HasSubstr("the rule \"No tools in homes\" (921cc481-6e17-4653-8f75-050b80acca20) "
                        "of corp.xml denies it"));
  EXPECT_THAT(out, HasSubstr("3 times"));
  EXPECT_THAT(out, HasSubstr("portcullis explain --policy /etc/portcullis/policy.xml --user alice "
                             "--as execute '/home/a/my tool'"));
}

TEST_F(Events, SayThatARequestIsNotKnown) {
  Write({Denied("/a")});
  const Ran ran = Run({"--request", "ID-9"});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("request id"));
}

TEST_F(Events, ArePrintedAsJsonALineEach) {
  Write({Denied("/home/a/x\ny\xff"), Denied("/home/b")});
  const Ran ran = Run({"--format", "json"});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  ASSERT_THAT(ran.objects(), SizeIs(2));
  for (const JsonValue& object : ran.objects()) EXPECT_NE(object.Find("event"), nullptr);
}

TEST_F(Events, AsFactsAreJudged) {
  Write({Denied("/home/a/tool")});
  const std::string facts = folder_.Write("facts.jsonl", Run({"--format", "facts"}).out);
  const std::string policy = folder_.Write("policy.xml", R"(<AppLockerPolicy Version="1">
  <RuleCollection Type="Exe" EnforcementMode="Enabled">
    <FilePathRule Id="921cc481-6e17-4653-8f75-050b80acc020" Name="x" Description=""
        UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions><FilePathCondition Path="%OSDRIVE%\home\a\*"/></Conditions>
    </FilePathRule>
  </RuleCollection>
</AppLockerPolicy>)");
  const Ran ran = RunCli({"test", "--policy", policy, "--facts", facts, "--format", "json"});
  ASSERT_THAT(ran.objects(), SizeIs(1)) << ran.err;
  EXPECT_EQ(TextOf(ran.objects()[0], "path"), "/home/a/tool");
}

TEST_F(Events, OfNoStoreAreAClearFailure) {
  const Ran ran = Run({});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("there is no event log"));
}

TEST_F(Events, OfWhatIsNoStoreAreAClearFailure) {
  folder_.Write("events.db", std::string(5000, 'x'));
  const Ran ran = Run({});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("not a database"));
}

TEST_F(Events, OfAStoreWithoutAnyAreNone) {
  Write({});
  const Ran ran = Run({});
  EXPECT_EQ(ran.status, ExitStatus::kDone);
  EXPECT_THAT(ran.lines(), SizeIs(1));
}

TEST_F(Events, RefuseWrongUsage) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--since", "yesterday"}, {"--until", "2026-13-01"}, {"--id", "4711"},   {"--id", "x"},
      {"--path", "tool"},       {"--limit", "0"},          {"--format", "csv"}};
  for (const auto& options : wrong) {
    const Ran ran = Run(options);
    EXPECT_EQ(ran.status, ExitStatus::kUsage) << options[1];
    EXPECT_THAT(ran.err, HasSubstr(options[0])) << options[1];
  }
}

// Follows in a child, whose output is a pipe; gives what it printed until `enough` lines were.
class Follower {
 public:
  explicit Follower(const std::string& store) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      FdOutput out(STDOUT_FILENO);
      StringOutput err;
      Io io{out, err, -1, false, 100};
      const auto status = RunPortcullis({"events", "--follow", "--store", store}, io);
      _exit(static_cast<int>(status));
    }
    close(ends[1]);
    out_ = UniqueFd(ends[0]);
  }
  ~Follower() {
    if (child_ > 0) kill(child_, SIGKILL);
    if (child_ > 0) waitpid(child_, nullptr, 0);
  }
  void ReadUntil(const std::string& word) {
    std::array<char, 4096> part;
    while (text.find(word) == std::string::npos) {
      const ssize_t size = read(out_.get(), part.data(), part.size());
      if (size <= 0) return;
      text.append(part.data(), static_cast<size_t>(size));
    }
  }
  void CloseOutput() { out_.Reset(); }
  void Interrupt() { kill(child_, SIGINT); }
  int Status() {
    int status = -1;
    waitpid(std::exchange(child_, -1), &status, 0);
    return status;
  }

  std::string text;

 private:
  pid_t child_ = -1;
  UniqueFd out_;
};

TEST_F(Events, AreFollowedUntilInterrupted) {
  Write({Denied("/before")});
  Follower follower(path_);
  follower.ReadUntil("/before");
  Write({Denied("/after")});
  follower.ReadUntil("/after");
  EXPECT_THAT(follower.text, HasSubstr("/after"));
  follower.Interrupt();
  EXPECT_EQ(follower.Status(), 0);
}

TEST_F(Events, AreFollowedIntoAnotherStore) {
  Write({Denied("/before")});
  Follower follower(path_);
  follower.ReadUntil("/before");
  for (const char* ending : {"", "-wal", "-shm"}) {
    std::error_code none;
    std::filesystem::rename(path_ + ending, path_ + ".bad" + ending, none);
  }
  Write({Denied("/anew")});
  follower.ReadUntil("/anew");
  EXPECT_THAT(follower.text, HasSubstr("/anew"));
}

TEST_F(Events, AreFollowedNoLongerThanSomebodyReads) {
  Write({Denied("/before")});
  Follower follower(path_);
  follower.ReadUntil("/before");
  follower.CloseOutput();
  EXPECT_EQ(follower.Status(), 0);
}

TEST(EventMoments, AreAgesDatesAndTimes) {
  const int64_t now = 1'764'079'200 * kSecond;  // 2025-11-25T14:00:00Z
  const std::vector<std::pair<std::string, int64_t>> moments = {{"0s", 0},
                                                                {"90s", -90},
                                                                {"30m", -1800},
                                                                {"5min", -300},
                                                                {"2h", -7200},
                                                                {"7d", -604'800},
                                                                {"2025-11-25", -50'400},
                                                                {"2025-11-25T14:00:01Z", 1},
                                                                {"2025-11-25T15:00:01+01:00", 1},
                                                                {"2025-11-25T12:30:00-01:30", 0}};
  for (const auto& [text, seconds] : moments) {
    EXPECT_EQ(ParseMoment(text, now), now + seconds * kSecond) << text;
  }
  EXPECT_EQ(ParseMoment("2025-11-25T14:00:00.25Z", now), now + kSecond / 4);
  for (const char* text : {"", "h", "-2h", "2y", "99999999999999999999d", "9999-12-31", "now",
                           "2025-11-25T14:00:00.Z", "2025-11-25T14:00:00+99:00"}) {
    EXPECT_FALSE(ParseMoment(text, now)) << text;
  }
}

TEST(ShellWords, CanBeCopiedAsTheyStand) {
  EXPECT_EQ(ShellWord("/usr/bin/a-b_c.d"), "/usr/bin/a-b_c.d");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("it's $(x)"), "'it'\\''s $(x)'");
  EXPECT_EQ(ShellWord("a\nb'\\"), "$'a\\x0ab\\x27\\x5c'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace portcullis::cli
