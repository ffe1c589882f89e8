// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/judge.h"

#include "policy/applocker/seeded_fault.h"

namespace portcullis::applocker {
namespace {

bool HasServicesSwitch(CollectionType type) {
  return type == CollectionType::kExe || type == CollectionType::kDll;
}

ServicesEnforcement ServicesOf(const RuleCollection& collection) {
  return collection.extensions
             ? collection.extensions->services.value_or(ServicesEnforcement::kNotConfigured)
             : ServicesEnforcement::kNotConfigured;
}

// Whether the caller asked to be left alone and may ask so.
bool AsksToBeInert(CollectionType type, const Request& request) {
  if (!request.token->is_service) return Fault(17) && request.flags.sandbox_inert;
  return request.flags.sandbox_inert ||
         (type == CollectionType::kDll && request.flags.load_ignore_code_authz_level);
}

// Fills in why the collection leaves this caller alone; false where it does not.
bool IsExempt(const RuleCollection& collection, const Request& request, Decision& decision) {
  const CollectionType type = *collection.type;
  if (!HasServicesSwitch(type)) return false;
  const ServicesEnforcement services = ServicesOf(collection);
  const bool is_service = request.token->is_service;
  if (is_service && services == ServicesEnforcement::kNotConfigured) {
    decision.reason = Reason::kServiceExempt;
    return true;
  }
  const bool only_services = services == ServicesEnforcement::kServicesOnly && !Fault(18);
  return (!is_service && only_services) || AsksToBeInert(type, request);
}

bool LiftsDefaultDenial(const RuleCollection& collection, const FileAttributes& file) {
  return HasServicesSwitch(*collection.type) && file.is_windows_signed && collection.extensions &&
         collection.extensions->system_apps_allow.value_or(false);
}

Decision JudgeWithoutRules(const AppLockerPolicy& policy, const RuleCollection* collection,
                           Decision decision, const MatchingSettings& settings) {
  decision.reason = Reason::kNoRules;
  if (decision.collection == CollectionType::kAppx) {
    const RuleCollection* const exe = policy.Find(CollectionType::kExe);
    const bool exe_enforces = exe != nullptr && !exe->rules.empty() &&
                              (exe->mode() != EnforcementMode::kAuditOnly || Fault(19));
    if (exe_enforces) {
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

}  // namespace

CompiledPolicy CompilePolicy(const AppLockerPolicy& policy, const MatchingSettings& settings) {
  CompiledPolicy compiled;
  for (const RuleCollection& collection : policy.collections) {
    if (!collection.type || collection.rules.empty()) continue;
    // The first of two collections of one type is the one that Find finds.
    auto& place = compiled.at(static_cast<size_t>(*collection.type));
    if (place == nullptr) place = std::make_unique<CompiledCollection>(collection, settings);
  }
  return compiled;
}

Decision Judge(const JudgedLayer& layer, const Request& request, const MatchingSettings& settings) {
  Decision decision;
  decision.collection = request.collection;
  if (!request.collection || request.collection == CollectionType::kManagedInstaller) {
    return decision;
  }
  const RuleCollection* const collection = layer.policy.Find(*request.collection);
  if (collection != nullptr) decision.enforcement = collection->mode();
  if (collection == nullptr || collection->rules.empty()) {
    return JudgeWithoutRules(layer.policy, collection, decision, settings);
  }
  if (IsExempt(*collection, request, decision)) return decision;

  const CompiledCollection& rules = *layer.compiled[static_cast<size_t>(*request.collection)];
  const CompiledCollection::Match match = rules.FirstMatch(request);
  if (match.rule != nullptr) {
    decision.verdict = match.action == Action::kDeny ? Verdict::kDenied : Verdict::kAllowed;
    decision.reason = Reason::kRule;
    decision.rule = match.rule;
    decision.policy = layer.names[match.source];
  } else if (LiftsDefaultDenial(*collection, *request.file)) {
    decision.verdict = Verdict::kAllowed;
    decision.reason = Reason::kSystemApp;
  } else {
    decision.verdict = Verdict::kDeniedByDefault;
    decision.reason = Reason::kDefault;
  }
  return decision;
}

}  // namespace portcullis::applocker
