// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_set.h"

#include <fmt/core.h>

#include <utility>

#include "policy/applocker/limits.h"
#include "policy/applocker/merge.h"
#include "policy/applocker/rule_trace.h"
#include "policy/policy_set_impl.h"

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

Result<void> CheckTypes(const NamedPolicy& named) {
  for (const RuleCollection& collection : named.policy.collections) {
    if (!collection.type) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("policy {}: a RuleCollection of unknown Type would enforce nothing; "
                              "known are Exe, Dll, Script, Msi, Appx and ManagedInstaller",
                              named.name));
    }
  }
  return {};
}

PolicySet::Impl::Layer MakeLayer(std::vector<NamedPolicy> named) {
  PolicySet::Impl::Layer layer;
  std::vector<AppLockerPolicy> policies;
  for (NamedPolicy& one : named) {
    layer.names.push_back(std::move(one.name));
    policies.push_back(std::move(one.policy));
  }
  layer.policy = applocker::MergePolicies(std::move(policies));
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
const AppLockerPolicy& PolicySet::layer(size_t i) const { return impl_->layers.at(i).policy; }
std::string_view PolicySet::source_name(size_t layer, uint16_t source) const {
  return impl_->layers.at(layer).names.at(source);
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

Result<PolicySet> PolicySet::Builder::Build() {
  auto impl = std::make_unique<Impl>();
  impl->generation = generation_;
  impl->settings = settings_;
  for (std::vector<NamedPolicy>& named : layers_) {
    if (unknown_collections_ == UnknownCollections::kRefuse) {
      for (const NamedPolicy& one : named) TRY_VOID(CheckTypes(one));
    }
    Impl::Layer layer = MakeLayer(std::move(named));
    TRY_VOID(CheckLimits(layer.policy));
    impl->layers.push_back(std::move(layer));
  }
  layers_.clear();
  // The layers do not move any more: what is compiled points into them.
  for (Impl::Layer& layer : impl->layers) {
    layer.compiled = applocker::CompilePolicy(layer.policy, settings_);
  }
  return PolicySet(std::move(impl));
}

Decision Decide(const PolicySet& policies, const Request& request) {
  Decision decision;
  decision.collection = request.collection;
  const PolicySet::Impl& impl = policies.impl();
  for (size_t i = 0; i < impl.layers.size(); ++i) {
    const PolicySet::Impl::Layer& layer = impl.layers[i];
    Decision of_layer =
        applocker::Judge({layer.policy, layer.compiled, layer.names}, request, impl.settings);
    of_layer.layer = i;
    if (i == 0 || Outweighs(of_layer, decision)) decision = of_layer;
  }
  return decision;
}

std::vector<const applocker::Rule*> MatchingRules(const PolicySet& policies,
                                                  const Request& request) {
  std::vector<const applocker::Rule*> matching;
  if (!request.collection) return matching;
  for (const PolicySet::Impl::Layer& layer : policies.impl().layers) {
    const auto& compiled = layer.compiled.at(static_cast<size_t>(*request.collection));
    if (compiled == nullptr) continue;
    const auto of_layer = compiled->AllMatches(request);
    matching.insert(matching.end(), of_layer.begin(), of_layer.end());
  }
  return matching;
}

Decision DecideWithTrace(const PolicySet& policies, const Request& request, Trace& trace) {
  trace.rules.clear();
  for (size_t i = 0; request.collection && i < policies.layers(); ++i) {
    const RuleCollection* const collection = policies.layer(i).Find(*request.collection);
    if (collection == nullptr) continue;
    for (const applocker::Rule* rule : reference::OrderOfTrial(*collection, policies.settings())) {
      trace.rules.push_back(
          reference::TraceRule(*rule, *request.collection, request, policies.settings()));
      trace.rules.back().policy = policies.source_name(i, rule->source);
    }
  }
  return Decide(policies, request);
}

}  // namespace portcullis
