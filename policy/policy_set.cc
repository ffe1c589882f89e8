// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "policy/applocker/limits.h"
#include "policy/applocker/merge.h"
#include "policy/applocker/rule_trace.h"
#include "policy/compiled/policy_image.h"
#include "policy/policy_set_impl.h"
#include "policy/srp/reference.h"

namespace portcullis {
namespace {

using applocker::AppLockerPolicy;
using applocker::RuleCollection;

Result<void> CheckLimits(const AppLockerPolicy& policy) {
  for (const RuleCollection& collection : policy.collections) {
    if (collection.rules.size() > applocker::kMaxRulesPerCollection) {
      return Fail(
          ErrorCode::kLimitExceeded,
          fmt::format("policy: the merged collection {} has {} rules; at most {} are allowed",
                      collection.type ? ToString(*collection.type) : "of unknown type",
                      collection.rules.size(), applocker::kMaxRulesPerCollection));
    }
  }
  return {};
}

Result<void> CheckTypes(const std::string& name, const AppLockerPolicy& policy) {
  for (const RuleCollection& collection : policy.collections) {
    if (!collection.type) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("policy {}: a RuleCollection of unknown Type would enforce nothing; "
                              "known are Exe, Dll, Script, Msi, Appx and ManagedInstaller",
                              name));
    }
  }
  return {};
}

template <typename T>
Result<T> About(const std::string& name, Result<T> result) {
  if (result) return result;
  return Fail(result.error().code, fmt::format("{}: {}", name, result.error().message));
}

// The rules of a compiled file, for what they are merged with or compiled by other settings.
Result<AppLockerPolicy> RulesOf(const compiled::PolicyImage& image) {
  TRY_VOID(image.CheckDigest());
  return image.ReadPolicy();
}

Result<AppLockerPolicy> PolicyOf(NamedPolicy& named) {
  if (named.image == nullptr) return std::move(named.policy);
  return About(named.name, RulesOf(*named.image));
}

Result<PolicySet::Impl::Layer> Merge(std::vector<NamedPolicy> named) {
  PolicySet::Impl::Layer layer;
  std::vector<AppLockerPolicy> policies;
  for (NamedPolicy& one : named) {
    policies.push_back(TRY(PolicyOf(one)));
    layer.names.push_back(std::move(one.name));
  }
  layer.rules = std::make_unique<LayerRules>(applocker::MergePolicies(std::move(policies)));
  return layer;
}

// One compiled file that stands alone is taken as it is; its tables too, where they are ours.
Result<PolicySet::Impl::Layer> FromImage(const std::shared_ptr<const compiled::PolicyImage>& image,
                                         const MatchingSettings& settings,
                                         PolicySet::Builder::Images images) {
  PolicySet::Impl::Layer layer;
  layer.names = image->names();
  if (!image->HasEngineFor(settings)) {
    layer.rules = std::make_unique<LayerRules>(TRY(RulesOf(*image)));
    return layer;
  }
  layer.rules = std::make_unique<LayerRules>(image);
  if (images == PolicySet::Builder::Images::kWhole) TRY_VOID(layer.rules->Load());
  layer.compiled = TRY(image->ReadEngine(settings));
  return layer;
}

// Every layer must allow: a block counts for more than a denial that is only audited, that for more
// than an allow, and an allow by a rule is named before one by default.
bool Outweighs(const Decision& decision, const Decision& other) {
  const auto weight = [](const Decision& d) {
    if (IsDenial(d.verdict)) return d.would_block() ? 3 : 2;
    return d.verdict == Verdict::kAllowed ? 1 : 0;
  };
  return weight(decision) > weight(other);
}

}  // namespace

PolicySet::PolicySet(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PolicySet::PolicySet(PolicySet&&) noexcept = default;
PolicySet& PolicySet::operator=(PolicySet&&) noexcept = default;
PolicySet::~PolicySet() = default;

uint64_t PolicySet::generation() const { return impl_->generation; }
const MatchingSettings& PolicySet::settings() const { return impl_->settings; }
size_t PolicySet::layers() const { return impl_->layers.size(); }
const AppLockerPolicy& PolicySet::layer(size_t i) const {
  return impl_->layers.at(i).rules->policy();
}
std::string_view PolicySet::source_name(size_t layer, uint16_t source) const {
  return impl_->layers.at(layer).names.at(source);
}

bool PolicySet::HoldsHash(HashType type) const {
  for (const Impl::Layer& layer : impl_->layers) {
    for (const auto& compiled : layer.compiled.rules) {
      if (compiled == nullptr) continue;
      for (const applocker::StoredDigest& digest : compiled->digests()) {
        if (digest.type() == type) return true;
      }
    }
  }
  return false;
}

const srp::CompiledPolicy* PolicySet::srp() const {
  return impl_->srp == nullptr ? nullptr : &impl_->srp->compiled;
}

Result<std::string> PolicySet::WriteCompiled(size_t layer) const {
  const Impl::Layer& from = impl_->layers.at(layer);
  return compiled::WriteImage({from.names, from.rules->policy(), from.compiled}, impl_->settings);
}

PolicySet::Builder::Builder(MatchingSettings settings) : settings_(settings) {}
PolicySet::Builder::~Builder() = default;

PolicySet::Builder& PolicySet::Builder::AddMergedLayer(std::vector<NamedPolicy> policies) {
  layers_.push_back(std::move(policies));
  return *this;
}

PolicySet::Builder& PolicySet::Builder::SetGeneration(uint64_t generation) {
  generation_ = generation;
  return *this;
}

PolicySet::Builder& PolicySet::Builder::SetUnknownCollections(UnknownCollections choice) {
  unknown_collections_ = choice;
  return *this;
}

namespace {

Result<void> CheckAllTypes(const std::vector<NamedPolicy>& named) {
  for (const NamedPolicy& one : named) {
    TRY_VOID(CheckTypes(one.name, one.image ? one.image->outline() : one.policy));
  }
  return {};
}

}  // namespace

PolicySet::Builder& PolicySet::Builder::SetImages(Images choice) {
  images_ = choice;
  return *this;
}

PolicySet::Builder& PolicySet::Builder::SetSrpEnvironment(srp::Environment environment) {
  srp_environment_ = std::move(environment);
  return *this;
}

PolicySet::Builder& PolicySet::Builder::SetSrpBesideAppLocker(SrpBesideAppLocker choice) {
  srp_beside_applocker_ = choice;
  return *this;
}

namespace {

// Moves those of Software Restriction Policies out of a layer. One that held nothing else stays, as
// one of AppLocker without rules.
void TakeSrp(std::vector<NamedPolicy>& layer, std::vector<NamedPolicy>& srp) {
  const auto taken = std::stable_partition(layer.begin(), layer.end(),
                                           [](const NamedPolicy& one) { return !one.srp; });
  if (taken == layer.end()) return;
  std::move(taken, layer.end(), std::back_inserter(srp));
  layer.erase(taken, layer.end());
  if (layer.empty()) layer.push_back({srp.back().name, {}});
}

bool HoldsRules(const PolicySet::Impl& impl) {
  return std::ranges::any_of(impl.layers, [](const PolicySet::Impl::Layer& layer) {
    return std::ranges::any_of(layer.compiled.heads, &applocker::CollectionHead::has_rules);
  });
}

}  // namespace

Result<void> PolicySet::Builder::AddSrp(std::vector<NamedPolicy> named, Impl& impl) {
  const bool is_beside_rules = HoldsRules(impl);
  if (is_beside_rules && srp_beside_applocker_ == SrpBesideAppLocker::kIgnored) return {};
  std::vector<std::string> names;
  std::vector<srp::Policy> policies;
  for (NamedPolicy& one : named) {
    names.push_back(std::move(one.name));
    policies.push_back(*std::move(one.srp));
  }
  auto compiled = TRY(srp::CompiledPolicy::Make(std::move(policies), srp_environment_));
  if (!compiled.settings().is_defined) return {};
  impl.srp = std::make_unique<const Impl::Srp>(Impl::Srp{
      std::move(srp_environment_), std::move(compiled), std::move(names), is_beside_rules});
  return {};
}

Result<PolicySet> PolicySet::Builder::Build() {
  auto impl = std::make_unique<Impl>();
  impl->generation = generation_;
  impl->settings = settings_;
  std::vector<NamedPolicy> srp_policies;
  for (std::vector<NamedPolicy>& named : layers_) {
    TakeSrp(named, srp_policies);
    if (unknown_collections_ == UnknownCollections::kRefuse) TRY_VOID(CheckAllTypes(named));
    const bool is_one_image = named.size() == 1 && named.front().image != nullptr;
    Impl::Layer layer =
        is_one_image
            ? TRY(About(named.front().name, FromImage(named.front().image, settings_, images_)))
            : TRY(Merge(std::move(named)));
    const bool has_tables = is_one_image && layer.rules->image() != nullptr;
    if (!has_tables) {
      TRY_VOID(CheckLimits(layer.rules->policy()));
      layer.compiled = applocker::CompilePolicy(layer.rules->policy(), settings_);
    }
    impl->layers.push_back(std::move(layer));
  }
  layers_.clear();
  TRY_VOID(AddSrp(std::move(srp_policies), *impl));
  return PolicySet(std::move(impl));
}

Result<void> CheckTables(const std::shared_ptr<const compiled::PolicyImage>& image) {
  const MatchingSettings settings;
  if (!image->HasEngineFor(settings)) return {};
  const AppLockerPolicy policy = TRY(image->ReadPolicy());
  const auto compiled = applocker::CompilePolicy(policy, settings);
  const std::string again = TRY(compiled::WriteImage({image->names(), policy, compiled}, settings));
  if (again == AsText(image->bytes())) return {};
  return Fail(ErrorCode::kMalformed,
              "compiled policy: its tables are not those that its rules make");
}

namespace {

// What AppLocker says alone.
Decision DecideByLayers(const PolicySet::Impl& impl, const Request& request) {
  applocker::Judgement judgement;
  judgement.decision.collection = request.collection;
  for (size_t i = 0; i < impl.layers.size(); ++i) {
    applocker::Judgement of_layer =
        applocker::Judge(impl.layers[i].compiled, request, impl.settings);
    of_layer.decision.layer = i;
    if (i == 0 || Outweighs(of_layer.decision, judgement.decision)) judgement = of_layer;
  }
  Decision& decision = judgement.decision;
  if (judgement.is_by_rule) {
    const PolicySet::Impl::Layer& layer = impl.layers[decision.layer];
    decision.rule = layer.rules->At(*decision.collection, judgement.place);
    decision.policy = layer.names[judgement.source];
  }
  return decision;
}

// The name of the policy that the rule stands in.
std::string_view NameOf(const PolicySet::Impl::Srp& srp, const srp::Rule* rule) {
  const std::vector<srp::Policy>& policies = srp.compiled.policies();
  for (size_t i = 0; i < policies.size(); ++i) {
    const std::vector<srp::Rule>& rules = policies[i].rules;
    const std::less<> before;
    if (!before(rule, rules.data()) && before(rule, rules.data() + rules.size())) {
      return srp.names[i];
    }
  }
  return {};
}

Decision DecisionOf(const PolicySet::Impl::Srp& srp, const srp::Answer& answer,
                    const Request& request) {
  const bool is_by_rule = answer.rule != nullptr;
  Decision decision;
  decision.collection = request.collection;
  decision.enforcement = applocker::EnforcementMode::kEnabled;
  decision.reason = is_by_rule ? Reason::kSrpRule : Reason::kSrpDefault;
  if (is_by_rule) decision.policy = NameOf(srp, answer.rule);
  if (answer.is_blocked) {
    decision.verdict = is_by_rule ? Verdict::kDenied : Verdict::kDeniedByDefault;
  } else {
    decision.verdict = is_by_rule ? Verdict::kAllowed : Verdict::kAllowedByDefault;
  }
  return decision;
}

}  // namespace

Decision Decide(const PolicySet& policies, const Request& request) {
  const PolicySet::Impl& impl = policies.impl();
  Decision decision = DecideByLayers(impl, request);
  if (impl.srp == nullptr) return decision;
  const srp::Answer answer = impl.srp->compiled.Identify(request);
  if (answer.not_asked == srp::NotAsked::kAsked) {
    const Decision other = DecisionOf(*impl.srp, answer, request);
    // A level between the ends is less than AppLocker's allow, though both let it run.
    const bool lowers = !IsDenial(decision.verdict) && answer.level != srp::Level::kUnrestricted;
    if (!impl.srp->is_beside_rules || lowers || Outweighs(other, decision)) decision = other;
  }
  decision.srp = answer;
  return decision;
}

std::vector<const applocker::Rule*> MatchingRules(const PolicySet& policies,
                                                  const Request& request) {
  std::vector<const applocker::Rule*> matching;
  if (!request.collection) return matching;
  for (const PolicySet::Impl::Layer& layer : policies.impl().layers) {
    const auto& compiled = layer.compiled.rules.at(static_cast<size_t>(*request.collection));
    if (compiled == nullptr) continue;
    for (const uint32_t place : compiled->AllMatches(request)) {
      matching.push_back(layer.rules->At(*request.collection, place));
    }
  }
  return matching;
}

Decision DecideWithTrace(const PolicySet& policies, const Request& request, Trace& trace) {
  trace = {};
  for (size_t i = 0; request.collection && i < policies.layers(); ++i) {
    const RuleCollection* const collection = policies.layer(i).Find(*request.collection);
    if (collection == nullptr) continue;
    for (const applocker::Rule* rule : reference::OrderOfTrial(*collection, policies.settings())) {
      trace.rules.push_back(
          reference::TraceRule(*rule, *request.collection, request, policies.settings()));
      trace.rules.back().policy = policies.source_name(i, rule->source);
    }
  }
  if (const auto* srp = policies.impl().srp.get()) {
    trace.srp_matches =
        srp::reference::MatchesInOrder(srp->compiled.policies(), srp->environment, request);
  }
  return Decide(policies, request);
}

}  // namespace portcullis
