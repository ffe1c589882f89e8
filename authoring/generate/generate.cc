// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/generate.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "authoring/facts.h"
#include "authoring/generate/draft_rule.h"
#include "authoring/generate/policy_builder.h"
#include "base/byte_source.h"
#include "base/quote.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "policy/path_text.h"
#include "policy/policy_set.h"

namespace portcullis {
namespace {

constexpr size_t kNamedInNotes = 5;

std::vector<PendingFile> AllPending(const std::vector<SeenFile>& files) {
  std::vector<PendingFile> pending(files.size());
  for (uint32_t i = 0; i < files.size(); ++i) pending[i].file = i;
  return pending;
}

Drafts DraftRules(RuleType type, const std::vector<SeenFile>& files,
                  std::vector<PendingFile> pending, const GenerateOptions& options) {
  if (type == RuleType::kHash) return DraftHashRules(files, std::move(pending), options);
  Drafts drafts = type == RuleType::kPublisher
                      ? DraftPublisherRules(files, std::move(pending), options)
                      : DraftPathRules(files, std::move(pending), options);
  KeepWhatMatches(files, drafts);
  return drafts;
}

// What no type of rule could be made for, by path.
Result<std::vector<SkippedFile>> SkipLeft(const std::vector<SeenFile>& files,
                                          const std::vector<PendingFile>& left,
                                          const GenerateOptions& options) {
  std::vector<SkippedFile> skipped;
  skipped.reserve(left.size());
  for (const PendingFile& pending : left) skipped.push_back({pending.file, pending.why});
  std::ranges::sort(skipped, [&](const SkippedFile& a, const SkippedFile& b) {
    return std::tie(files[a.file].path, files[a.file].machine) <
           std::tie(files[b.file].path, files[b.file].machine);
  });
  if (skipped.empty() || options.missing == MissingInformation::kSkip) return skipped;
  const std::string more =
      skipped.size() == 1 ? "" : fmt::format(", nor for {} other files", skipped.size() - 1);
  return Fail(ErrorCode::kNotFound,
              fmt::format("{}: no rule of the types asked for can be made for it ({}){}; "
                          "--skip-missing passes such files over",
                          Quote(files[skipped[0].file].path, kMaxFactPathCharacters),
                          skipped[0].why, more));
}

BypassPlatform PlatformOf(const SeenFile& file) {
  const std::string& path = file.rule_path ? file.rule_path->text : file.path;
  return KindOfPath(path) == PathKind::kHost ? BypassPlatform::kLinux : BypassPlatform::kWindows;
}

std::set<BypassPlatform> PlatformsOf(const std::vector<SeenFile>& files) {
  std::set<BypassPlatform> platforms;
  for (const SeenFile& file : files) platforms.insert(PlatformOf(file));
  if (platforms.empty()) platforms = {BypassPlatform::kWindows, BypassPlatform::kLinux};
  return platforms;
}

// Path rules for files of which nothing says who may write them.
size_t CountUnchecked(const Drafts& drafts, const std::vector<SeenFile>& files,
                      const GenerateOptions& options) {
  return static_cast<size_t>(std::ranges::count_if(drafts.rules, [&](const DraftRule& draft) {
    const auto& path = std::get<applocker::FilePathCondition>(draft.condition).path;
    if (KindOfPath(path) != PathKind::kHost) return options.windows_access == nullptr;
    return std::ranges::any_of(draft.files, [&](uint32_t file) {
      return (files[file].is_here ? options.here_access : options.host_access) == nullptr;
    });
  }));
}

void NoteUnchecked(size_t path_rules, std::vector<std::string>& notes) {
  if (path_rules == 0) return;
  notes.push_back(fmt::format(
      "path rules ({}) are for single files, and whether users can write those is not known: "
      "nothing says who may write on the machines that the files are from",
      path_rules));
}

// A rule that denies is stronger than those that the files were given.
void NoteDenied(const std::vector<SeenFile>& files, const PolicySet& policies, const Sid& user,
                std::vector<std::string>& notes) {
  AccessToken token;
  token.user = user;
  token.groups = {{well_known_sids::kEveryone}};
  std::set<std::string> denied;
  for (const SeenFile& file : files) {
    const FileAttributes attributes = AttributesOf(file);
    Request request;
    request.collection = file.collection;
    request.file = &attributes;
    request.token = &token;
    if (Decide(policies, request).verdict == Verdict::kDenied) denied.insert(file.path);
  }
  if (denied.empty()) return;
  std::string text;
  size_t named = 0;
  for (const std::string& path : denied) {
    if (named++ == kNamedInNotes) break;
    text += fmt::format("{}{}", named == 1 ? "" : ", ", Quote(path));
  }
  notes.push_back(fmt::format("{} of the files that were seen are denied as known bypasses: {}{}",
                              denied.size(), text, denied.size() > kNamedInNotes ? ", ..." : ""));
}

}  // namespace

Result<Generated> GeneratePolicy(const std::vector<SeenFile>& files,
                                 const GenerateOptions& options) {
  if (files.size() > kMaxSeenFiles) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} files, at most {} are allowed", files.size(), kMaxSeenFiles));
  }
  Generated generated;
  PolicyBuilder builder(options);
  std::vector<PendingFile> pending = AllPending(files);
  size_t unchecked = 0;
  for (const RuleType type : options.types) {
    Drafts drafts = DraftRules(type, files, std::move(pending), options);
    if (type == RuleType::kPath) unchecked = CountUnchecked(drafts, files, options);
    for (DraftRule& draft : drafts.rules) TRY_VOID(builder.Add(std::move(draft)));
    pending = std::move(drafts.left);
  }
  generated.skipped = TRY(SkipLeft(files, pending, options));
  if (options.default_rules) TRY_VOID(builder.AddDefaultRules());
  if (options.deny_known_bypasses) {
    TRY_VOID(builder.AddBypasses(PlatformsOf(files), generated.notes));
  }
  TRY_VOID(builder.Build(generated));
  if (generated.policy.collections.empty()) {
    return Fail(ErrorCode::kNotFound, "there is nothing to make a rule of");
  }
  NoteUnchecked(unchecked, generated.notes);
  if (options.deny_known_bypasses) {
    PolicySet::Builder policies;
    policies.AddMergedLayer({{"new", generated.policy}});
    NoteDenied(files, TRY(policies.Build()), options.user, generated.notes);
  }
  return generated;
}

Result<std::string> WriteGenerated(const Generated& generated) {
  std::string xml = TRY(applocker::WritePolicy(generated.policy));
  applocker::ReadOptions strictly;
  strictly.strict = true;
  const MemorySource source(AsBytes(xml));
  if (TRY(applocker::ReadPolicyOrFail(source, strictly)) == generated.policy) return xml;
  return Fail(ErrorCode::kMalformed, "the policy would be read as another one than was made");
}

}  // namespace portcullis
