// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/rule_trace.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "policy/applocker/reference_text.h"

namespace portcullis::reference {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using applocker::RuleCollection;

// Section 3.5.
RuleOutcome TestPublisher(const FilePublisherCondition& condition, const FileAttributes& file,
                          Evidence evidence, const MatchingSettings& settings) {
  if (file.unknown.publisher) {
    return evidence == Evidence::kPossible ? RuleOutcome::kMatched : RuleOutcome::kPublisherUnknown;
  }
  if (!file.publisher) return RuleOutcome::kNoPublisher;
  const FullyQualifiedBinaryName& name = file.publisher->name();
  if (!LiteralFieldMatches(condition.publisher_name, name.publisher)) {
    return RuleOutcome::kPublisherDiffers;
  }
  if (!LiteralFieldMatches(condition.product_name, name.product)) {
    return RuleOutcome::kProductDiffers;
  }
  if (!BinaryNameMatches(condition.binary_name, name.binary, settings)) {
    return RuleOutcome::kBinaryDiffers;
  }
  const auto& range = condition.binary_version_range;
  if (range.low_section && name.version.packed < range.low_section->packed) {
    return RuleOutcome::kVersionTooLow;
  }
  if (range.high_section && name.version.packed > range.high_section->packed) {
    return RuleOutcome::kVersionTooHigh;
  }
  return RuleOutcome::kMatched;
}

// Section 2, and design.md "Verified and claimed paths".
RuleOutcome TestPath(const FilePathCondition& condition, const FileAttributes& file,
                     Evidence evidence, const MatchingSettings& settings) {
  if (condition.path == "*") return RuleOutcome::kMatched;
  if (file.paths.empty()) return RuleOutcome::kNoPath;
  RuleOutcome closest = RuleOutcome::kPathDiffers;
  for (const PathAttribute& path : file.paths) {
    if (PathMatches(condition.path, path, path.case_sensitive, settings)) {
      if (path.verified || evidence == Evidence::kPossible) return RuleOutcome::kMatched;
      closest = RuleOutcome::kPathOnlyClaimed;
    } else if (closest == RuleOutcome::kPathDiffers &&
               PathMatches(condition.path, path, /*case_sensitive=*/false, settings)) {
      closest = RuleOutcome::kPathDiffersInCase;
    }
  }
  return closest;
}

bool SameDigest(const std::optional<FileDigest>& digest, const FileDigest& wanted) {
  return digest && std::ranges::equal(std::span(digest->bytes).first(wanted.size()),
                                      std::span(wanted.bytes).first(wanted.size()));
}

// Section 4: the Type of a hash says which digest of the file it is compared with.
RuleOutcome TestHash(const FileHashCondition& condition, const FileAttributes& file,
                     Evidence evidence, const MatchingSettings& settings) {
  if (file.unknown.hash) {
    return evidence == Evidence::kPossible ? RuleOutcome::kMatched : RuleOutcome::kHashUnknown;
  }
  if (!file.sha256 && !file.sha256_flat && !file.sha1) return RuleOutcome::kNoHash;
  for (const FileHash& hash : condition.hashes) {
    bool same = false;
    switch (hash.digest.type) {
      case HashType::kSha256:
        same =
            SameDigest(file.sha256, hash.digest) ||
            (settings.msi_authenticode_hash_matches && SameDigest(file.sha256_second, hash.digest));
        break;
      case HashType::kSha256Flat:
        same = SameDigest(file.sha256_flat, hash.digest);
        break;
      case HashType::kSha1:
        same = SameDigest(file.sha1, hash.digest);
        break;
    }
    if (same) return RuleOutcome::kMatched;
  }
  return RuleOutcome::kHashDiffers;
}

RuleOutcome TestSid(const Rule& rule, const AccessToken& token, TokenView view) {
  if (token.user == rule.user_or_group_sid) return RuleOutcome::kMatched;
  RuleOutcome outcome = RuleOutcome::kSidNotInToken;
  for (const TokenGroup& group : token.Groups(view)) {
    if (group.sid != rule.user_or_group_sid) continue;
    if (group.use == GroupUse::kEnabled || rule.action == Action::kDeny) {
      return RuleOutcome::kMatched;
    }
    outcome = RuleOutcome::kSidDenyOnly;
  }
  return outcome;
}

}  // namespace

TokenView ViewFor(CollectionType type, const MatchingSettings& settings) {
  switch (type) {
    case CollectionType::kExe:
    case CollectionType::kAppx:
      return TokenView::kExe;
    case CollectionType::kScript:
    case CollectionType::kMsi:
      return settings.scripts_use_exe_view ? TokenView::kExe : TokenView::kAsIs;
    default:
      return TokenView::kAsIs;
  }
}

bool SeesPublisherOnly(CollectionType type, const MatchingSettings& settings) {
  return type == CollectionType::kAppx && settings.packages_match_by_publisher_only;
}

RuleOutcome TestCondition(const Condition& condition, const FileAttributes& file, Evidence evidence,
                          const MatchingSettings& settings) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) {
    return TestPath(*path, file, evidence, settings);
  }
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    return TestPublisher(*publisher, file, evidence, settings);
  }
  return TestHash(std::get<FileHashCondition>(condition), file, evidence, settings);
}

RuleTrace TraceRule(const Rule& rule, CollectionType type, const Request& request,
                    const MatchingSettings& settings) {
  FileAttributes publisher_only;
  if (SeesPublisherOnly(type, settings)) {
    publisher_only.publisher = request.file->publisher;
    publisher_only.unknown.publisher = request.file->unknown.publisher;
  }
  const FileAttributes& file = SeesPublisherOnly(type, settings) ? publisher_only : *request.file;
  const bool is_deny = rule.action == Action::kDeny;
  // A doubt speaks against running the file.
  const auto for_rule = is_deny ? Evidence::kPossible : Evidence::kCertain;
  const auto for_exceptions = is_deny ? Evidence::kCertain : Evidence::kPossible;

  RuleTrace trace;
  trace.rule = &rule;
  const RuleOutcome condition = TestCondition(rule.condition, file, for_rule, settings);
  trace.condition_matched = condition == RuleOutcome::kMatched;
  trace.outcome = TestSid(rule, *request.token, ViewFor(type, settings));
  if (trace.outcome != RuleOutcome::kMatched) return trace;
  trace.outcome = condition;
  if (trace.outcome != RuleOutcome::kMatched) return trace;
  for (const Condition& exception : rule.exceptions) {
    if (TestCondition(exception, file, for_exceptions, settings) == RuleOutcome::kMatched) {
      trace.outcome = RuleOutcome::kCancelledByException;
      trace.exception = &exception;
      return trace;
    }
  }
  return trace;
}

std::vector<const Rule*> OrderOfTrial(const RuleCollection& collection,
                                      const MatchingSettings& settings) {
  std::vector<const Rule*> order;
  for (const Rule& rule : collection.rules) order.push_back(&rule);
  if (settings.reported_rule == ReportedRule::kSmallestId) {
    std::ranges::stable_sort(order, {}, [](const Rule* rule) { return rule->id.bytes; });
  }
  std::stable_partition(order.begin(), order.end(),
                        [](const Rule* rule) { return rule->action == Action::kDeny; });
  return order;
}

}  // namespace portcullis::reference
