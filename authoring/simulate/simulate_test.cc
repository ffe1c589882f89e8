// SPDX-License-Identifier: Apache-2.0
// What a simulation counts is what judging each fact by Decide gives.
#include "authoring/simulate/simulate.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "authoring/facts.h"
#include "authoring/simulate/line_memo.h"
#include "authoring/simulate/packed_bytes.h"
#include "authoring/simulate/report.h"
#include "tests/policy/generator.h"
#include "tests/support/fleet.h"

namespace portcullis::simulation {
namespace {

using portcullis::testing::Choices;
using portcullis::testing::Fleet;
using portcullis::testing::GeneratedWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const PathSpeller& Speller() {
  static const PathSpeller speller(HostConfig::Default(), MountTable(), {});
  return speller;
}

class FactFolder {
 public:
  FactFolder() {
    std::string name = "/tmp/portcullis-simulate-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~FactFolder() { std::filesystem::remove_all(path_); }
  FactFolder(const FactFolder&) = delete;
  FactFolder& operator=(const FactFolder&) = delete;

  std::string Write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

PolicySet Build(applocker::AppLockerPolicy policy) {
  PolicySet::Builder builder;
  builder.AddMergedLayer({{"policy.xml", std::move(policy)}});
  return *builder.Build();
}

AccessToken Everyone() {
  AccessToken token;
  token.user = well_known_sids::kEveryone;
  return token;
}

Setup SetupOf(const PolicySet& policies, const PolicySet* former) {
  simulation::Setup setup;
  setup.policies = &policies;
  setup.former = former;
  setup.users = {{"Everyone", Everyone()}};
  setup.speller = &Speller();
  return setup;
}

SimulationTally Simulate(const std::vector<std::string>& files, const Setup& setup) {
  SimulationTally tally;
  SimulateFacts(files, -1, setup, tally);
  return tally;
}

// The same by itself: each line on its own, in a plain loop.
struct Expected {
  std::array<std::array<uint64_t, kVerdicts>, kVerdicts> verdicts = {};
  uint64_t facts = 0;
  uint64_t mangled = 0;
  uint64_t blocked = 0;
};

Expected JudgeEach(const std::string& text, const Setup& setup) {
  Expected expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto report = ParseFact(line, Speller());
    if (!report) ++expected.mangled;
    if (!report || report->problem) continue;
    ++expected.facts;
    const FileAttributes file =
        MakeFileAttributes(report->identity, report->paths, setup.policies->settings());
    for (const User& user : setup.users) {
      const Request request{
          report->operation.value_or(Operation::kOpen), report->collection, &file, &user.token, {}};
      const Decision now = Decide(*setup.policies, request);
      const auto former = setup.former == nullptr ? Verdict::kAllowedByDefault
                                                  : Decide(*setup.former, request).verdict;
      ++expected.verdicts.at(static_cast<size_t>(former)).at(static_cast<size_t>(now.verdict));
      expected.blocked += now.would_block() ? 1U : 0U;
    }
  }
  return expected;
}

void ExpectSame(const SimulationTally& tally, const Expected& expected) {
  EXPECT_EQ(tally.counts.verdicts, expected.verdicts);
  EXPECT_EQ(tally.counts.facts, expected.facts);
  EXPECT_EQ(tally.counts.mangled, expected.mangled);
  EXPECT_EQ(tally.counts.now_blocked, expected.blocked);
}

std::string FleetFacts(const Fleet& fleet, size_t facts) {
  std::string text;
  for (size_t i = 0; i < facts; ++i) text += fleet.Line(i, 300);
  return text;
}

// What a generated file would be told as; how it is known differs, but not what is judged.
std::string LineOf(const GeneratedWorld& world, Choices& choices) {
  const portcullis::testing::GeneratedFile& file = choices.Of(world.files);
  const Request request = GenerateRequest(world, choices);
  FileReport report;
  report.path = file.spellings.empty() ? "x" : file.spellings.front().text;
  report.paths = file.spellings;
  report.identity = file.identity;
  report.operation = request.operation;
  report.collection = request.collection;
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteReport(json, report);
  json.EndObject();
  return line + '\n';
}

TEST(SimulateFacts, CountsWhatJudgingEachFactGives) {
  const FactFolder folder;
  size_t changes = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    Choices choices(seed);
    const GeneratedWorld world = portcullis::testing::GenerateWorld(choices);
    GeneratedWorld other = portcullis::testing::GenerateWorld(choices);
    other.settings = world.settings;
    const PolicySet policies = world.Build();
    const PolicySet former = other.Build();
    std::string text;
    for (int i = 0; i < 60; ++i) text += LineOf(i % 2 == 0 ? world : other, choices);
    simulation::Setup setup = SetupOf(policies, seed % 3 == 0 ? nullptr : &former);
    for (size_t i = 0; i < 2; ++i) {
      setup.users.push_back({fmt::format("user {}", i), choices.Of(world.tokens)});
    }
    const SimulationTally tally = Simulate({folder.Write("facts", text)}, setup);
    ExpectSame(tally, JudgeEach(text, setup));
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    changes += tally.counts.changes;
  }
  EXPECT_GT(changes, 1000U);
}

TEST(SimulateFacts, CountsTheFactsOfAFleet) {
  const Fleet fleet(40, 300);
  const FactFolder folder;
  const PolicySet policies = Build(fleet.Policy(200, 1));
  const PolicySet former = Build(fleet.Policy(200, 2));
  const simulation::Setup setup = SetupOf(policies, &former);
  const std::string text = FleetFacts(fleet, 12'000);
  const SimulationTally tally = Simulate({folder.Write("facts", text)}, setup);
  ExpectSame(tally, JudgeEach(text, setup));
  EXPECT_GT(tally.counts.changes, 500U);
  uint64_t grouped = 0;
  for (const auto& [group, count] : tally.groups) grouped += count.count;
  EXPECT_EQ(grouped, tally.counts.changes);
}

TEST(SimulateFacts, SaysTheSameWhateverTheThreadsAndThePacking) {
  const Fleet fleet(40, 300);
  const FactFolder folder;
  const PolicySet policies = Build(fleet.Policy(200, 1));
  const PolicySet former = Build(fleet.Policy(200, 2));
  simulation::Setup setup = SetupOf(policies, &former);
  std::string text = FleetFacts(fleet, 6000);
  text.insert(text.find('\n', text.size() / 2) + 1, "not a fact\n\n{\"path\":\"/a\"}\n");
  const std::string plain = JsonReport(Simulate({folder.Write("f", text)}, setup), kMaxGroups);
  EXPECT_THAT(plain.substr(plain.rfind("\n{")), HasSubstr("\"mangled\":2"));
  using Pack = std::string (*)(std::string_view);
  for (const unsigned threads : {1U, 2U, 5U}) {
    setup.threads = threads;
    for (const Pack pack : {Pack(&Gzip), Pack(&Zstd), Pack(&Xz)}) {
      const auto tally = Simulate({folder.Write("f", pack(text))}, setup);
      EXPECT_TRUE(JsonReport(tally, kMaxGroups) == plain) << threads;
    }
  }
}

// Facts whose folders are all different, and denied by a policy without a rule for them.
std::string FactsInFolders(size_t folders) {
  std::string text;
  for (size_t i = 0; i < folders; ++i) {
    text += fmt::format("{{\"path\":\"C:\\\\folder {}\\\\a.exe\",\"collection\":\"Exe\"}}\n", i);
  }
  return text;
}

TEST(SimulateFacts, KeepsNoMoreGroupsThanItsLimit) {
  const FactFolder folder;
  const PolicySet policies = Build(Fleet(2, 20).Policy(20, 1));
  simulation::Setup setup = SetupOf(policies, nullptr);
  const std::string file = folder.Write("facts", FactsInFolders(kMaxGroups + 123));
  std::vector<std::string> reports;
  for (const unsigned threads : {1U, 3U}) {
    setup.threads = threads;
    const SimulationTally tally = Simulate({file, file}, setup);
    EXPECT_THAT(tally.groups, SizeIs(kMaxGroups));
    EXPECT_EQ(tally.changes_in_other_groups, 2 * 123U);
    EXPECT_EQ(tally.counts.changes, 2 * (kMaxGroups + 123));
    reports.push_back(JsonReport(tally, kMaxGroups));
  }
  EXPECT_TRUE(reports[0] == reports[1]);
}

constexpr std::string_view kFact = R"({"path":"C:\\a\\x.exe","collection":"Exe"})";

TEST(SimulateFacts, NamesFileAndLineOfWhatIsMangled) {
  const FactFolder folder;
  const PolicySet policies = Build(Fleet(2, 20).Policy(20, 1));
  const simulation::Setup setup = SetupOf(policies, nullptr);
  // More than one block, so that lines are counted on from one to the next.
  const std::string facts = FactsInFolders(80'000);
  ASSERT_GT(facts.size(), 2 * kMaxFactBytes);
  const std::string long_line(3 * kMaxFactBytes, 'x');
  const std::string file =
      folder.Write("facts", fmt::format("{}{{\n{}\n{}\n{{\n", facts, long_line, kFact));
  const SimulationTally tally = Simulate({folder.Write("good", kFact), file}, setup);
  ASSERT_THAT(tally.mangled, SizeIs(3));
  EXPECT_EQ(tally.mangled[0].file, file);
  EXPECT_EQ(tally.mangled[0].line, 80'001U);
  EXPECT_EQ(tally.mangled[1].line, 80'002U);
  EXPECT_THAT(tally.mangled[1].why, HasSubstr("longer than"));
  EXPECT_EQ(tally.mangled[2].line, 80'004U);
  EXPECT_EQ(tally.counts.mangled, 3U);
  EXPECT_EQ(tally.counts.facts, 80'002U);
}

TEST(SimulateFacts, GoesOnBehindAFileThatCanNotBeRead) {
  const FactFolder folder;
  const PolicySet policies = Build(Fleet(2, 20).Policy(20, 1));
  const std::string packed = Gzip(FactsInFolders(5000));
  const std::string cut = folder.Write("cut", packed.substr(0, packed.size() / 2));
  const auto tally = Simulate({"/no/such/file", cut, "/tmp", folder.Write("good", kFact)},
                              SetupOf(policies, nullptr));
  ASSERT_THAT(tally.problems, SizeIs(3));
  EXPECT_EQ(tally.problems[0].file, "/no/such/file");
  EXPECT_EQ(tally.problems[1].error.code, ErrorCode::kTruncated);
  EXPECT_EQ(tally.problems[2].error.code, ErrorCode::kIo);
  EXPECT_GT(tally.counts.facts, 1000U);
}

// A policy with one rule for programs.
PolicySet PolicyOfRule(applocker::Condition condition, applocker::Action action,
                       applocker::EnforcementMode mode = applocker::EnforcementMode::kEnabled) {
  applocker::AppLockerPolicy policy;
  applocker::RuleCollection& collection = policy.collections.emplace_back();
  collection.type = applocker::CollectionType::kExe;
  collection.enforcement_mode = mode;
  applocker::Rule& rule = collection.rules.emplace_back();
  rule.name = "the rule";
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = action;
  rule.condition = std::move(condition);
  return Build(std::move(policy));
}

PolicySet AllowsA(applocker::EnforcementMode mode = applocker::EnforcementMode::kEnabled) {
  return PolicyOfRule(applocker::FilePathCondition{"C:\\A\\*"}, applocker::Action::kAllow, mode);
}

TEST(SimulateFacts, NamesTheRuleThatCausesAChange) {
  const FactFolder folder;
  const std::string file = folder.Write("facts", std::string(kFact) + "\n" + std::string(kFact));
  const auto allows = AllowsA();
  const auto denies = PolicyOfRule(applocker::FilePathCondition{"C:\\*"}, applocker::Action::kDeny);
  const auto allows_b =
      PolicyOfRule(applocker::FilePathCondition{"C:\\B\\*"}, applocker::Action::kAllow);

  const auto by_new = Simulate({file}, SetupOf(denies, &allows));
  ASSERT_THAT(by_new.groups, SizeIs(1));
  const auto& [group, count] = *by_new.groups.begin();
  EXPECT_EQ(ToString(group.cause), "the rule");
  EXPECT_EQ(group.cause.policy, "policy.xml");
  EXPECT_EQ(group.folder, "C:\\a");
  EXPECT_EQ(group.user, "Everyone");
  EXPECT_EQ(count.count, 2U);
  EXPECT_EQ(count.example, "C:\\a\\x.exe");

  const auto by_former = Simulate({file}, SetupOf(allows_b, &allows));
  ASSERT_THAT(by_former.groups, SizeIs(1));
  EXPECT_EQ(ToString(by_former.groups.begin()->first.cause), "no longer: the rule");
  const auto by_none = Simulate({file}, SetupOf(allows_b, nullptr));
  ASSERT_THAT(by_none.groups, SizeIs(1));
  EXPECT_EQ(ToString(by_none.groups.begin()->first.cause), "no rule: default");
}

TEST(SimulateFacts, TakesTheEndOfAnAuditForAChange) {
  const FactFolder folder;
  const std::string file = folder.Write("facts", R"({"path":"C:\\b.exe","collection":"Exe"})");
  const auto audits = AllowsA(applocker::EnforcementMode::kAuditOnly);
  const auto enforces = AllowsA();
  const auto tally = Simulate({file}, SetupOf(enforces, &audits));
  EXPECT_EQ(tally.counts.changes, 1U);
  EXPECT_EQ(tally.counts.blocked, 1U);
  EXPECT_EQ(Failures(tally.counts, FailOn::kBlock), 1U);
  EXPECT_EQ(ToString(tally.groups.begin()->first.former), "DeniedByDefault (audit)");
  const auto back = Simulate({file}, SetupOf(audits, &enforces));
  EXPECT_EQ(back.counts.changes, 1U);
  EXPECT_EQ(Failures(back.counts, FailOn::kDenial), 0U);
  EXPECT_EQ(Failures(back.counts, FailOn::kChange), 1U);
  const auto audited = Simulate({file}, SetupOf(audits, nullptr));
  EXPECT_EQ(Failures(audited.counts, FailOn::kDenial), 1U);
  EXPECT_EQ(Failures(audited.counts, FailOn::kBlock), 0U);
  EXPECT_EQ(Failures(audited.counts, FailOn::kNever), 0U);
}

TEST(SimulateFacts, CountsFactsThatLackWhatARuleNeeds) {
  const FactFolder folder;
  const std::string file =
      folder.Write("facts",
                   "{\"path\":\"/a\",\"collection\":\"Exe\"}\n"                     // not a word
                   "{\"path\":\"/b\",\"collection\":\"Exe\",\"publisher\":null}\n"  // unsigned
                   "{\"path\":\"/c\",\"collection\":\"Dll\"}\n"                     // without rules
                   "{\"path\":\"/d\",\"collection\":\"Exe\",\"publisher\":null,\"paths\":[],"
                   "\"unknown\":[\"publisher\"]}\n");
  const auto by_publisher =
      Simulate({file}, SetupOf(PolicyOfRule(applocker::FilePublisherCondition{"*", "*", "*", {}},
                                            applocker::Action::kAllow),
                               nullptr));
  EXPECT_EQ(by_publisher.counts.lacking_publisher, 2U);
  EXPECT_EQ(by_publisher.counts.lacking_hash, 0U);
  applocker::FileHashCondition hash;
  hash.hashes.push_back({{HashType::kSha256, {}}, {}, {}});
  const auto by_hash =
      Simulate({file}, SetupOf(PolicyOfRule(hash, applocker::Action::kAllow), nullptr));
  EXPECT_EQ(by_hash.counts.lacking_hash, 3U);
  EXPECT_EQ(by_hash.counts.lacking_publisher, 0U);
  const auto by_path = Simulate({file}, SetupOf(AllowsA(), nullptr));
  EXPECT_EQ(by_path.counts.lacking_path, 1U);
}

TEST(SimulateFacts, CountsWhatCouldNotBeReadWhereTheFactsWereMade) {
  const FactFolder folder;
  const std::string file = folder.Write("facts", R"({"path":"/a","error":"Permission denied"})"
                                                 "\n");
  const auto tally = Simulate({file}, SetupOf(AllowsA(), nullptr));
  EXPECT_EQ(tally.counts.unreadable, 1U);
  EXPECT_EQ(tally.counts.facts, 0U);
}

TEST(LineMemo, ForgetsWhatWasNotSeenForLong) {
  LineMemo memo;
  const auto line = [](size_t i) { return fmt::format("line {}", i); };
  for (size_t i = 0; i < 3 * kMemoLines; ++i) {
    if (i % 100 == 0) memo.TakeCounts();
    if (!memo.Take("hot")) memo.Add("hot", {});
    memo.Add(line(i), {});
  }
  EXPECT_TRUE(memo.Take("hot"));
  EXPECT_FALSE(memo.Take(line(0)));
  EXPECT_TRUE(memo.Take(line(3 * kMemoLines - 1)));
}

TEST(LineMemo, GivesCountsInTheOrderOfFirstTimes) {
  LineMemo memo;
  const std::string too_long(kMaxMemoLine + 1, 'x');
  memo.Add("b", {});
  memo.Add(too_long, {});
  memo.Add("a", {});
  EXPECT_TRUE(memo.Take("b"));
  EXPECT_FALSE(memo.Take(too_long));
  std::vector<uint64_t> times;
  for (const CountedFact& counted : memo.TakeCounts()) times.push_back(counted.times);
  EXPECT_THAT(times, ElementsAre(2, 1, 1));
  EXPECT_THAT(memo.TakeCounts(), SizeIs(0));
}

}  // namespace
}  // namespace portcullis::simulation
