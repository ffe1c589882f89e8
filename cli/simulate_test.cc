// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "cli/test_io.h"
#include "eventlog/event_store.h"
#include "eventlog/sample_events.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Everybody may run what stands below `path`.
std::string PolicyFor(const std::string& path, const std::string& mode = "Enabled") {
  return fmt::format(
      "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\" EnforcementMode=\"{}\">"
      "<FilePathRule Id=\"fd686d83-a829-4351-8ff4-27c7de5755d2\" Name=\"the rule\" "
      "Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\"><Conditions>"
      "<FilePathCondition Path=\"{}\"/></Conditions></FilePathRule></RuleCollection>"
      "</AppLockerPolicy>",
      mode, path);
}

constexpr std::string_view kFacts =
    "{\"path\":\"C:\\\\a\\\\x.exe\",\"collection\":\"Exe\",\"publisher\":null}\n"
    "{\"path\":\"C:\\\\b\\\\y.exe\",\"collection\":\"Exe\",\"publisher\":null}\n";

class SimulateCommand : public ::testing::Test {
 protected:
  Ran Simulate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "simulate");
    return RunCli(arguments);
  }

  Folder folder_;
  const std::string facts_ = folder_.Write("facts.jsonl", kFacts);
  const std::string allows_a_ = folder_.Write("a.xml", PolicyFor("C:\\a\\*"));
  const std::string allows_all_ = folder_.Write("all.xml", PolicyFor("C:\\*"));
};

TEST_F(SimulateCommand, PrintsWhatChangesAndEndsWithOneWhereSomethingIsDenied) {
  const Ran ran = Simulate({"--policy", allows_a_, "--former", allows_all_, facts_});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("no longer: the rule"));
  EXPECT_THAT(ran.out, HasSubstr("C:\\b"));
  EXPECT_THAT(ran.out, HasSubstr("1 verdict changes: 1 newly denied, 1 newly blocked"));
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST_F(SimulateCommand, EndsWithNoughtWhereNothingIsDeniedThatWasNot) {
  EXPECT_EQ(Simulate({"--policy", allows_all_, "--former", allows_a_, facts_}).status,
            ExitStatus::kDone);
  EXPECT_EQ(
      Simulate({"--policy", allows_all_, "--former", allows_a_, "--fail-on", "change", facts_})
          .status,
      ExitStatus::kFound);
  EXPECT_EQ(Simulate({"--policy", allows_a_, "--fail-on", "never", facts_}).status,
            ExitStatus::kDone);
}

TEST_F(SimulateCommand, TellsAnAuditFromABlock) {
  const std::string audits = folder_.Write("audit.xml", PolicyFor("C:\\a\\*", "AuditOnly"));
  EXPECT_EQ(Simulate({"--policy", audits, facts_}).status, ExitStatus::kFound);
  EXPECT_EQ(Simulate({"--policy", audits, "--fail-on", "block", facts_}).status, ExitStatus::kDone);
}

TEST_F(SimulateCommand, JudgesForEveryUserAskedFor) {
  const Ran ran = Simulate({"--policy", allows_a_, "--user", "S-1-22-1-1000", "--user", "S-1-1-0",
                            "--format", "json", "--facts", facts_});
  ASSERT_THAT(ran.objects(), SizeIs(3));
  EXPECT_EQ(TextOf(ran.objects()[0], "user"), "S-1-1-0");
  EXPECT_EQ(TextOf(ran.objects()[1], "user"), "S-1-22-1-1000");
  EXPECT_EQ(TextOf(ran.objects()[2], "changes"), "2");
}

TEST_F(SimulateCommand, ReadsStandardInput) {
  const UniqueFd in(open(facts_.c_str(), O_RDONLY | O_CLOEXEC));
  const Ran ran = RunCli({"simulate", "--policy", allows_a_, "--format", "junit", "-"}, in.get());
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_THAT(ran.out, HasSubstr("<failure message="));
}

TEST_F(SimulateCommand, NamesMangledLinesAndFilesThatAreNotThere) {
  const std::string bad = folder_.Write("bad.jsonl", std::string(kFacts) + "{\n");
  const Ran ran = Simulate({"--policy", allows_all_, "/no/such/file", bad});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr(bad + ": line 3: not JSON"));
  EXPECT_THAT(ran.err, HasSubstr("1 line is no fact"));
  EXPECT_THAT(ran.err, HasSubstr("/no/such/file: No such file"));
  EXPECT_EQ(Simulate({"--policy", allows_all_, folder_.Write("empty", "")}).status,
            ExitStatus::kFailed);
}

TEST_F(SimulateCommand, FailsWhereLinesAreMangledAndNothingElseFails) {
  const std::string bad = folder_.Write("bad.jsonl", std::string(kFacts) + "{\n");
  const Ran ran = Simulate({"--policy", allows_all_, "--format", "junit", bad});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.out, HasSubstr("<error message=\"lines that are no facts: 1; "));
  EXPECT_EQ(Simulate({"--policy", allows_a_, bad}).status, ExitStatus::kFound);
}

TEST_F(SimulateCommand, RefusesWrongUsage) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--policy", allows_a_},
           {facts_},
           {"--policy", allows_a_, "--fail-on", "sometimes", facts_},
           {"--policy", allows_a_, "--format", "yaml", facts_}}) {
    EXPECT_EQ(Simulate(arguments).status, ExitStatus::kUsage) << arguments.back();
  }
}

TEST_F(SimulateCommand, AsksTheEventLog) {
  const std::string path = folder_ / "events/events.db";
  {
    auto store = eventlog::EventStore::OpenForWriting(path, {});
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(store->Write(std::vector{eventlog::SampleDenial()}, {}));
  }
  const std::string policy = folder_.Write("home.xml", PolicyFor("%OSDRIVE%\\home\\*"));
  const Ran ran = Simulate({"--policy", policy, "--format", "json", "--events", path});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  ASSERT_THAT(ran.objects(), SizeIs(2));
  EXPECT_EQ(TextOf(ran.objects()[0], "verdict"), "Allowed");
  EXPECT_EQ(Simulate({"--policy", policy, "--events", folder_ / "none.db"}).status,
            ExitStatus::kFailed);
}

TEST_F(SimulateCommand, JsonPageNamesEveryMember) {
  std::ifstream file("docs/cli-json.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string bad = folder_.Write("bad.jsonl", std::string(kFacts) + "{\n");
  const Ran ran = Simulate({"--policy", allows_a_, "--format", "json", bad, "/no/such/file"});
  ASSERT_THAT(ran.objects(), SizeIs(4));
  for (const JsonValue& object : ran.objects()) {
    for (const auto& [name, value] : *object.AsObject()) {
      EXPECT_TRUE(page.str().find("`" + name + "`") != std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace portcullis::cli
