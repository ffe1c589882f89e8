// SPDX-License-Identifier: Apache-2.0
// What is in force, and Decide: the pure function behind every verdict of the product.
//
// Shape:   layers; within a layer group policies are merged, and every layer must allow. Software
//          Restriction Policies stand beside them: where AppLocker has a rule they are ignored, as
//          on Windows from 7 on, or asked as well. One generation number stands for the whole.
// Lifetime: a PolicySet owns everything that a Decision points at.
// Threads: immutable once built; Decide may run on any number of threads.
// Source:  docs/semantics.md; policy/applocker/reference.h is the slow twin that tests hold it to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "policy/decision.h"
#include "policy/matching_settings.h"
#include "policy/request.h"
#include "policy/srp/compiled_policy.h"
#include "policy/srp/environment.h"
#include "policy/srp/model.h"

namespace portcullis {

namespace compiled {
class PolicyImage;
}

// A policy and the name its verdicts carry (its file, say). One that comes as a compiled file is
// that image, and `policy` is empty; its verdicts carry the names it was compiled with. One of
// Software Restriction Policies is `srp`.
struct NamedPolicy {
  std::string name;
  applocker::AppLockerPolicy policy;
  std::shared_ptr<const compiled::PolicyImage> image = nullptr;
  std::optional<srp::Policy> srp = std::nullopt;
};

class PolicySet {
 public:
  class Builder;
  PolicySet(PolicySet&&) noexcept;
  PolicySet& operator=(PolicySet&&) noexcept;
  ~PolicySet();

  uint64_t generation() const;
  const MatchingSettings& settings() const;
  // The merged policy of each layer, for display and for the reference engine.
  size_t layers() const;
  const applocker::AppLockerPolicy& layer(size_t i) const;
  // The name of the policy that `rule.source` of a layer stands for.
  std::string_view source_name(size_t layer, uint16_t source) const;
  // Whether some rule or exception that judges has a hash of this type.
  bool HoldsHash(HashType type) const;
  // The Software Restriction Policies that are asked; null where none are, or AppLocker's rules
  // have them ignored.
  const srp::CompiledPolicy* srp() const;
  // One layer as a compiled file, which decides as this does. kLimitExceeded where the format has
  // no room.
  Result<std::string> WriteCompiled(size_t layer) const;

  // Defined by the engine; nothing outside policy/ needs it.
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit PolicySet(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

class PolicySet::Builder {
 public:
  explicit Builder(MatchingSettings settings = {});
  ~Builder();
  // Group policies in order of application (local, site, domain, OU): merged into one layer. Those
  // of Software Restriction Policies stand beside all layers.
  Builder& AddMergedLayer(std::vector<NamedPolicy> policies);
  Builder& SetGeneration(uint64_t generation);
  // A collection of a type this project does not know enforces nothing. kRefuse, the default, is
  // for a policy that is put in force; kIgnore for one that is only looked at.
  enum class UnknownCollections : uint8_t { kRefuse, kIgnore };
  Builder& SetUnknownCollections(UnknownCollections choice);
  // What the variables of path rules of Software Restriction Policies stand for.
  Builder& SetSrpEnvironment(srp::Environment environment);
  // What is done with them where AppLocker has a rule: kIgnored, as Windows does, or kAsked, and
  // what restricts more counts.
  enum class SrpBesideAppLocker : uint8_t { kIgnored, kAsked };
  Builder& SetSrpBesideAppLocker(SrpBesideAppLocker choice);
  // How compiled files are taken: held against their SHA-256 and read to the last rule, or only as
  // far as verdicts ask. kWhole, the default, is for what is put in force.
  enum class Images : uint8_t { kWhole, kAsAsked };
  Builder& SetImages(Images choice);
  // kLimitExceeded when a merged collection has more rules than Windows takes; kUnsupported for a
  // collection of unknown type, unless that is ignored; for a compiled file the errors of
  // policy/compiled/policy_image.h, with its name in front. Call it once.
  Result<PolicySet> Build();

 private:
  Result<void> AddSrp(std::vector<NamedPolicy> named, Impl& impl);

  MatchingSettings settings_;
  uint64_t generation_ = 1;
  UnknownCollections unknown_collections_ = UnknownCollections::kRefuse;
  Images images_ = Images::kWhole;
  srp::Environment srp_environment_;
  SrpBesideAppLocker srp_beside_applocker_ = SrpBesideAppLocker::kIgnored;
  std::vector<std::vector<NamedPolicy>> layers_;
};

// Compiles the rules of a compiled file and compares: kMalformed where another file would come of
// it. Costs what compiling costs; nothing where its tables are not those of this program.
Result<void> CheckTables(const std::shared_ptr<const compiled::PolicyImage>& image);

// The first deny, else the first allow, in policy order. Allocates nothing, but for a rule of a
// compiled file that decides for the first time.
Decision Decide(const PolicySet& policies, const Request& request);

// The same with the story of every rule of the collection. Costs in proportion to the rules.
Decision DecideWithTrace(const PolicySet& policies, const Request& request, Trace& trace);

// Every rule that matches, deny first, in policy order: for `explain` and the tests.
std::vector<const applocker::Rule*> MatchingRules(const PolicySet& policies,
                                                  const Request& request);

}  // namespace portcullis
