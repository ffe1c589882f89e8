// SPDX-License-Identifier: Apache-2.0
// The tool and the kernel say the same: for generated policies, files and users, what an exec came
// to, what the service recorded and what `portcullis test` prints are one verdict, rule and
// collection.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

constexpr size_t kPolicies = 25;
constexpr size_t kCasesPerPolicy = 40;
constexpr unsigned kSeconds = 200;

struct User {
  std::string name;
  Caller caller;
};

// A few people: two ordinary ones, one of an administrators' group, a daemon's, and root.
const std::vector<User>& Users() {
  static const std::vector<User> users{{"root", {0, 0, {0}}},
                                       {"alice", {1000, 1000, {1000}}},
                                       {"bob", {1001, 1001, {1001, 50}}},
                                       {"carol", {1002, 1002, {1002, 27}}},
                                       {"daemon", {999, 999, {999}}}};
  return users;
}

// The accounts above, in this namespace alone.
void MountAccounts(const std::string& scratch) {
  std::ofstream(scratch + "/passwd") << "root:x:0:0::/root:/bin/sh\n"
                                        "alice:x:1000:1000::/home/alice:/bin/sh\n"
                                        "bob:x:1001:1001::/home/bob:/bin/sh\n"
                                        "carol:x:1002:1002::/home/carol:/bin/sh\n"
                                        "daemon:x:999:999::/:/bin/false\n"
                                        "nobody:x:65534:65534::/:/bin/false\n";
  std::ofstream(scratch + "/group") << "root:x:0:\nsudo:x:27:carol\nstaff:x:50:bob\nalice:x:1000:\n"
                                       "bob:x:1001:\ncarol:x:1002:\ndaemon:x:999:\n";
  for (const std::string name : {"passwd", "group"}) {
    ASSERT_EQ(
        mount((scratch + "/" + name).c_str(), ("/etc/" + name).c_str(), nullptr, MS_BIND, nullptr),
        0);
  }
}

// The text of a member of one line of JSON; empty where it is null or absent.
std::string Member(const std::string& line, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const size_t at = line.find(key);
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size();
  if (line[begin] == '"') return line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
  return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

struct Answer {
  std::string verdict, enforcement, collection, rule;
  friend bool operator==(const Answer&, const Answer&) = default;
};

Answer AnswerOf(const std::string& line) {
  const size_t rule = line.find("\"rule\":{");
  return {Member(line, "verdict"), Member(line, "enforcement"), Member(line, "collection"),
          rule == std::string::npos ? "" : Member(line.substr(rule), "id")};
}

std::string ToString(const Answer& answer) {
  return fmt::format("{} in {} ({}) by [{}]", answer.verdict, answer.collection, answer.enforcement,
                     answer.rule);
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t Below(size_t bound) { return engine_() % bound; }
  bool Chance(size_t percent) { return Below(100) < percent; }
  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

 private:
  std::mt19937 engine_;
};

constexpr uid_t kOwner = 1000;

// The files of one file system and what rules may say of them.
class World {
 public:
  World(std::string root, const std::string& tiny) : root_(std::move(root)) {
    size_t number = 0;
    for (const std::string folder : {"apps", "apps/tools", "home", "home/alice", "Data"}) {
      mkdir((root_ + "/" + folder).c_str(), 0755);
      for (const std::string name : {"one", "two.exe", "Three", "run.sh"}) {
        const std::string path = root_ + "/" + folder + "/" + name;
        const bool is_script = name == "run.sh";
        // Some files are the same, so that a hash rule means several.
        const std::string mark = std::to_string(number++ % 7);
        WriteProgram(path, is_script ? "#!/bin/sh\nexit 0\n# " + mark + "\n" : tiny + mark,
                     // A user's: of root's own the kernel would not ask at each run.
                     kOwner);
        files_.push_back(path);
      }
    }
  }

  const std::vector<std::string>& files() const { return files_; }

  // One collection at least enforces: what is only observed may end before anyone looks who it was.
  std::string Policy(Random& random) {
    const bool exe_enforces = random.Chance(75);
    const bool has_script = !exe_enforces || random.Chance(70);
    const bool script_enforces = !exe_enforces || random.Chance(60);
    std::string xml = "<AppLockerPolicy Version=\"1\">" + Collection("Exe", exe_enforces, random);
    if (has_script) xml += Collection("Script", script_enforces, random);
    return xml + "</AppLockerPolicy>";
  }

 private:
  std::string Collection(const std::string& type, bool enforces, Random& random) {
    std::string xml = fmt::format("<RuleCollection Type=\"{}\" EnforcementMode=\"{}\">", type,
                                  enforces ? "Enabled" : "AuditOnly");
    for (size_t rules = 1 + random.Below(6); rules > 0; --rules) xml += Rule(random);
    return xml + "</RuleCollection>";
  }

  std::string Rule(Random& random) {
    // Not LocalSystem: that is root outside a login session, which the tool can not see of a name.
    static const std::vector<std::string> sids{"S-1-1-0",       "S-1-1-0",       "S-1-5-11",
                                               "S-1-5-32-544",  "S-1-5-32-545",  "S-1-22-1-0",
                                               "S-1-22-1-1000", "S-1-22-1-1001", "S-1-22-2-27",
                                               "S-1-22-2-50",   "S-1-22-1-999",  "S-1-22-1-65534"};
    const bool by_hash = random.Chance(30);
    const std::string element = by_hash ? "FileHashRule" : "FilePathRule";
    ++rules_;
    std::string xml = fmt::format(
        "<{} Id=\"00000000-0000-4000-8000-{:012}\" Name=\"rule {}\" Description=\"\" "
        "UserOrGroupSid=\"{}\" Action=\"{}\"><Conditions>{}</Conditions>",
        element, rules_, rules_, random.Of(sids), random.Chance(30) ? "Deny" : "Allow",
        by_hash ? HashCondition(random) : PathCondition(random));
    if (!by_hash && random.Chance(30)) {
      xml += fmt::format("<Exceptions>{}</Exceptions>",
                         random.Chance(50) ? PathCondition(random) : HashCondition(random));
    }
    return xml + "</" + element + ">";
  }

  std::string PathCondition(Random& random) {
    const std::string file = random.Of(files_);
    const std::string folder = file.substr(0, file.rfind('/'));
    const std::vector<std::string> forms{"*",
                                         file,
                                         folder + "/*",
                                         "%OSDRIVE%" + folder + "/*",
                                         "%OSDRIVE%" + file,
                                         "*" + file.substr(file.rfind('/')),
                                         "%WINDIR%/*",
                                         root_ + "/*/TWO.EXE",
                                         root_ + "/*",
                                         "*/apps/*"};
    std::string path = random.Of(forms);
    for (char& c : path) {
      if (c == '/' && random.Chance(50)) c = '\\';
    }
    return fmt::format("<FilePathCondition Path=\"{}\"/>", path);
  }

  std::string HashCondition(Random& random) {
    const std::string file = random.Of(files_);
    auto& hash = hashes_[file];
    if (hash.empty()) {
      FILE* const pipe = popen(fmt::format("sha256sum '{}'", file).c_str(), "r");
      char digest[65] = {};
      if (pipe != nullptr && std::fread(digest, 1, 64, pipe) == 64) hash = digest;
      if (pipe != nullptr) pclose(pipe);
    }
    return fmt::format(
        "<FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x{}\" SourceFileName=\"x\" "
        "SourceFileLength=\"1\"/></FileHashCondition>",
        hash);
  }

  std::string root_;
  std::vector<std::string> files_;
  std::map<std::string, std::string> hashes_;
  size_t rules_ = 0;
};

// What `portcullis test` says of every file for this user.
std::map<std::string, Answer> AskTheTool(const std::string& scratch, const std::string& policy,
                                         const User& user, const std::vector<std::string>& files) {
  std::ofstream(scratch + "/asked.xml") << policy;
  std::string command =
      fmt::format("'{}' test --format json --policy {}/asked.xml --user {} --as execute",
                  Built("cli/portcullis"), scratch, user.name);
  for (const std::string& file : files) command += " '" + file + "'";
  command += fmt::format(" > {0}/told 2> {0}/complaints", scratch);
  const int status = std::system(command.c_str());
  EXPECT_NE(status, -1);
  std::map<std::string, Answer> answers;
  std::istringstream lines(ReadWholeFile(scratch + "/told"));
  for (std::string line; std::getline(lines, line);) {
    answers[Member(line, "path")] = AnswerOf(line);
  }
  EXPECT_EQ(answers.size(), files.size()) << command << "\n"
                                          << ReadWholeFile(scratch + "/complaints");
  return answers;
}

struct Case {
  std::string file;
  uid_t uid;
  Answer told;
};

bool MayBeBlocked(const Answer& answer) {
  return answer.verdict.starts_with("Denied") && answer.enforcement != "AuditOnly";
}

class Agreement : public ::testing::TestWithParam<std::string> {
 protected:
  // Puts the policy in force, starting the service with the first.
  void Put(const PrivateMounts& mounts, const std::string& root, const std::string& policy) {
    if (service_ != nullptr) {
      const auto set = service_->SetPolicy(policy);
      ASSERT_TRUE(set) << set.error().message << policy;
      return;
    }
    auto started =
        ServiceUnderTest::Start(mounts, {policy, {root}, "record-allowed = every\n", {}});
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
  }

  // Runs some files as some users, and holds each exec against what the tool says.
  void RunCases(const std::string& scratch, const std::string& policy, const World& world,
                Random& random) {
    std::map<std::string, std::map<std::string, Answer>> told;
    for (const User& user : Users()) {
      told[user.name] = AskTheTool(scratch, policy, user, world.files());
    }
    for (size_t i = 0; i < kCasesPerPolicy; ++i) {
      const User& user = random.Of(Users());
      Case one{random.Of(world.files()), user.caller.uid, {}};
      one.told = told[user.name][one.file];
      const RunOutcome outcome = RunProgram({one.file}, user.caller);
      ASSERT_NE(outcome.kind, RunOutcome::Kind::kTimedOut) << one.file;
      ASSERT_EQ(outcome.refused(), MayBeBlocked(one.told))
          << one.file << " as " << user.name << ": " << ToString(outcome) << "; the tool says "
          << ToString(one.told) << " of\n"
          << policy;
      blocked_ += outcome.refused() ? 1U : 0U;
      by_rule_ += one.told.rule.empty() ? 0U : 1U;
      cases_.push_back(std::move(one));
    }
  }

  // Every exec has its record, in order: the log is one queue.
  void CompareRecords() const {
    std::map<std::pair<std::string, std::string>, std::vector<Answer>> recorded;
    for (const std::string& line : service_->Records()) {
      // The interpreter's own open of a script is a second question.
      if (Member(line, "operation") != "execute") continue;
      recorded[{Member(line, "path"), Member(line, "uid")}].push_back(AnswerOf(line));
    }
    std::map<std::pair<std::string, std::string>, size_t> next;
    for (const Case& one : cases_) {
      const std::pair key(one.file, std::to_string(one.uid));
      const std::vector<Answer>& records = recorded[key];
      const size_t at = next[key]++;
      ASSERT_LT(at, records.size()) << one.file << " as " << one.uid << " has no record";
      ASSERT_EQ(records[at], one.told) << one.file << " as " << one.uid << ": recorded "
                                       << ToString(records[at]) << ", told " << ToString(one.told);
    }
  }

  std::unique_ptr<ServiceUnderTest> service_;
  std::vector<Case> cases_;
  size_t blocked_ = 0;
  size_t by_rule_ = 0;
};

TEST_P(Agreement, OfToolKernelAndRecord) {
  if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
  auto mounts = PrivateMounts::Enter(kSeconds);
  ASSERT_TRUE(mounts) << mounts.error().message;
  const auto root = mounts->Mount(GetParam());
  if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
  MountAccounts(mounts->scratch());
  World world(*root, ReadWholeFile(Built("enforcement/tiny_program")));
  Random random(20261125);
  for (size_t n = 0; n < kPolicies && !HasFatalFailure(); ++n) {
    const std::string policy = world.Policy(random);
    Put(*mounts, *root, policy);
    if (!HasFatalFailure()) RunCases(mounts->scratch(), policy, world, random);
  }
  if (HasFatalFailure()) return;
  ASSERT_TRUE(service_->Stop());
  CompareRecords();
  std::cout << cases_.size() << " cases, " << blocked_ << " blocked, " << by_rule_
            << " by a rule\n";
  EXPECT_GE(blocked_ * 100, cases_.size() * 15);
  EXPECT_GE(by_rule_ * 100, cases_.size() * 20);
}

INSTANTIATE_TEST_SUITE_P(On, Agreement, ::testing::Values("tmpfs", "ext4"));

}  // namespace
}  // namespace portcullis::testing
