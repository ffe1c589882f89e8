// SPDX-License-Identifier: Apache-2.0
// The policy that decides now, with everything that is derived from it.
//
// Shape:   an immutable policy set, the proof that a verdict is everyone's, what the gate has to
// ask
//          the kernel for because of it, and the verdicts it has given. ForceSlot holds the one in
//          force, which is replaced whole, and the number of the trust anchors in force: both make
//          an answer, and either may change without the other.
// Errors:  those of PolicySet::Builder; what is refused never comes into force.
// Lifetime: decisions point into it: whoever holds one holds the PolicyInForce.
// Threads: immutable but for the cache, which locks itself. An answer is given while the slot is
//          locked for it (IfCurrent), so that once Replace or RenewTrust returns, nothing is
//          answered by the former.
// Source:  docs/enforcement.md.
#pragma once

#include <bitset>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/service_status.h"
#include "base/result.h"
#include "enforcement/verdict_cache.h"
#include "host/host_config.h"
#include "identity/identify.h"
#include "policy/everyone.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

// As many as the cache of identities has files. One that is gone costs microseconds.
inline constexpr LruLimits kVerdictCacheLimits{1 << 14, 4 << 20};

// How Software Restriction Policies among the policies are taken.
struct SrpInForce {
  srp::Environment environment;
  PolicySet::Builder::SrpBesideAppLocker beside_applocker =
      PolicySet::Builder::SrpBesideAppLocker::kIgnored;
};

SrpInForce SrpOf(const HostConfig& host, PolicySet::Builder::SrpBesideAppLocker beside);

class PolicyInForce {
 public:
  static Result<std::shared_ptr<const PolicyInForce>> Build(std::vector<NamedPolicy> policies,
                                                            uint64_t generation,
                                                            SrpInForce srp = {});

  uint64_t generation() const { return policies_.generation(); }
  const PolicySet& policies() const { return policies_; }
  const TokenBounds& bounds() const { return bounds_; }
  VerdictCache& verdicts() const { return verdicts_; }

  // The collection has rules and may block.
  bool enforces(applocker::CollectionType type) const {
    return enforcing_.test(static_cast<size_t>(type));
  }
  // One that the kernel's events are judged by does.
  bool enforces() const { return enforcing_.any(); }
  // Opens are judged: a Dll or Script collection has rules, or Exe has and Wine may load programs.
  bool judges_opens(bool wine_may_run) const { return judges_loads_ || (wine_may_run && has_exe_); }
  Hashing hashing() const { return hashing_; }

  // All that rules can see of a token, as bytes: equal for tokens that get the same verdicts.
  std::string ClassOf(const AccessToken& token) const;

 private:
  explicit PolicyInForce(PolicySet policies);
  void LookAt(const applocker::RuleCollection& collection);
  void LookAt(const srp::CompiledPolicy& srp);

  const PolicySet policies_;
  const TokenBounds bounds_;
  const Hashing hashing_;
  std::unordered_map<Sid, uint32_t> named_sids_;
  std::bitset<applocker::kCollectionTypes> enforcing_;  // Exe, Dll and Script alone
  bool judges_loads_ = false;
  bool has_exe_ = false;
  mutable VerdictCache verdicts_{kVerdictCacheLimits};
};

// What `status` says of a policy that was read from these files.
api::PolicyStatus StatusOf(const PolicySet& policies, std::vector<std::string> files);

using ForcePtr = std::shared_ptr<const PolicyInForce>;

// What an answer is given by.
struct InForce {
  ForcePtr policy;
  uint64_t trust_generation = 0;  // of the anchors that publishers are found by

  friend bool operator==(const InForce&, const InForce&) = default;
};

class ForceSlot {
 public:
  ForcePtr Get() const { return Now().policy; }
  InForce Now() const;
  // Runs `answer` and returns true if `decided_by` is in force now and stays so meanwhile.
  template <typename F>
  bool IfCurrent(const InForce& decided_by, const F& answer) const {
    const std::shared_lock lock(mutex_);
    if (current_ != decided_by) return false;
    answer();
    return true;
  }
  // Both wait for the answers that are being given.
  void Replace(ForcePtr next);
  // Inspectors that are started by now have other anchors.
  void RenewTrust();

 private:
  mutable std::shared_mutex mutex_;
  InForce current_;
};

}  // namespace portcullis::enforcement
