// SPDX-License-Identifier: Apache-2.0
// What a generated policy promises, on thousands of generated files: it allows all that it was made
// from, and of others only what was asked for.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "authoring/generate/fake_write_access.h"
#include "authoring/generate/folder_cover.h"
#include "authoring/generate/generate.h"
#include "base/byte_source.h"
#include "base/utf.h"
#include "policy/applocker/policy_reader.h"
#include "policy/policy_set.h"
#include "tests/policy/generator.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using testing::Choices;

constexpr CollectionType kCollections[] = {CollectionType::kExe, CollectionType::kDll,
                                           CollectionType::kScript, CollectionType::kMsi,
                                           CollectionType::kAppx};

// Files of the engines' own generator: names with wildcards and separators of the other system,
// bytes that are not UTF-8, spellings that are only claimed, attributes that are unknown.
std::vector<FileReport> WildReports(Choices& choices) {
  std::vector<FileReport> reports;
  for (const testing::GeneratedFile& file : testing::GenerateWorld(choices).files) {
    FileReport report;
    report.identity = file.identity;
    report.paths = file.spellings;
    report.path = report.paths.empty() ? "nowhere" : report.paths[0].text;
    report.collection = kCollections[choices.Below(std::size(kCollections))];
    reports.push_back(std::move(report));
  }
  return reports;
}

// Files of a machine: few publishers, some folders, a digest each.
FileReport TameReport(Choices& choices) {
  static const std::vector<std::string> folders = {"/usr/bin", "/usr/lib/a",      "/usr/lib/a/b",
                                                   "/opt/x",   "/opt/x/tmp",      "/home/alice",
                                                   "/srv",     "/srv/deep/deeper"};
  FileReport report;
  report.path = fmt::format("{}/f{}", choices.Of(folders), choices.Below(60'000));
  report.paths = {{report.path, true, true}, {"%OSDRIVE%" + report.path, true, true}};
  report.collection = kCollections[choices.Below(4)];
  report.identity.kind = FileKind::kPe;
  FileDigest digest;
  for (uint8_t& byte : digest.bytes) byte = static_cast<uint8_t>(choices.Below(256));
  report.identity.hashes = {{digest, HashForm::kAuthenticode}};
  if (choices.OneIn(2)) {
    report.identity.publisher = FullyQualifiedBinaryName{
        fmt::format("O=P{}, C=US", choices.Below(12)), fmt::format("PRODUCT{}", choices.Below(6)),
        fmt::format("B{}.EXE", choices.Below(10)),
        FileVersion::Of(static_cast<uint16_t>(choices.Below(5)), 0, 0, 0)};
  }
  return report;
}

std::vector<FileReport> TameReports(Choices& choices, size_t count) {
  std::vector<FileReport> reports;
  for (size_t i = 0; i < count; ++i) reports.push_back(TameReport(choices));
  return reports;
}

std::vector<SeenFile> Seen(const std::vector<FileReport>& reports) {
  std::vector<SeenFile> files;
  for (const FileReport& report : reports) {
    if (auto file = SeenFileOf(report, "m", HostConfig::Default()))
      files.push_back(*std::move(file));
  }
  return files;
}

// As it is written and read again, without a warning.
PolicySet Compile(const Generated& generated) {
  const auto xml = WriteGenerated(generated);
  EXPECT_TRUE(xml) << xml.error().message;
  const MemorySource source(AsBytes(xml.value()));
  const auto document = applocker::ReadPolicy(source);
  EXPECT_TRUE(document.policy && document.warnings.empty());
  PolicySet::Builder builder;
  builder.AddMergedLayer({{"new", document.policy.value()}});
  return std::move(*builder.Build());
}

Decision DecideFor(const PolicySet& policies, const FileReport& report, const Sid& user) {
  const FileAttributes attributes = MakeFileAttributes(report.identity, report.paths);
  AccessToken token;
  token.user = user;
  Request request;
  request.collection = report.collection;
  request.file = &attributes;
  request.token = &token;
  Decision decision = Decide(policies, request);
  decision.policy = {};
  return decision;
}

GenerateOptions RandomOptions(Choices& choices) {
  GenerateOptions options;
  options.types = {RuleType::kPublisher, RuleType::kPath, RuleType::kHash};
  std::mt19937 order(static_cast<uint32_t>(choices.Below(65536)));
  std::shuffle(options.types.begin(), options.types.end(), order);
  options.types.resize(1 + choices.Below(3));
  options.grouping = choices.OneIn(2) ? Grouping::kOptimize : Grouping::kNone;
  options.missing = MissingInformation::kSkip;
  if (choices.OneIn(2)) options.level = static_cast<PublisherLevel>(choices.Below(5));
  options.version = static_cast<VersionChoice>(choices.Below(4));
  options.user = choices.OneIn(2) ? well_known_sids::kUsers : well_known_sids::kEveryone;
  return options;
}

// Empty where each file that was not skipped is allowed by a rule.
std::string FirstNotAllowed(const std::vector<FileReport>& reports, const Generated& generated,
                            const Sid& user) {
  const PolicySet policies = Compile(generated);
  std::set<uint32_t> skipped;
  for (const SkippedFile& file : generated.skipped) skipped.insert(file.file);
  for (uint32_t i = 0; i < reports.size(); ++i) {
    if (skipped.contains(i)) continue;
    const Decision decision = DecideFor(policies, reports[i], user);
    if (decision.verdict != Verdict::kAllowed || decision.rule == nullptr) {
      return fmt::format("file {} {}: {}", i, LossyUtf8(reports[i].path),
                         ToString(decision.verdict));
    }
  }
  return {};
}

TEST(GenerateProperty, AllowsEveryFileItWasMadeFrom) {
  Choices choices(20261130);
  const FakeWriteAccess access({"/usr/a", "C:\\B", "%WINDIR%\\bin"});
  size_t allowed = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto reports = WildReports(choices);
    const auto files = Seen(reports);
    ASSERT_EQ(files.size(), reports.size());
    GenerateOptions options = RandomOptions(choices);
    if (choices.OneIn(2)) {
      options.host_access = &access;
      options.windows_access = &access;
    }
    const auto generated = GeneratePolicy(files, options);
    if (!generated) continue;
    allowed += files.size() - generated->skipped.size();
    ASSERT_EQ(FirstNotAllowed(reports, *generated, options.user), "") << "round " << round;
  }
  EXPECT_GT(allowed, 3000U);
}

TEST(GenerateProperty, AllowsByHashNothingElse) {
  Choices choices(8);
  for (const Grouping grouping : {Grouping::kNone, Grouping::kOptimize}) {
    const auto reports = TameReports(choices, 500);
    GenerateOptions options;
    options.types = {RuleType::kHash};
    options.grouping = grouping;
    const PolicySet policies = Compile(GeneratePolicy(Seen(reports), options).value());
    for (const FileReport& other : TameReports(choices, 10'000)) {
      const Decision decision = DecideFor(policies, other, options.user);
      ASSERT_EQ(ToString(decision.verdict), std::string("DeniedByDefault")) << other.path;
    }
  }
}

// Wild files share digests: those that are allowed are those whose digest was seen.
TEST(GenerateProperty, AllowsByHashJustTheDigestsThatWereSeen) {
  Choices choices(9);
  GenerateOptions options;
  options.types = {RuleType::kHash};
  options.missing = MissingInformation::kSkip;
  for (int round = 0; round < 200; ++round) {
    const auto reports = WildReports(choices);
    const auto files =
        Seen({reports.begin(), reports.begin() + static_cast<ptrdiff_t>(reports.size() / 2)});
    const auto generated = GeneratePolicy(files, options);
    if (!generated) continue;
    const PolicySet policies = Compile(*generated);
    for (const FileReport& report : reports) {
      if (DecideFor(policies, report, options.user).verdict != Verdict::kAllowed) continue;
      const bool was_seen = std::ranges::any_of(files, [&](const SeenFile& file) {
        const auto has = [&](const FileHashCandidate& candidate) {
          return file.digest == candidate.digest;
        };
        return file.collection == report.collection &&
               std::ranges::any_of(report.identity.hashes, has);
      });
      ASSERT_TRUE(was_seen) << "round " << round << ": " << LossyUtf8(report.path);
    }
  }
}

// Why a file that was not seen follows from one that was, at the level asked for; empty: it does
// not.
std::string Follows(const FileReport& extra, const SeenFile& seen, const GenerateOptions& options,
                    const applocker::Rule& rule) {
  if (const auto* path = std::get_if<applocker::FilePathCondition>(&rule.condition)) {
    if (!path->path.ends_with("/*")) return path->path == seen.rule_path->text ? "path" : "";
    const std::string folder = path->path.substr(0, path->path.size() - 1);
    const bool both =
        seen.rule_path->text.starts_with(folder) && ("%OSDRIVE%" + extra.path).starts_with(folder);
    return both && options.grouping == Grouping::kOptimize ? "folder" : "";
  }
  if (!std::holds_alternative<applocker::FilePublisherCondition>(rule.condition)) return "";
  const auto& a = *extra.identity.publisher;
  const auto& b = *seen.publisher;
  const PublisherLevel level = options.LevelToUse();
  if (level >= PublisherLevel::kPublisher && a.publisher != b.publisher) return "";
  if (level >= PublisherLevel::kProduct && a.product != b.product) return "";
  if (level >= PublisherLevel::kFile && a.binary != b.binary) return "";
  if (level < PublisherLevel::kVersion || options.version == VersionChoice::kAny)
    return "publisher";
  const bool above = a.version >= b.version || b.version == FileVersion();
  const bool below = a.version <= b.version;
  if (options.version == VersionChoice::kAtLeast) return above ? "publisher" : "";
  if (options.version == VersionChoice::kAtMost) return below ? "publisher" : "";
  return a.version == b.version ? "publisher" : "";
}

struct Extras {
  std::map<std::string, size_t> listed;  // by what they follow from
  std::vector<std::string> unexplained;
};

Extras ListExtras(const std::vector<FileReport>& others, const std::vector<SeenFile>& files,
                  const Generated& generated, const GenerateOptions& options) {
  const PolicySet policies = Compile(generated);
  std::map<std::string, const RuleOrigin*> origins;
  for (const RuleOrigin& origin : generated.origins) origins[origin.rule.ToString()] = &origin;
  Extras extras;
  for (const FileReport& other : others) {
    const Decision decision = DecideFor(policies, other, options.user);
    if (decision.verdict != Verdict::kAllowed || decision.rule == nullptr) continue;
    std::string why;
    for (const uint32_t file : origins.at(decision.rule->id.ToString())->files) {
      if (why.empty()) why = Follows(other, files[file], options, *decision.rule);
    }
    if (why.empty()) {
      extras.unexplained.push_back(fmt::format("{} by {}", other.path, decision.rule->name));
    } else {
      ++extras.listed[why];
    }
  }
  return extras;
}

TEST(GenerateProperty, AllowsOfOthersOnlyWhatFollowsFromTheLevelAskedFor) {
  Choices choices(77);
  const FakeWriteAccess access({"%OSDRIVE%/opt/x/tmp", "%OSDRIVE%/home"});
  std::map<std::string, size_t> listed;
  for (int round = 0; round < 30; ++round) {
    GenerateOptions options = RandomOptions(choices);
    options.host_access = &access;
    options.windows_access = &access;
    const auto files = Seen(TameReports(choices, 60));
    const auto generated = GeneratePolicy(files, options);
    if (!generated) continue;
    const Extras extras = ListExtras(TameReports(choices, 10'000), files, *generated, options);
    ASSERT_TRUE(extras.unexplained.empty())
        << "round " << round << ": " << extras.unexplained.size() << " files, first "
        << extras.unexplained.front();
    for (const auto& [why, count] : extras.listed) listed[why] += count;
  }
  for (const auto& [why, count] : listed) {
    RecordProperty("extra files by " + why, static_cast<int>(count));
  }
  EXPECT_GT(listed["publisher"], 1000U);
  EXPECT_GT(listed["folder"], 1000U);
  EXPECT_EQ(listed.count("hash"), 0U);
}

TEST(GenerateProperty, GroupsKeepEveryVerdictAndCoverNothingWritable) {
  Choices choices(5);
  const FakeWriteAccess access(
      {"%OSDRIVE%/opt/x/tmp", "%OSDRIVE%/home", "%OSDRIVE%/srv/deep", "%OSDRIVE%/usr/lib/a/b/f1"});
  size_t folders = 0;
  for (int round = 0; round < 40; ++round) {
    const auto reports = TameReports(choices, 200);
    const auto files = Seen(reports);
    GenerateOptions options = RandomOptions(choices);
    options.types = {RuleType::kPath, RuleType::kHash};
    options.host_access = &access;
    options.windows_access = &access;
    options.whole_folders = {{"%OSDRIVE%/usr", true, true}, {"%OSDRIVE%/opt", true, true}};
    options.grouping = Grouping::kNone;
    const Generated single = GeneratePolicy(files, options).value();
    options.grouping = Grouping::kOptimize;
    const Generated grouped = GeneratePolicy(files, options).value();
    ASSERT_EQ(FirstNotAllowed(reports, single, options.user), "");
    ASSERT_EQ(FirstNotAllowed(reports, grouped, options.user), "");
    EXPECT_LT(grouped.origins.size(), single.origins.size());
    for (const auto& collection : grouped.policy.collections) {
      for (const auto& rule : collection.rules) {
        const auto* path = std::get_if<applocker::FilePathCondition>(&rule.condition);
        if (path == nullptr) continue;
        ASSERT_FALSE(access.Covers(path->path)) << path->path;
        ASSERT_FALSE(access.FindOnPath(path->path, {})->has_value()) << path->path;
        if (path->path.ends_with('*')) ++folders;
      }
    }
  }
  EXPECT_GT(folders, 40U);
}

TEST(GenerateProperty, IsTheSameInAnyOrder) {
  Choices choices(6);
  std::mt19937 order(6);
  for (int round = 0; round < 100; ++round) {
    std::vector<SeenFile> files = Seen(WildReports(choices));
    GenerateOptions options = RandomOptions(choices);
    const FakeWriteAccess access({"/usr/a"});
    options.host_access = &access;
    options.windows_access = &access;
    const auto first = GeneratePolicy(files, options);
    std::shuffle(files.begin(), files.end(), order);
    const auto second = GeneratePolicy(files, options);
    ASSERT_EQ(first.has_value(), second.has_value());
    if (!first) continue;
    ASSERT_TRUE(WriteGenerated(*first) == WriteGenerated(*second)) << round;
  }
}

}  // namespace
}  // namespace portcullis
