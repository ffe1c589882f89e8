// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/reference.h"

#include <utility>

#include "base/bytes.h"
#include "policy/applocker/descriptor/file_facts.h"
#include "policy/applocker/rule_trace.h"
#include "security/access_check.h"
#include "security/access_mask.h"

namespace portcullis::reference {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::DescriptorPart;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::ServicesEnforcement;

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

Result<void> TakeThroughBytes(DescriptorPart& part) {
  const std::string bytes = TRY(part.descriptor.Serialize());
  part.descriptor = TRY(SecurityDescriptor::Parse(AsBytes(bytes)));
  return {};
}

Result<DescriptorPart> Compile(const RuleCollection& collection, const MatchingSettings& settings) {
  const applocker::CompileOptions options{.letters = applocker::LetterCase::kAsWritten,
                                          .order = settings.reported_rule};
  std::vector<DescriptorPart> parts = TRY(CompileCollection(collection, options));
  for (DescriptorPart& part : parts) TRY_VOID(TakeThroughBytes(part));
  return applocker::JoinParts(parts);
}

// The token as the rules of a collection see it.
CheckToken TokenFor(const Request& request, const MatchingSettings& settings) {
  const auto groups = request.token->Groups(ViewFor(*request.collection, settings));
  CheckToken token;
  token.subject.user = request.token->user;
  token.subject.groups.assign(groups.begin(), groups.end());
  return token;
}

FileFacts FactsFor(const Request& request, const MatchingSettings& settings) {
  const bool publisher_only = SeesPublisherOnly(*request.collection, settings);
  return FileFacts(*request.file, settings,
                   publisher_only ? FileFacts::Sees::kPublisherOnly : FileFacts::Sees::kEverything);
}

// Whether an entry alone, of those that the compiler makes, allows or denies.
bool TakesEffect(const Ace& ace, const CheckToken& token, const FileFacts& facts) {
  const bool is_deny = ace.type == AceType::kDeniedCallback;
  const AceEffect effect = is_deny ? AceEffect::kDeny : AceEffect::kAllow;
  if (!HasSid(token.subject, ace.sid, effect)) return false;
  const Truth truth = EvaluateCondition(*ace.condition(), {token, {}, effect, &facts});
  return is_deny ? truth != Truth::kFalse : truth == Truth::kTrue;
}

// How much a layer's answer weighs among the layers: a block, an audited denial, a rule's allow.
int Weight(const Decision& decision) {
  if (decision.would_block()) return 3;
  if (IsDenial(decision.verdict)) return 2;
  return decision.verdict == Verdict::kAllowed ? 1 : 0;
}

}  // namespace

Result<Engine> Engine::Create(const PolicySet& policies) {
  Engine engine(policies);
  for (size_t i = 0; i < policies.layers(); ++i) {
    Layer& layer = engine.layers_.emplace_back();
    for (const RuleCollection& collection : policies.layer(i).collections) {
      if (!collection.type || collection.rules.empty()) continue;
      // The first of two collections of one type is the one that Find finds.
      auto& place = layer.at(static_cast<size_t>(*collection.type));
      if (!place) place = TRY(Compile(collection, policies.settings()));
    }
  }
  return engine;
}

Decision Engine::DecideByRules(size_t layer, const RuleCollection& collection,
                               const Request& request, Decision decision) const {
  const MatchingSettings& settings = policies_->settings();
  const DescriptorPart& compiled = *layers_[layer].at(static_cast<size_t>(*collection.type));
  const FileFacts facts = FactsFor(request, settings);
  const AccessCheckResult result = CheckAccess(compiled.descriptor, TokenFor(request, settings),
                                               access_rights::kFileExecute, nullptr, &facts);
  decision.reason = Reason::kRule;
  if (result.deciding_ace) {
    decision.rule = &collection.rules[compiled.rules[*result.deciding_ace]];
    decision.policy = policies_->source_name(layer, decision.rule->source);
    decision.verdict = result.granted ? Verdict::kAllowed : Verdict::kDenied;
  } else if (SystemAppsAllowed(collection, *request.file)) {
    decision.verdict = Verdict::kAllowed;
    decision.reason = Reason::kSystemApp;
  } else {
    decision.verdict = Verdict::kDeniedByDefault;
    decision.reason = Reason::kDefault;
  }
  return decision;
}

Decision Engine::DecideLayer(size_t layer, const Request& request) const {
  const applocker::AppLockerPolicy& policy = policies_->layer(layer);
  Decision decision;
  decision.collection = request.collection;
  if (!request.collection || request.collection == CollectionType::kManagedInstaller) {
    return decision;
  }
  const RuleCollection* const collection = policy.Find(*request.collection);
  if (collection != nullptr) decision.enforcement = collection->mode();
  if (collection == nullptr || collection->rules.empty()) {
    return DecideWithoutRules(policy, collection, decision, policies_->settings());
  }
  if (const auto exemption = Exemption(*collection, request)) {
    decision.reason = *exemption;
    return decision;
  }
  return DecideByRules(layer, *collection, request, decision);
}

Decision Engine::Decide(const Request& request) const {
  Decision decision;
  decision.collection = request.collection;
  for (size_t i = 0; i < layers_.size(); ++i) {
    Decision of_layer = DecideLayer(i, request);
    of_layer.layer = i;
    if (i == 0 || Weight(of_layer) > Weight(decision)) decision = of_layer;
  }
  return decision;
}

std::vector<const Rule*> Engine::MatchingRules(const Request& request) const {
  std::vector<const Rule*> matching;
  if (!request.collection) return matching;
  const MatchingSettings& settings = policies_->settings();
  const CheckToken token = TokenFor(request, settings);
  const FileFacts facts = FactsFor(request, settings);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const auto& compiled = layers_[i].at(static_cast<size_t>(*request.collection));
    if (!compiled) continue;
    const RuleCollection& collection = *policies_->layer(i).Find(*request.collection);
    const std::vector<Ace>& aces = compiled->descriptor.dacl->aces;
    for (size_t ace = 0; ace < aces.size(); ++ace) {
      if (TakesEffect(aces[ace], token, facts)) {
        matching.push_back(&collection.rules[compiled->rules[ace]]);
      }
    }
  }
  return matching;
}

}  // namespace portcullis::reference
