// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_printer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <ctime>
#include <thread>

#include "base/json_value.h"
#include "cli/serve_summary.h"
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;
using enforcement::AnsweredBy;
using enforcement::DecisionRecord;
using enforcement::ServiceEvent;
using ::testing::HasSubstr;
using ::testing::Not;

DecisionRecord Record(std::string path, Verdict verdict = Verdict::kAllowed) {
  DecisionRecord record;
  record.file.path = std::move(path);
  record.file.path_verified = true;
  record.verdict = verdict;
  record.collection = CollectionType::kExe;
  record.enforcement = EnforcementMode::kEnabled;
  record.reason = Reason::kDefault;
  record.process.user = "alice";
  record.process.program = "/usr/bin/bash";
  return record;
}

DecisionRecord Blocked(std::string path) {
  DecisionRecord record = Record(std::move(path), Verdict::kDenied);
  record.blocked = true;
  record.reason = Reason::kRule;
  record.rule = eventlog::EventRule{"a1", "no tools", "", "corp.xml", true};
  return record;
}

struct Printed {
  StringOutput out;
  StringOutput err;
  Io io{out, err, -1, false, 100};
};

TEST(EffectOf, TellsBlockedFromObservedAndAudited) {
  EXPECT_STREQ(EffectOf(Record("a")), "");
  EXPECT_STREQ(EffectOf(Blocked("a")), "blocked");
  DecisionRecord denied = Record("a", Verdict::kDeniedByDefault);
  EXPECT_STREQ(EffectOf(denied), "would block");
  denied.enforcement = EnforcementMode::kAuditOnly;
  EXPECT_STREQ(EffectOf(denied), "audited");
}

TEST(RuleOrReason, NamesWhatDecided) {
  EXPECT_EQ(RuleOrReason(Blocked("a")), "no tools");
  DecisionRecord record = Blocked("a");
  record.rule->name.clear();
  EXPECT_EQ(RuleOrReason(record), "a1");
  EXPECT_EQ(RuleOrReason(Record("a")), "default");
  record.answered_by = AnsweredBy::kBusyFile;
  EXPECT_EQ(RuleOrReason(record), "busy-file");
}

TEST(ServePrinter, PrintsALineADecisionForPeople) {
  Printed printed;
  ServePrinter printer(printed.io, ServePrinter::Format::kTable);
  DecisionRecord record = Blocked("/home/alice/\x1b[2Jtool");
  record.file.path_verified = false;
  printer.Record(record);
  const std::string& line = printed.out.text;
  EXPECT_THAT(line, HasSubstr("alice"));
  EXPECT_THAT(line, HasSubstr("Denied            blocked"));
  EXPECT_THAT(line, HasSubstr("no tools"));
  EXPECT_THAT(line, HasSubstr("/home/alice/\\x1b[2Jtool (as its task has it) by /usr/bin/bash\n"));
  EXPECT_EQ(printed.err.text, "");
}

TEST(ServePrinter, SaysThatAnAskerWasGone) {
  Printed printed;
  DecisionRecord record = Record("/tmp/x");
  record.process.user.clear();
  record.process.program.clear();
  ServePrinter(printed.io, ServePrinter::Format::kTable).Record(record);
  EXPECT_THAT(printed.out.text, HasSubstr("gone"));
  EXPECT_THAT(printed.out.text, Not(HasSubstr(" by ")));
}

TEST(ServePrinter, PrintsAllJsonOnStandardError) {
  Printed printed;
  ServePrinter printer(printed.io, ServePrinter::Format::kJson);
  printer.Head();
  printer.Record(Blocked("/tmp/x"));
  printer.Lost(2);
  printer.Event({ServiceEvent::Kind::kReloaded, "said \"so\"", 7});
  EXPECT_EQ(printed.out.text, "");
  std::istringstream lines(printed.err.text);
  std::vector<JsonValue> objects;
  for (std::string line; std::getline(lines, line);) {
    const auto value = ParseJson(line);
    ASSERT_TRUE(value) << line;
    objects.push_back(*value);
  }
  ASSERT_EQ(objects.size(), 3U);
  EXPECT_EQ(TextOf(objects[0], "verdict"), "Denied");
  EXPECT_EQ(TextOf(objects[1], "event"), "note");
  EXPECT_THAT(TextOf(objects[1], "text"), HasSubstr("2 records were dropped"));
  EXPECT_EQ(TextOf(objects[2], "event"), "reloaded");
  EXPECT_EQ(TextOf(objects[2], "text"), "said \"so\"");
  EXPECT_EQ(TextOf(objects[2], "generation"), "7");
  // Scripts look for this text.
  EXPECT_THAT(printed.err.text, HasSubstr("\"event\":\"reloaded\""));
}

TEST(ServePrinter, TellsPeopleOfTheServiceInSentences) {
  Printed printed;
  ServePrinter(printed.io, ServePrinter::Format::kTable)
      .Event({ServiceEvent::Kind::kReady, "answering", 1});
  EXPECT_EQ(printed.err.text, "portcullis: answering\n");
}

// Standard error whose reader stands still, or whose disk is full, as long as `is_full`.
class FullAtTimes final : public Output {
 public:
  void Write(std::string_view written) override { is_full ? void(++dropped_) : Append(written); }
  uint64_t dropped() const override { return dropped_; }
  bool WriteNow(std::string_view written) override {
    if (!is_full) Append(written);
    return !is_full;
  }
  bool is_full = true;
  std::string text;

 private:
  void Append(std::string_view written) { text.append(written); }
  uint64_t dropped_ = 0;
};

TEST(ServePrinter, SaysHowManyMessagesNobodyRead) {
  FullAtTimes err;
  Io io{err, err, -1, false, 100};
  ServePrinter printer(io, ServePrinter::Format::kTable);
  printer.Event(std::string_view("one"));
  printer.Event(std::string_view("two"));
  err.is_full = false;
  printer.Event(std::string_view("three"));
  printer.Event(std::string_view("four"));
  EXPECT_EQ(err.text,
            "portcullis: 2 messages were dropped: nobody read standard error\n"
            "portcullis: three\nportcullis: four\n");
}

TEST(ServePrinter, SaysHowManyRecordsCouldNotBeWritten) {
  FullAtTimes err;
  Io io{err, err, -1, false, 100};
  ServePrinter printer(io, ServePrinter::Format::kJson);
  printer.Record(Blocked("/tmp/x"));
  printer.Record(Blocked("/tmp/y"));
  EXPECT_EQ(err.text, "");
  err.is_full = false;
  printer.Record(Blocked("/tmp/z"));
  EXPECT_THAT(err.text, HasSubstr("/tmp/z"));
  EXPECT_THAT(err.text, HasSubstr("2 records could not be written"));
  EXPECT_EQ(printer.unwritten(), 2U);
}

TEST(ServePrinter, CutsAnEventToWhatAPipeTakesWhole) {
  for (const auto format : {ServePrinter::Format::kTable, ServePrinter::Format::kJson}) {
    Printed printed;
    const std::string text = std::string(4000, '\x01') + "end";
    ServePrinter(printed.io, format).Event(std::string_view(text));
    EXPECT_LE(printed.err.text.size(), size_t{PIPE_BUF});
    EXPECT_TRUE(printed.err.text.ends_with("\n"));
  }
}

// The child stands for an inspector: it looks at the time zone, whose lock another thread may have
// had in the moment of the fork.
TEST(ServePrinter, LeavesTheTimeZoneUsableInAFork) {
  std::atomic<bool> ends = false;
  std::thread log([&] {
    while (!ends) {
      Printed printed;
      ServePrinter(printed.io, ServePrinter::Format::kTable).Record(Record("/tmp/x"));
    }
  });
  int hung = 0;
  for (int i = 0; i < 200 && hung == 0; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      tzset();
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    hung += status == 0 ? 0 : 1;
  }
  ends = true;
  log.join();
  EXPECT_EQ(hung, 0);
}

ServeSummary ASummary() {
  ServeSummary summary;
  summary.Add(Record("/usr/bin/ls"));
  DecisionRecord script = Record("/usr/bin/s");
  script.collection = CollectionType::kScript;
  script.reason = Reason::kServiceExempt;
  summary.Add(script);
  summary.Add(Record("/tmp/once", Verdict::kDeniedByDefault));
  for (int i = 0; i < 3; ++i) summary.Add(Blocked("/tmp/often"));
  summary.AddLost(4);
  return summary;
}

TEST(ServeSummary, CountsWhatRanAndWhatWasDenied) {
  const std::string text = ASummary().Table(std::chrono::milliseconds(20'400), 100);
  EXPECT_THAT(text,
              HasSubstr("In 20 s: 2 runs recorded as allowed (1 Exe, 1 Script); 4 runs denied "
                        "(3 blocked, 1 would block).\n"));
  EXPECT_THAT(text, HasSubstr("1 of the allowed were left alone as service processes."));
  EXPECT_THAT(text, HasSubstr("4 records were dropped."));
  const size_t often = text.find("3       blocked");
  const size_t once = text.find("1       would block");
  ASSERT_NE(often, std::string::npos) << text;
  ASSERT_NE(once, std::string::npos) << text;
  EXPECT_LT(often, once);
}

TEST(ServeSummary, SaysThatNothingWasDenied) {
  EXPECT_EQ(ServeSummary().Table(std::chrono::milliseconds(500), 100),
            "\nIn 0 s: 0 runs recorded as allowed; 0 runs denied.\n");
}

TEST(ServeSummary, ShowsTheMostAndCountsTheRest) {
  ServeSummary summary;
  for (size_t i = 0; i < kShownDenied + 5; ++i) {
    summary.Add(Record("/tmp/" + std::to_string(i), Verdict::kDenied));
  }
  EXPECT_THAT(summary.Table(std::chrono::milliseconds(0), 100), HasSubstr("and 5 more rows.\n"));
}

TEST(ServeSummary, IsOneObjectOfJson) {
  const auto value = ParseJson(ASummary().Json(std::chrono::milliseconds(20'400)));
  ASSERT_TRUE(value);
  EXPECT_EQ(TextOf(*value, "event"), "summary");
  EXPECT_EQ(TextOf(*value, "milliseconds"), "20400");
  EXPECT_EQ(TextOf(*value, "allowed"), "2");
  EXPECT_EQ(TextOf(*value, "dropped"), "4");
  EXPECT_EQ(TextOf(*value->Find("denied"), "blocked"), "3");
  EXPECT_EQ(TextOf(*value->Find("denied"), "audited"), "0");
  const auto& files = *value->Find("files")->AsArray();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(TextOf(files[0], "path"), "/tmp/often");
  EXPECT_EQ(TextOf(files[0], "runs"), "3");
}

}  // namespace
}  // namespace portcullis::cli
