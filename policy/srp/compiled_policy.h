// SPDX-License-Identifier: Apache-2.0
// The engine of Software Restriction Policies that ships: which rule decides, by tables.
//
// Shape:   the machine's and the user's policy as one set of rules. Hashes stand by their bytes,
//          certificates by their thumbprint, paths in the index that AppLocker's rules have too.
// Limits:  kMaxCompiledPaths path rules once variables are expanded.
// Lifetime: owns its policies; an Answer points into them.
// Threads: immutable once made.
// Source:  docs/srp.md; policy/srp/reference.h is the slow twin that tests hold it to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "policy/applocker/pattern_index.h"
#include "policy/request.h"
#include "policy/srp/answer.h"
#include "policy/srp/environment.h"
#include "policy/srp/path_rule.h"
#include "policy/srp/settings.h"

namespace portcullis::srp {

inline constexpr size_t kMaxCompiledPaths = 1'000'000;

// A rule that can not do what its author meant, and why.
struct RuleDoubt {
  const Rule* rule;
  std::string sentence;
};

class CompiledPolicy {
 public:
  // Of a machine and, where there is one, of a user. kLimitExceeded.
  static Result<CompiledPolicy> Make(std::vector<Policy> policies, const Environment& environment);

  const std::vector<Policy>& policies() const { return policies_; }
  const Settings& settings() const { return settings_; }
  const std::vector<RuleDoubt>& doubts() const { return doubts_; }

  // Allocates nothing.
  Answer Identify(const Request& request) const;

  // What must be found out of a file for these rules, besides its paths.
  bool NeedsHash(HashAlgorithm algorithm) const;
  bool NeedsSigner() const { return settings_.certificate_rules_count && !signers_.empty(); }
  bool NeedsZone() const;

 private:
  // Rules of one table key, by their place in rules_.
  using Places = std::unordered_multimap<uint64_t, uint32_t>;
  struct Path {
    uint32_t rule;
    PathRule matcher;
  };
  // The strongest match so far.
  struct Best;

  CompiledPolicy(std::vector<Policy> policies, Settings settings)
      : policies_(std::move(policies)), settings_(std::move(settings)) {}
  Result<void> AddRules(const Environment& environment);
  Result<void> Add(uint32_t place, const Environment& environment);
  void AddHash(uint32_t place, const HashCondition& condition);
  Result<void> AddPath(uint32_t place, const PathCondition& condition,
                       const Environment& environment);
  void IndexPaths();
  bool FindHash(const FileFacts& facts, Best& best) const;
  bool FindSigner(const FileFacts& facts, Best& best) const;
  bool FindPath(const FileAttributes& file, Best& best) const;
  bool FindZone(const FileFacts& facts, Best& best) const;

  std::vector<Policy> policies_;
  Settings settings_;
  std::vector<const Rule*> rules_;  // the machine's first
  std::vector<RuleDoubt> doubts_;

  std::array<Places, 3> hashes_;  // by algorithm: a digest's front -> rules
  Places hash_sizes_;             // restricting rules, by size: for a file that was not hashed
  Places signers_;                // a thumbprint's front -> rules
  std::vector<uint32_t> restricting_signers_;  // for a file whose signer is unknown
  std::array<std::vector<uint32_t>, 5> zones_;
  std::vector<Path> paths_;
  applocker::PatternIndex index_;
  std::array<uint32_t, 3> index_kinds_ = {};  // by scope: a PathKind, or both
};

}  // namespace portcullis::srp
