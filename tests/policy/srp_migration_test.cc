// SPDX-License-Identifier: Apache-2.0
// Generated policies of Software Restriction Policies and what they become in AppLocker, asked the
// same questions: a difference must be one that the report names.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "formats/registry/reg_text.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "policy/policy_set.h"
#include "policy/srp/registry_reader.h"
#include "policy/srp/settings.h"
#include "policy/srp/to_applocker.h"
#include "tests/policy/srp_generator.h"
#include "tests/support/corpus.h"
#include "tests/support/srp_policies.h"

namespace portcullis::srp {
namespace {

using applocker::CollectionType;
using testing::Choices;

// Digests of one content belong together, and so does its size.
template <typename Digest>
void Follow(const std::array<uint8_t, 32>& sha256, Digest& digest) {
  digest.fill(0);
  digest.front() = sha256.front();
  digest.back() = sha256.back();
}
uint64_t SizeOf(const std::array<uint8_t, 32>& sha256) {
  return 1U + sha256.front() + sha256.back();
}

void MakeConsistent(Policy& policy) {
  for (Rule& rule : policy.rules) {
    auto* hash = std::get_if<HashCondition>(&rule.condition);
    if (hash == nullptr) continue;
    if (hash->algorithm == HashAlgorithm::kSha256) hash->sha256 = hash->digest;
    if (!hash->sha256) {
      hash->size = 1U + hash->digest[0] + hash->digest[DigestSize(hash->algorithm) - 1];
      continue;
    }
    hash->size = SizeOf(*hash->sha256);
    hash->digest.fill(0);
    hash->digest[0] = hash->sha256->front();
    hash->digest[DigestSize(hash->algorithm) - 1] = hash->sha256->back();
  }
}

// What a file has one path of: drives, the network, this host.
char RootOf(const PathAttribute& path) {
  if (path.is_host_path) return '/';
  return path.upper.starts_with("\\\\") ? '\\' : ':';
}

std::vector<PathSpelling> OnePathOfEachKind(const FileAttributes& file) {
  std::vector<PathSpelling> spellings;
  std::string kinds;
  std::string name;
  for (const PathAttribute& path : file.paths) {
    if (kinds.find(RootOf(path)) != std::string::npos) continue;
    kinds += RootOf(path);
    std::string text = path.exact;
    const size_t separator = text.rfind('\\');
    if (name.empty()) name = text.substr(separator + 1);
    text = text.substr(0, separator + 1) + name;
    if (path.is_host_path) std::ranges::replace(text, '\\', '/');
    spellings.push_back({text, path.verified, path.case_sensitive});
  }
  return spellings;
}

struct Question {
  FileAttributes file;
  AccessToken token;
  Operation operation = Operation::kExecute;
  FileKind kind = FileKind::kPe;

  Request request() const {
    Request request;
    request.operation = operation;
    request.collection = CollectionFor(operation, kind);
    request.file = &file;
    request.token = &token;
    return request;
  }
};

Question AnyQuestion(Choices& choices) {
  Question question;
  const FileAttributes generated = testing::GenerateSrpFile(choices);
  question.file = MakeFileAttributes({}, OnePathOfEachKind(generated));
  FileFacts& facts = question.file.srp;
  facts = generated.srp;
  question.file.unknown = facts.unknown;
  if (facts.sha256) {
    facts.size = SizeOf(*facts.sha256);
    if (facts.md5) Follow(*facts.sha256, *facts.md5);
    if (facts.sha1) Follow(*facts.sha256, *facts.sha1);
    question.file.sha256_flat = FileDigest{HashType::kSha256Flat, *facts.sha256};
  }
  question.token = testing::GenerateSrpToken(choices);
  question.token.groups.push_back({well_known_sids::kEveryone});
  // What AppLocker tells from the rest as a service is not what these policies tell.
  question.token.is_service = false;
  question.operation = static_cast<Operation>(choices.Below(6));
  // Nobody runs an installer as something else.
  facts.is_installer = question.operation == Operation::kInstall;
  if (choices.OneIn(3)) question.kind = FileKind::kScript;
  if (question.operation == Operation::kPackage) {
    question.file.publisher.emplace(FullyQualifiedBinaryName{"CN=X", "P", "B", {}});
    question.file.unknown = {};
    facts.unknown = {};
  }
  return question;
}

class World {
 public:
  World(std::vector<Policy> policies, Environment environment, MigrationOptions options = {})
      : policies_(std::move(policies)),
        environment_(std::move(environment)),
        migration_(*ToAppLocker(policies_, environment_, options)),
        settings_(policies_),
        applocker_(Build()) {}

  const Migration& migration() const { return migration_; }

  bool BlockedBySrp(const Question& question) const { return Srp(question).is_blocked; }
  bool BlockedByAppLocker(const Question& question) const {
    return Decide(applocker_, question.request()).would_block();
  }
  Answer Srp(const Question& question) const {
    return reference::Identify(policies_, environment_, question.request());
  }

  bool HasNote(std::string_view about) const {
    return std::ranges::any_of(migration_.notes, [about](const MigrationNote& note) {
      return note.about == about && note.is_difference;
    });
  }
  const MigratedRule& ReportOf(const Rule* rule) const {
    return *std::ranges::find(migration_.rules, rule, &MigratedRule::rule);
  }

  // Which words of the report speak of this difference; empty: none do.
  std::string Excuse(const Question& question) const {
    const Answer answer = Srp(question);
    if (answer.rule != nullptr && ReportOf(answer.rule).equality != Equality::kExact) return "rule";
    const auto note = [&](bool applies, const char* about) {
      return applies && HasNote(about) ? about : "";
    };
    std::string excuse = note(question.operation == Operation::kOpen, "designated-types");
    if (excuse.empty()) {
      excuse = note(answer.not_asked == NotAsked::kSystemAccount, "system-account");
    }
    if (excuse.empty()) {
      excuse = note(answer.not_asked == NotAsked::kAdministrator, "administrators");
    }
    const UnknownAttributes& unknown = question.file.unknown;
    if (excuse.empty()) excuse = note(unknown.hash || unknown.publisher, "unknown");
    // The condition of a deny rule sees what is only claimed, its exceptions do not.
    const bool has_claimed = std::ranges::any_of(
        question.file.paths, [](const PathAttribute& path) { return !path.verified; });
    const bool is_denied = Decide(applocker_, question.request()).verdict == Verdict::kDenied;
    if (excuse.empty()) excuse = note(has_claimed && is_denied, "several-paths");
    return excuse;
  }

 private:
  PolicySet Build() const {
    // As the files have it: what is written is what is judged by.
    const std::string text = *applocker::WritePolicy(migration_.policy);
    const auto read = applocker::ReadPolicyOrFail(MemorySource(AsBytes(text)));
    EXPECT_TRUE(read) << text;
    EXPECT_EQ(*read, migration_.policy);
    PolicySet::Builder builder;
    builder.AddMergedLayer({{"migrated", migration_.policy}});
    return *builder.Build();
  }

  std::vector<Policy> policies_;
  Environment environment_;
  Migration migration_;
  Settings settings_;
  PolicySet applocker_;
};

std::string Describe(const World& world, const Question& question) {
  std::string text = ToString(question.operation);
  for (const PathAttribute& path : question.file.paths) {
    text += "\n  " + path.exact + (path.verified ? "" : " claimed") +
            (path.case_sensitive ? " cased" : "");
  }
  const Answer answer = world.Srp(question);
  text += std::string("\n  srp: ") + ToString(answer.not_asked) + " " + ToString(answer.level);
  if (answer.rule != nullptr) {
    if (const auto* path = std::get_if<PathCondition>(&answer.rule->condition)) {
      text += " by " + path->path + " as " + ToString(answer.specificity.form);
    }
  }
  return text + "\n" + *applocker::WritePolicy(world.migration().policy);
}

TEST(SrpMigration, GivesTheSameVerdictsOrSaysWhereNot) {
  constexpr uint64_t kWorlds = 1500;
  constexpr size_t kQuestions = 40;
  size_t same_by_rule = 0;
  size_t differ_by_rule = 0;
  for (uint64_t seed = 0; seed < kWorlds && !::testing::Test::HasFailure(); ++seed) {
    Choices choices(seed);
    std::vector<Policy> policies = {testing::GenerateSrpPolicy(choices, Scope::kMachine)};
    if (choices.OneIn(3)) policies.push_back(testing::GenerateSrpPolicy(choices, Scope::kUser));
    for (Policy& policy : policies) MakeConsistent(policy);
    const World world(std::move(policies), testing::GeneratedSrpEnvironment());
    for (size_t i = 0; i < kQuestions; ++i) {
      const Question question = AnyQuestion(choices);
      const bool by_rule = world.Srp(question).rule != nullptr;
      if (world.BlockedBySrp(question) == world.BlockedByAppLocker(question)) {
        if (by_rule) ++same_by_rule;
        continue;
      }
      const std::string excuse = world.Excuse(question);
      if (excuse == "rule") ++differ_by_rule;
      EXPECT_NE(excuse, "") << "seed " << seed << ", question " << i << ": "
                            << Describe(world, question);
    }
  }
  EXPECT_GT(same_by_rule, kWorlds * kQuestions / 8);
  EXPECT_LT(differ_by_rule * 10, same_by_rule);
}

// ---- The corpus.

Environment WindowsEnvironment() {
  Environment environment;
  const std::string key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\";
  environment.Set(key + "Windows NT\\CurrentVersion\\SystemRoot", {"C:\\Windows"});
  environment.Set(key + "Windows\\CurrentVersion\\ProgramFilesDir", {"C:\\Program Files"});
  environment.Set(key + "Windows\\CurrentVersion\\ProgramFilesDir (x86)",
                  {"C:\\Program Files (x86)"});
  environment.Set("ProgramData", {"C:\\ProgramData"});
  environment.Set("UserProfile", {"C:\\Users\\*"});
  environment.Set("AppData", {"C:\\Users\\*\\AppData\\Roaming"});
  environment.Set("LocalAppData", {"C:\\Users\\*\\AppData\\Local"});
  environment.Set("Temp", {"C:\\Users\\*\\AppData\\Local\\Temp"});
  return environment;
}

// Paths at, below and beside what a rule names.
std::vector<std::string> PathsAbout(const std::string& pattern) {
  std::string path;
  for (const char c : pattern) path += c == '*' || c == '?' ? 'x' : c;
  const size_t separator = path.rfind('\\');
  const std::string name = path.substr(separator == std::string::npos ? 0 : separator + 1);
  if (separator == std::string::npos) path = "C:\\" + path;
  std::vector<std::string> paths = {path, "Z:\\other\\" + name};
  for (const char* behind : {"\\x.exe", "\\x\\x.exe", "\\x\\x\\y.vbs", "y.exe"}) {
    paths.push_back(path + behind);
  }
  return paths;
}

// Of every path that any rule of the policy speaks of.
void ExpectSameVerdicts(const Policy& policy) {
  const Environment environment = WindowsEnvironment();
  const World world({policy}, environment, {PathsFor::kWindows, {}, {}});
  size_t asked = 0;
  size_t allowed = 0;
  for (const Rule& rule : policy.rules) {
    const auto& condition = std::get<PathCondition>(rule.condition);
    for (const std::string& text : environment.Expand(condition.path).paths) {
      for (const std::string& path : PathsAbout(text)) {
        Question question;
        question.file = MakeFileAttributes({}, {{path}});
        question.token.groups = {{well_known_sids::kEveryone}};
        const bool is_blocked = world.BlockedBySrp(question);
        ++asked;
        if (!is_blocked) ++allowed;
        if (is_blocked == world.BlockedByAppLocker(question)) continue;
        EXPECT_EQ(world.Excuse(question), "rule") << Describe(world, question);
      }
    }
  }
  EXPECT_GT(asked, policy.rules.size() * 5);
  EXPECT_GT(allowed, 0U);
  EXPECT_LT(allowed, asked);
}

TEST(SrpMigration, GivesTheSameVerdictsForTheRegTextOfTheCorpus) {
  const auto path = CorpusFile("registry-pol/srp-default-disallow-paths.reg");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream in(*path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  const std::vector<RegistrySource> sources = {
      {"x.reg", Scope::kMachine, "line", registry::ParseRegText(AsBytes(content)).value()}};
  ExpectSameVerdicts(*ReadRegistry(sources)->machine);
}

TEST(SrpMigration, GivesTheSameVerdictsForTheTableOfTheCorpus) {
  const auto path = CorpusFile("registry-pol/srp-allow-drive-roots-values.tsv");
  if (!path) GTEST_SKIP() << kCorpusAbsent;
  std::ifstream in(*path);
  std::vector<Rule> rules;
  for (std::string line; std::getline(in, line);) {
    if (line.find("\tItemData\t") == std::string::npos) continue;
    const std::string text = line.substr(line.rfind('\t') + 1);
    const bool allows = line.find("\\262144\\") != std::string::npos;
    rules.push_back(allows ? testing::AllowPath(text) : testing::DenyPath(text));
  }
  ASSERT_EQ(rules.size(), 5U);
  ExpectSameVerdicts(testing::SrpPolicyOf(Level::kDisallowed, std::move(rules)));
}

}  // namespace
}  // namespace portcullis::srp
