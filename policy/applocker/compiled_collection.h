// SPDX-License-Identifier: Apache-2.0
// A rule collection made ready for verdicts: the fast engine.
//
// Shape:   rules have ranks: deny before allow, each in the order in which a rule is reported. The
//          deciding rule is the one of lowest rank whose condition holds, whose SID is in the token
//          and that no exception cancels; candidates come from a ConditionIndex. Many exceptions of
//          one rule have an index of their own.
// Limits:  time is that of the rules that match but for SID, version or exception, and of the
//          patterns that share a literal run with the file's path; docs/performance.md has bounds.
//          Rules are named by their place in the collection, which is not kept.
// Lifetime: owns its tables, or borrows a compiled file's bytes. Threads: immutable once built.
// Source:  docs/decisions/0012-rule-index.md; policy/applocker/reference.h is its slow twin.
#pragma once

#include <cstdint>
#include <memory>
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
  // `collection` is of a known type.
  CompiledCollection(const RuleCollection& collection, const MatchingSettings& settings);
  CompiledCollection(const CompiledCollection&) = delete;
  CompiledCollection& operator=(const CompiledCollection&) = delete;

  // The rule that decides and what a verdict needs of it, so that it is not itself read. Allocates
  // nothing.
  struct Match {
    bool is_found = false;
    Action action = Action::kDeny;
    uint16_t source = 0;
    uint32_t place = 0;
  };
  Match FirstMatch(const Request& request) const;
  // The places of all rules that match, in the order of their ranks.
  std::vector<uint32_t> AllMatches(const Request& request) const;
  size_t size_bytes() const;

  // What the rules name: their SIDs, and the hashes of their conditions and exceptions.
  std::span<const Sid> sids() const { return sids_.sids(); }
  std::span<const StoredDigest> digests() const { return store_.digests(); }

  void Write(TableWriter& writer) const;
  // What a collection's file says of its rules besides.
  struct Shape {
    CollectionType type = CollectionType::kExe;
    uint32_t rules = 0;
    uint32_t sources = 0;  // the policies that were merged
  };
  // Null where the reader has an error afterwards. Nothing that it holds can lead a question out of
  // the bytes, or on without end; that it stands for those rules nobody can see at a glance.
  static std::unique_ptr<const CompiledCollection> Read(TableReader& reader, const Shape& shape,
                                                        const MatchingSettings& settings);

 private:
  static constexpr uint32_t kHasIndex = UINT32_MAX;
  struct CompiledRule {
    uint32_t place;  // in the collection
    uint32_t sid;
    // Exceptions: a range of exceptions_, or where there are many the number of an index.
    uint32_t exceptions;
    uint32_t exception_count;
    uint32_t source;
  };

  CompiledCollection(CollectionType type, const MatchingSettings& settings);
  void ReadTables(TableReader& reader);
  void ReadExceptionIndexes(TableReader& reader);
  void CheckRules(TableReader& reader, const Shape& shape) const;
  void CheckExceptions(TableReader& reader) const;

  void Compile(const Rule& rule, uint32_t place);
  FileView View(const FileAttributes& file) const;
  bool IsDeny(uint32_t rank) const { return rank < deny_count_; }
  bool Applies(uint32_t rank, const FileView& file, TokenSids& token) const;
  // Calls take(rank) for every rule of a rank below `limit` that matches; some more than once.
  template <typename Take>
  void ForEachApplying(const FileView& file, TokenSids& token, uint32_t& limit, Take take) const;
  bool IsCancelled(const CompiledRule& rule, const FileView& file, Evidence evidence) const;

  CollectionType type_;
  MatchingSettings settings_;
  TokenView token_view_;
  ConditionStore store_;
  SidTable sids_;
  PodTable<CompiledRule> rules_;  // by rank
  uint32_t deny_count_ = 0;
  PodTable<ConditionRef> exceptions_;
  std::vector<ConditionIndex> exception_indexes_;
  std::vector<ConditionIndex> index_;  // one, once it is built
};

}  // namespace portcullis::applocker
