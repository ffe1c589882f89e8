// SPDX-License-Identifier: Apache-2.0
// `portcullis policy edit`: single changes of a policy, in its place.
#include <fmt/core.h>

#include <filesystem>

#include "authoring/change/apply.h"
#include "authoring/change/change_json.h"
#include "authoring/change/collections.h"
#include "authoring/change/edit.h"
#include "cli/commands.h"
#include "cli/file_context.h"
#include "cli/policy_change.h"
#include "cli/text.h"
#include "cli/values.h"
#include "host/file_walk.h"
#include "host/read_file.h"

namespace portcullis::cli {
namespace {

using applocker::AppLockerPolicy;

ExitStatus Usage(Io& io, const Error& error) {
  PrintError(io, error.message);
  return ExitStatus::kUsage;
}

// What a hash rule of that file holds.
Result<applocker::FileHash> HashOf(const std::string& file, const FileContext& context) {
  FileReport report;
  FileWalk walk(*context.speller, Directories::kRefuse,
                [&](const WalkItem& item) { report = LookAt(item, context); });
  walk.Argument(file);
  if (report.problem) {
    return Fail(report.problem->code, fmt::format("{}: {}", file, report.problem->message));
  }
  const auto digest = MakeFileAttributes(report.identity, {}).sha256;
  if (!digest) return Fail(ErrorCode::kUnsupported, fmt::format("{}: has no hash", file));
  applocker::FileHash hash{*digest, std::filesystem::path(file).filename().string(), {}};
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(file, error);
  if (!error) hash.source_file_length = fmt::format("{}", size);
  return hash;
}

Result<void> LookAtFiles(const Options& options, authoring::RuleText& rule, Io& io) {
  if (options.authoring.edit.hash_of.empty()) return {};
  const Values values = TRY(ParseValues(options));
  const FileContext context = TRY(LoadFileContext(options, values, io));
  for (const std::string& file : options.authoring.edit.hash_of) {
    rule.files.push_back(TRY(HashOf(file, context)));
  }
  return {};
}

// A collection without rules allows; from the first rule on it denies what no rule allows.
void WarnOfFirstRule(const AppLockerPolicy& policy, applocker::CollectionType type, Io& io) {
  const auto* collection = policy.Find(type);
  if (collection == nullptr || collection->rules.size() != 1) return;
  if (collection->mode() == applocker::EnforcementMode::kAuditOnly) return;
  PrintError(io, fmt::format("warning: this is the first rule of collection {}, which from now on "
                             "denies what no rule allows",
                             ToString(type)));
}

bool IsEnforced(const applocker::RuleCollection& collection) {
  return !collection.rules.empty() && collection.mode() != applocker::EnforcementMode::kAuditOnly;
}

// Where the last rule of a collection goes, what it denied is allowed from then on.
void WarnOfLastRules(const AppLockerPolicy& before, const AppLockerPolicy& after, Io& io) {
  for (const applocker::RuleCollection& collection : before.collections) {
    if (!IsEnforced(collection)) continue;
    const std::string name = authoring::NameOf(collection);
    const auto* left = authoring::FindCollection(after, name);
    if (left != nullptr && !left->rules.empty()) continue;
    PrintError(io, fmt::format("warning: this was the last rule of collection {}, which from now "
                               "on allows everything",
                               Printable(name)));
  }
}

// What the change calls malformed was given as an argument.
ExitStatus ChangeByArguments(const Options& options, Io& io,
                             const std::function<Result<void>(AppLockerPolicy& policy)>& change) {
  bool is_usage = false;
  const ExitStatus status = ChangePolicy(options, io, [&](AppLockerPolicy& policy) {
    auto changed = change(policy);
    is_usage = !changed && changed.error().code == ErrorCode::kMalformed;
    return changed;
  });
  return is_usage ? ExitStatus::kUsage : status;
}

Result<std::vector<authoring::Change>> ReadChangesFrom(const std::string& file, const Io& io) {
  if (file == "-") return authoring::ReadChanges(io.in_fd);
  const auto fd = OpenRegularFile(file, Links::kFollow);
  auto changes = fd ? authoring::ReadChanges(fd->get())
                    : Result<std::vector<authoring::Change>>(Unexpected(fd.error()));
  if (changes) return changes;
  return Fail(changes.error().code, fmt::format("{}: {}", file, changes.error().message));
}

}  // namespace

ExitStatus RunPolicyAddRule(const Options& options, Io& io) {
  authoring::RuleText text = options.authoring.edit.rule;
  if (const auto looked = LookAtFiles(options, text, io); !looked) {
    return EndWithError(io, looked.error());
  }
  const auto made = authoring::MakeRule(text);
  if (!made) return Usage(io, made.error());
  return ChangePolicy(options, io, [&](AppLockerPolicy& policy) -> Result<void> {
    TRY_VOID(authoring::AddRule(policy, *made));
    WarnOfFirstRule(policy, made->collection, io);
    return {};
  });
}

ExitStatus RunPolicyRemoveRule(const Options& options, Io& io) {
  return ChangeByArguments(options, io, [&](AppLockerPolicy& policy) -> Result<void> {
    const AppLockerPolicy before = policy;
    TRY_VOID(authoring::RemoveRules(policy, options.authoring.edit.ids));
    WarnOfLastRules(before, policy, io);
    return {};
  });
}

ExitStatus RunPolicySetMode(const Options& options, Io& io) {
  return ChangeByArguments(options, io, [&](AppLockerPolicy& policy) {
    const EditOptions& edit = options.authoring.edit;
    return authoring::SetMode(policy, edit.rule.collection, edit.mode);
  });
}

ExitStatus RunPolicyApply(const Options& options, Io& io) {
  const auto changes = ReadChangesFrom(options.authoring.edit.changes, io);
  if (!changes) return EndWithError(io, changes.error());
  return ChangePolicy(options, io, [&](AppLockerPolicy& policy) -> Result<void> {
    AppLockerPolicy changed = TRY(authoring::Apply(policy, *changes));
    WarnOfLastRules(policy, changed, io);
    policy = std::move(changed);
    return {};
  });
}

}  // namespace portcullis::cli
