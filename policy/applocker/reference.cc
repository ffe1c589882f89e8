// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/reference.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "policy/applocker/reference_text.h"

namespace portcullis::reference {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Condition;
using applocker::EnforcementMode;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::ServicesEnforcement;

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
  for (const applocker::FileHash& hash : condition.hashes) {
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

// Section 5.3. Scripts and installers are question 10.
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

// Whether the rules of a collection see the publisher of a file and nothing else; question 21.
bool SeesPublisherOnly(CollectionType type, const MatchingSettings& settings) {
  return type == CollectionType::kAppx && settings.packages_match_by_publisher_only;
}

// Sections 5.4, 5.6 and 5.7: whether the collection leaves this caller alone, and why.
std::optional<Reason> Exemption(const RuleCollection& collection, const Request& request) {
  const bool is_exe = collection.type == CollectionType::kExe;
  const bool is_dll = collection.type == CollectionType::kDll;
  if (!is_exe && !is_dll) return std::nullopt;
  auto services = ServicesEnforcement::kNotConfigured;
  if (collection.extensions && collection.extensions->services) {
    services = *collection.extensions->services;
  }
  if (!request.token->is_service) {
    if (services == ServicesEnforcement::kServicesOnly) return Reason::kNotJudged;
    return std::nullopt;
  }
  if (services == ServicesEnforcement::kNotConfigured) return Reason::kServiceExempt;
  if (request.flags.sandbox_inert) return Reason::kNotJudged;
  if (is_dll && request.flags.load_ignore_code_authz_level) return Reason::kNotJudged;
  return std::nullopt;
}

bool SystemAppsAllowed(const RuleCollection& collection, const FileAttributes& file) {
  const bool has_switch =
      collection.type == CollectionType::kExe || collection.type == CollectionType::kDll;
  return has_switch && file.is_windows_signed && collection.extensions &&
         collection.extensions->system_apps_allow.value_or(false);
}

// Section 5.4: no packaged-app rules beside enforced Exe rules stop every package.
Decision DecideWithoutRules(const applocker::AppLockerPolicy& policy,
                            const RuleCollection* collection, Decision decision,
                            const MatchingSettings& settings) {
  decision.verdict = Verdict::kAllowedByDefault;
  decision.reason = Reason::kNoRules;
  if (decision.collection == CollectionType::kAppx) {
    const RuleCollection* const exe = policy.Find(CollectionType::kExe);
    if (exe != nullptr && !exe->rules.empty() && exe->mode() != EnforcementMode::kAuditOnly) {
      decision.verdict = Verdict::kDeniedByDefault;
      decision.reason = Reason::kPackagedAppRule;
      decision.enforcement = exe->mode();
      return decision;
    }
  }
  if (collection != nullptr && !settings.empty_collection_allows) {
    decision.verdict = Verdict::kDeniedByDefault;
    decision.reason = Reason::kDefault;
  }
  return decision;
}

Decision DecideByRules(const RuleCollection& collection, const Request& request, Decision decision,
                       const MatchingSettings& settings) {
  for (const Rule* rule : OrderOfTrial(collection, settings)) {
    if (TestRule(*rule, *collection.type, request, settings).outcome != RuleOutcome::kMatched) {
      continue;
    }
    decision.verdict = rule->action == Action::kDeny ? Verdict::kDenied : Verdict::kAllowed;
    decision.reason = Reason::kRule;
    decision.rule = rule;
    return decision;
  }
  decision.verdict = Verdict::kDeniedByDefault;
  decision.reason = Reason::kDefault;
  if (SystemAppsAllowed(collection, *request.file)) {
    decision.verdict = Verdict::kAllowed;
    decision.reason = Reason::kSystemApp;
  }
  return decision;
}

Decision DecideLayer(const PolicySet& policies, size_t layer, const Request& request) {
  const applocker::AppLockerPolicy& policy = policies.layer(layer);
  Decision decision;
  decision.collection = request.collection;
  if (!request.collection || request.collection == CollectionType::kManagedInstaller) {
    return decision;
  }
  const RuleCollection* const collection = policy.Find(*request.collection);
  if (collection != nullptr) decision.enforcement = collection->mode();
  if (collection == nullptr || collection->rules.empty()) {
    return DecideWithoutRules(policy, collection, decision, policies.settings());
  }
  if (const auto exemption = Exemption(*collection, request)) {
    decision.reason = *exemption;
    return decision;
  }
  decision = DecideByRules(*collection, request, decision, policies.settings());
  if (decision.rule != nullptr) {
    decision.policy = policies.source_name(layer, decision.rule->source);
  }
  return decision;
}

// How much a layer's answer weighs among the layers: a block, an audited denial, a rule's allow.
int Weight(const Decision& decision) {
  if (decision.would_block()) return 3;
  if (IsDenial(decision.verdict)) return 2;
  return decision.verdict == Verdict::kAllowed ? 1 : 0;
}

}  // namespace

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

RuleTrace TestRule(const Rule& rule, CollectionType type, const Request& request,
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

Decision Decide(const PolicySet& policies, const Request& request) {
  Decision decision;
  decision.collection = request.collection;
  for (size_t i = 0; i < policies.layers(); ++i) {
    Decision of_layer = DecideLayer(policies, i, request);
    of_layer.layer = i;
    if (i == 0 || Weight(of_layer) > Weight(decision)) decision = of_layer;
  }
  return decision;
}

std::vector<const Rule*> MatchingRules(const PolicySet& policies, const Request& request) {
  std::vector<const Rule*> matching;
  if (!request.collection) return matching;
  for (size_t i = 0; i < policies.layers(); ++i) {
    const RuleCollection* const collection = policies.layer(i).Find(*request.collection);
    if (collection == nullptr) continue;
    for (const Rule* rule : OrderOfTrial(*collection, policies.settings())) {
      const RuleTrace trace = TestRule(*rule, *request.collection, request, policies.settings());
      if (trace.outcome == RuleOutcome::kMatched) matching.push_back(rule);
    }
  }
  return matching;
}

}  // namespace portcullis::reference
