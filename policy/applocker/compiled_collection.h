// SPDX-License-Identifier: Apache-2.0
// A rule collection made ready for verdicts: the fast engine.
//
// Shape:   rules have ranks: deny before allow, each in the order in which a rule is reported. The
//          deciding rule is the one of lowest rank whose condition holds, whose SID is in the token
//          and that no exception cancels; candidates come from a ConditionIndex. Many exceptions of
//          one rule have an index of their own.
// Limits:  time is that of the rules that match but for SID, version or exception, and of the
//          patterns that share a literal run with the file's path; docs/performance.md has bounds.
// Lifetime: borrows the collection. Threads: immutable once built.
// Source:  docs/decisions/0012-rule-index.md; policy/applocker/reference.h is its slow twin.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/applocker/condition_index.h"
#include "policy/applocker/condition_store.h"
#include "policy/applocker/model.h"
#include "policy/applocker/sid_table.h"
#include "policy/matching_settings.h"
#include "policy/request.h"

namespace portcullis::applocker {

class CompiledCollection {
 public:
  // `collection` is of a known type and outlives this.
  CompiledCollection(const RuleCollection& collection, const MatchingSettings& settings);
  CompiledCollection(const CompiledCollection&) = delete;
  CompiledCollection& operator=(const CompiledCollection&) = delete;

  // The rule that decides and what a verdict needs of it, so that it is not itself read: null where
  // no rule matches. Allocates nothing.
  struct Match {
    const Rule* rule = nullptr;
    Action action = Action::kDeny;
    uint16_t source = 0;
  };
  Match FirstMatch(const Request& request) const;
  // All rules that match, in the order of their ranks.
  std::vector<const Rule*> AllMatches(const Request& request) const;
  size_t size_bytes() const;

 private:
  struct CompiledRule {
    uint32_t place;  // in the collection
    uint32_t sid;
    // Exceptions: a range of exceptions_, or where there are many the number of an index.
    uint32_t exceptions;
    uint32_t exception_count;
    uint16_t source;
  };

  void Compile(const Rule& rule, uint32_t place);
  FileView View(const FileAttributes& file) const;
  bool IsDeny(uint32_t rank) const { return rank < deny_count_; }
  bool Applies(uint32_t rank, const FileView& file, TokenSids& token) const;
  // Calls take(rank) for every rule of a rank below `limit` that matches; some more than once.
  template <typename Take>
  void ForEachApplying(const FileView& file, TokenSids& token, uint32_t& limit, Take take) const;
  bool IsCancelled(const CompiledRule& rule, const FileView& file, Evidence evidence) const;

  const RuleCollection& collection_;
  MatchingSettings settings_;
  TokenView token_view_;
  ConditionStore store_;
  SidTable sids_;
  std::vector<CompiledRule> rules_;  // by rank
  uint32_t deny_count_ = 0;
  std::vector<ConditionRef> exceptions_;
  std::vector<ConditionIndex> exception_indexes_;
  std::vector<ConditionIndex> index_;  // one, once it is built
};

}  // namespace portcullis::applocker
