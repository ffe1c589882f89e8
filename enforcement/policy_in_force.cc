// SPDX-License-Identifier: Apache-2.0
#include "enforcement/policy_in_force.h"

#include <algorithm>
#include <utility>

#include "host/path_variables.h"
#include "policy/needed_hashing.h"

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;

bool IsAskedByTheKernel(CollectionType type) {
  return type == CollectionType::kExe || type == CollectionType::kDll ||
         type == CollectionType::kScript;
}

void AppendGroup(std::vector<uint32_t>& seen, uint32_t number, GroupUse use) {
  seen.push_back(number * 2 + (use == GroupUse::kDenyOnly ? 1 : 0));
}

void AppendSorted(std::string& text, std::vector<uint32_t>& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  text.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t));
}

}  // namespace

SrpInForce SrpOf(const HostConfig& host, PolicySet::Builder::SrpBesideAppLocker beside) {
  return {PathEnvironment(host), beside};
}

PolicyInForce::PolicyInForce(PolicySet policies)
    : policies_(std::move(policies)),
      bounds_(policies_),
      hashing_(portcullis::NeededHashing(policies_)) {
  for (size_t i = 0; i < policies_.layers(); ++i) {
    for (const RuleCollection& collection : policies_.layer(i).collections) LookAt(collection);
  }
  if (policies_.srp() != nullptr) LookAt(*policies_.srp());
}

// What its rules see of a token is whether it is the system's or an administrator's.
void PolicyInForce::LookAt(const srp::CompiledPolicy& srp) {
  for (const Sid& sid : {well_known_sids::kLocalSystem, well_known_sids::kAdministrators}) {
    named_sids_.emplace(sid, static_cast<uint32_t>(named_sids_.size()));
  }
  const auto enforce = [this](CollectionType type) { enforcing_.set(static_cast<size_t>(type)); };
  enforce(CollectionType::kScript);
  judges_loads_ = true;
  if (srp.settings().enforcement == srp::TransparentEnabled::kNone) return;
  enforce(CollectionType::kExe);
  has_exe_ = true;
  if (srp.settings().enforcement == srp::TransparentEnabled::kAll) enforce(CollectionType::kDll);
}

void PolicyInForce::LookAt(const RuleCollection& collection) {
  if (!collection.type) return;
  for (const Rule& rule : collection.rules) {
    named_sids_.emplace(rule.user_or_group_sid, static_cast<uint32_t>(named_sids_.size()));
  }
  const bool judges = !collection.rules.empty() || !policies_.settings().empty_collection_allows;
  if (!judges || !IsAskedByTheKernel(*collection.type)) return;
  if (collection.mode() != EnforcementMode::kAuditOnly) {
    enforcing_.set(static_cast<size_t>(*collection.type));
  }
  if (collection.type == CollectionType::kExe) {
    has_exe_ = true;
  } else {
    judges_loads_ = true;
  }
}

Result<ForcePtr> PolicyInForce::Build(std::vector<NamedPolicy> policies, uint64_t generation,
                                      SrpInForce srp) {
  PolicySet::Builder builder;
  builder.SetGeneration(generation).AddMergedLayer(std::move(policies));
  builder.SetSrpEnvironment(std::move(srp.environment)).SetSrpBesideAppLocker(srp.beside_applocker);
  PolicySet set = TRY(builder.Build());  // not inside of `new`, which it would leak
  return ForcePtr(new PolicyInForce(std::move(set)));
}

std::string PolicyInForce::ClassOf(const AccessToken& token) const {
  const auto add_view = [&](std::string& text, std::span<const TokenGroup> groups) {
    std::vector<uint32_t> seen;
    const auto add = [&](const Sid& sid, GroupUse use) {
      const auto found = named_sids_.find(sid);
      if (found != named_sids_.end()) AppendGroup(seen, found->second, use);
    };
    add(token.user, GroupUse::kEnabled);
    for (const TokenGroup& group : groups) add(group.sid, group.use);
    AppendSorted(text, seen);
  };
  std::string text(1, token.is_service ? 's' : 'u');
  add_view(text, token.groups);
  if (token.exe_groups) {
    text += '|';
    add_view(text, *token.exe_groups);
  }
  return text;
}

api::PolicyStatus StatusOf(const PolicySet& policies, std::vector<std::string> files) {
  api::PolicyStatus status;
  status.files = std::move(files);
  for (size_t i = 0; i < policies.layers(); ++i) {
    for (const RuleCollection& one : policies.layer(i).collections) {
      if (!one.type) continue;
      status.collections.push_back({ToString(*one.type), ToString(one.mode()), one.rules.size()});
    }
  }
  if (const srp::CompiledPolicy* const srp = policies.srp()) {
    size_t rules = 0;
    for (const srp::Policy& policy : srp->policies()) rules += policy.rules.size();
    status.collections.push_back({"SRP", ToString(srp->settings().default_level), rules});
  }
  return status;
}

InForce ForceSlot::Now() const {
  const std::shared_lock lock(mutex_);
  return current_;
}

void ForceSlot::Replace(ForcePtr next) {
  // The former may be large: it goes without the lock.
  const std::unique_lock lock(mutex_);
  current_.policy.swap(next);
}

void ForceSlot::RenewTrust() {
  const std::unique_lock lock(mutex_);
  ++current_.trust_generation;
}

}  // namespace portcullis::enforcement
