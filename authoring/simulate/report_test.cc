// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/report.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json_value.h"
#include "tests/support/xmllint.h"

namespace portcullis::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ChangeGroup GroupIn(const std::string& folder, Verdict now) {
  ChangeGroup group;
  group.now = {now, IsDenial(now)};
  group.former = {IsDenial(now) ? Verdict::kAllowed : Verdict::kDenied, !IsDenial(now)};
  group.user = "alice";
  group.collection = "Exe";
  group.folder = folder;
  group.cause.from = Cause::From::kNewRule;
  group.cause.rule_name = "a rule \"of\" <two>";
  return group;
}

// Two groups that are denied and one that is allowed, with names of every kind.
SimulationTally Sample() {
  SimulationTally tally;
  tally.groups[GroupIn("/srv/\xFF\x01]]>&\"'", Verdict::kDenied)] = {7, "/srv/x"};
  tally.groups[GroupIn("/opt", Verdict::kDeniedByDefault)] = {9, "/opt/\xC3\xA9\n"};
  tally.groups[GroupIn("/usr", Verdict::kAllowed)] = {20, "/usr/a"};
  tally.counts.facts = 100;
  tally.counts.changes = 40;
  tally.counts.denied = tally.counts.blocked = 20;
  tally.changes_in_other_groups = 4;
  tally.mangled = {{"a\xFF.jsonl", 3, "not JSON"}};
  tally.counts.mangled = 1;
  return tally;
}

size_t CountOf(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(JsonReport, HasAnObjectALineAndTheMostFrequentFirst) {
  const std::string text = JsonReport(Sample(), 2);
  std::istringstream lines(text);
  std::vector<JsonValue> objects;
  for (std::string line; std::getline(lines, line);) {
    const auto object = ParseJson(line);
    ASSERT_TRUE(object) << line;
    objects.push_back(*object);
  }
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(*objects[0].Find("count")->AsUnsigned(), 20U);
  EXPECT_EQ(*objects[1].Find("count")->AsUnsigned(), 9U);
  EXPECT_EQ(*objects[2].Find("kind")->AsString(), "mangled");
  EXPECT_EQ(*objects[3].Find("kind")->AsString(), "summary");
  EXPECT_EQ(*objects[3].Find("changes_in_other_groups")->AsUnsigned(), 4U);
}

TEST(JunitReport, FailsWhatWasAskedFor) {
  const auto failures = [](FailOn fail_on) {
    return CountOf(JunitReport(Sample(), fail_on, kMaxGroups), "<failure");
  };
  EXPECT_EQ(failures(FailOn::kNever), 0U);
  EXPECT_EQ(failures(FailOn::kDenial), 3U);  // two groups, and the four changes of no group
  EXPECT_EQ(failures(FailOn::kChange), 4U);
}

TEST(JunitReport, FailsForGroupsThatItDoesNotList) {
  SimulationTally tally = Sample();
  tally.changes_in_other_groups = 0;
  tally.counts.changes = 36;
  tally.counts.denied = 16;
  const std::string text = JunitReport(tally, FailOn::kDenial, 1);
  EXPECT_EQ(CountOf(text, "<testcase"), 3U);  // and the mangled line
  EXPECT_THAT(text, HasSubstr("16 changes in groups that are not listed"));
  EXPECT_EQ(CountOf(text, "<failure"), 1U);
}

TEST(JunitReport, HasATestCaseWhereNothingChanges) {
  SimulationTally tally;
  tally.counts.facts = 1;
  const std::string text = JunitReport(tally, FailOn::kDenial, 10);
  EXPECT_THAT(text, HasSubstr("no verdict changes"));
  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"0\""));
}

TEST(JunitReport, TellsAFileThatWasNotReadAsAnError) {
  SimulationTally tally;
  tally.problems.push_back({"a<b", {ErrorCode::kIo, "no such file"}});
  const std::string text = JunitReport(tally, FailOn::kNever, 10);
  EXPECT_THAT(text, HasSubstr("<error message=\"no such file\"/>"));
  EXPECT_THAT(text, Not(HasSubstr("a<b")));
}

TEST(JunitReport, TellsMangledLinesAsAnError) {
  SimulationTally tally;
  tally.counts.facts = 1;
  tally.counts.mangled = 7;
  tally.mangled = {{"a.jsonl", 3, "not JSON"}};
  const std::string text = JunitReport(tally, FailOn::kNever, 10);
  EXPECT_THAT(text, HasSubstr("<error message=\"lines that are no facts: 7; a.jsonl: line 3: not "
                              "JSON\"/>"));
  EXPECT_THAT(text, HasSubstr("tests=\"2\" failures=\"0\" errors=\"1\""));
}

TEST(JunitReport, DoesNotPassWhereNothingWasJudged) {
  const std::string text = JunitReport({}, FailOn::kNever, 10);
  EXPECT_THAT(text, HasSubstr("<error message=\"nothing could be judged\"/>"));
  EXPECT_THAT(text, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
}

TEST(JunitReport, IsWellFormedForXmllint) {
  if (!portcullis::testing::HasXmllint()) GTEST_SKIP() << "xmllint absent";
  std::string name = "/tmp/portcullis-junit-XXXXXX";
  const std::string folder = mkdtemp(name.data());
  std::ofstream(folder + "/report.xml") << JunitReport(Sample(), FailOn::kDenial, kMaxGroups);
  const std::string command = fmt::format("xmllint --noout {}/report.xml", folder);
  EXPECT_EQ(system(command.c_str()), 0);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace portcullis::simulation
