// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/judge.h"

#include "policy/applocker/seeded_fault.h"

namespace portcullis::applocker {
namespace {

bool HasServicesSwitch(CollectionType type) {
  return type == CollectionType::kExe || type == CollectionType::kDll;
}

// Whether the caller asked to be left alone and may ask so.
bool AsksToBeInert(CollectionType type, const Request& request) {
  if (!request.token->is_service) return Fault(17) && request.flags.sandbox_inert;
  return request.flags.sandbox_inert ||
         (type == CollectionType::kDll && request.flags.load_ignore_code_authz_level);
}

// Fills in why the collection leaves this caller alone; false where it does not.
bool IsExempt(const CollectionHead& head, const Request& request, Decision& decision) {
  const CollectionType type = *request.collection;
  if (!HasServicesSwitch(type)) return false;
  const ServicesEnforcement services = head.services;
  const bool is_service = request.token->is_service;
  if (is_service && services == ServicesEnforcement::kNotConfigured) {
    decision.reason = Reason::kServiceExempt;
    return true;
  }
  const bool only_services = services == ServicesEnforcement::kServicesOnly && !Fault(18);
  return (!is_service && only_services) || AsksToBeInert(type, request);
}

Decision JudgeWithoutRules(const CompiledPolicy& policy, const CollectionHead& head,
                           Decision decision, const MatchingSettings& settings) {
  decision.reason = Reason::kNoRules;
  if (decision.collection == CollectionType::kAppx) {
    const CollectionHead& exe = policy.heads[static_cast<size_t>(CollectionType::kExe)];
    const bool exe_enforces =
        exe.has_rules && (exe.mode != EnforcementMode::kAuditOnly || Fault(19));
    if (exe_enforces) {
      decision.verdict = Verdict::kDeniedByDefault;
      decision.reason = Reason::kPackagedAppRule;
      decision.enforcement = exe.mode;
      return decision;
    }
  }
  if (head.is_there && !settings.empty_collection_allows) {
    decision.verdict = Verdict::kDeniedByDefault;
    decision.reason = Reason::kDefault;
  }
  return decision;
}

}  // namespace

CollectionHead HeadOf(const RuleCollection& collection) {
  CollectionHead head;
  head.is_there = true;
  head.has_rules = !collection.rules.empty();
  head.mode = collection.mode();
  if (collection.extensions) {
    head.services = collection.extensions->services.value_or(ServicesEnforcement::kNotConfigured);
    head.system_apps_allow = collection.extensions->system_apps_allow.value_or(false);
  }
  return head;
}

CompiledPolicy CompilePolicy(const AppLockerPolicy& policy, const MatchingSettings& settings) {
  CompiledPolicy compiled;
  for (const RuleCollection& collection : policy.collections) {
    if (!collection.type) continue;
    const auto type = static_cast<size_t>(*collection.type);
    // The first of two collections of one type is the one that Find finds.
    if (compiled.heads.at(type).is_there) continue;
    compiled.heads.at(type) = HeadOf(collection);
    if (collection.rules.empty()) continue;
    compiled.rules.at(type) = std::make_unique<CompiledCollection>(collection, settings);
  }
  return compiled;
}

Judgement Judge(const CompiledPolicy& policy, const Request& request,
                const MatchingSettings& settings) {
  Judgement judgement;
  Decision& decision = judgement.decision;
  decision.collection = request.collection;
  if (!request.collection || request.collection == CollectionType::kManagedInstaller) {
    return judgement;
  }
  const auto type = static_cast<size_t>(*request.collection);
  const CollectionHead& head = policy.heads[type];
  decision.enforcement = head.mode;
  if (!head.has_rules) {
    decision = JudgeWithoutRules(policy, head, decision, settings);
    return judgement;
  }
  if (IsExempt(head, request, decision)) return judgement;

  const CompiledCollection::Match match = policy.rules[type]->FirstMatch(request);
  if (match.is_found) {
    decision.verdict = match.action == Action::kDeny ? Verdict::kDenied : Verdict::kAllowed;
    decision.reason = Reason::kRule;
    judgement.is_by_rule = true;
    judgement.source = match.source;
    judgement.place = match.place;
  } else if (HasServicesSwitch(*request.collection) && head.system_apps_allow &&
             request.file->is_windows_signed) {
    decision.verdict = Verdict::kAllowed;
    decision.reason = Reason::kSystemApp;
  } else {
    decision.verdict = Verdict::kDeniedByDefault;
    decision.reason = Reason::kDefault;
  }
  return judgement;
}

}  // namespace portcullis::applocker
