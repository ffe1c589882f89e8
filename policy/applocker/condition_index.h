// SPDX-License-Identifier: Apache-2.0
// Which of many conditions hold for this file?
//
// Shape:   conditions of a ConditionStore, each with a rank. Hashes stand in a table by their
//          bytes, path patterns and the binary names of publishers in a PatternIndex; a publisher
//          and a product, either of which may be any, are the scope of a binary name.
// Limits:  the cost of a question is that of the candidates the index finds, not of the conditions.
// Lifetime: borrows the store; owns its tables, or borrows a compiled file's bytes.
// Threads: immutable once built.
// Source:  docs/decisions/0012-rule-index.md.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/applocker/condition_store.h"
#include "policy/applocker/key_table.h"
#include "policy/applocker/pattern_index.h"

namespace portcullis::applocker {

inline constexpr uint32_t kNoRank = UINT32_MAX;

class ConditionIndex {
 public:
  struct Entry {
    ConditionRef condition;
    uint32_t rank = 0;
  };
  // Ranks from `certain_from` on hold by what is certain alone, those below by what is possible.
  ConditionIndex(const ConditionStore& store, const std::vector<Entry>& entries,
                 uint32_t certain_from);

  // Calls visit(rank) for every condition that holds and whose rank is below `limit`, which visit
  // may lower; some more than once. Before a candidate is compared visit.Prefetch(rank) is called.
  template <typename Visit>
  void ForEachMatch(const FileView& file, uint32_t& limit, Visit visit) const {
    VisitRanks(any_path_, limit, visit);
    if (file.unknown.hash && !Fault(23)) VisitRanks(possible_hashes_, limit, visit);
    if (file.unknown.publisher) VisitRanks(possible_publishers_, limit, visit);
    VisitHashes(file, limit, visit);
    VisitPublishers(file, limit, visit);
    VisitPaths(file, limit, visit);
  }
  size_t size_bytes() const;

  uint32_t certain_from() const { return certain_from_; }
  void Write(TableWriter& writer) const;
  // Holds all that ForEachMatch relies on; every rank is below `rank_end`.
  static ConditionIndex Read(TableReader& reader, const ConditionStore& store,
                             uint32_t certain_from, uint32_t rank_end);

 private:
  explicit ConditionIndex(const ConditionStore& store, uint32_t certain_from)
      : store_(&store), certain_from_(certain_from) {}
  void Check(TableReader& reader, uint32_t rank_end) const;
  void CheckLeaves(TableReader& reader, uint32_t rank_end) const;

  // One condition of one rule, with a copy of what it is compared by, for that is far away. Those
  // of one condition stand together, ranks ascending.
  struct PathLeaf {
    uint32_t condition;
    uint32_t rank;
    TextRef upper;
  };
  struct PublisherLeaf {
    uint32_t condition;
    uint32_t rank;
    uint32_t range;
    PublisherPattern pattern;
  };
  struct HashLeaf {
    StoredDigest digest;
    uint32_t rank;
  };

  template <typename Visit>
  static void VisitRanks(const PodTable<uint32_t>& ranks, uint32_t& limit, Visit& visit) {
    for (const uint32_t rank : ranks) {
      if (rank >= limit) return;
      visit(rank);
    }
  }

  template <typename Visit>
  void VisitHashes(const FileView& file, uint32_t& limit, Visit& visit) const {
    for (const HashType type : {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1}) {
      if ((hash_types_ >> static_cast<unsigned>(type) & 1) == 0) continue;
      for (const FileDigest* digest : DigestsFor(type, file)) {
        if (digest == nullptr) continue;
        hashes_.ForEach(HashKey(type, *digest), [&](uint32_t value) {
          const HashLeaf& leaf = hash_leaves_[value];
          if (leaf.rank >= limit || leaf.digest.type() != type) return;
          visit.Prefetch(leaf.rank);
          if (SameDigest(leaf.digest, *digest) || Fault(10)) visit(leaf.rank);
        });
      }
    }
  }

  template <typename Visit>
  void VisitPublishers(const FileView& file, uint32_t& limit, Visit& visit) const {
    if (file.publisher == nullptr || publisher_leaves_.empty()) return;
    const FullyQualifiedBinaryName& name = file.publisher->name();
    const auto try_leaf = [&](uint32_t first) {
      const PublisherLeaf& candidate = publisher_leaves_[first];
      if (candidate.rank >= limit) return;
      visit.Prefetch(candidate.rank);
      store_->Prefetch(candidate.pattern);
      if (!store_->PublisherMatches(candidate.pattern, name)) return;
      for (uint32_t i = first; i < publisher_leaves_.size(); ++i) {
        const PublisherLeaf& leaf = publisher_leaves_[i];
        if (leaf.condition != candidate.condition || leaf.rank >= limit) return;
        if (store_->range(leaf.range).Holds(name.version)) visit(leaf.rank);
        if (Fault(11)) return;
      }
    };
    for (const uint64_t publisher : {file.publisher->publisher_hash(), kAnyName}) {
      for (const uint64_t product : {file.publisher->product_hash(), kAnyName}) {
        if (Fault(12) && publisher == kAnyName) continue;
        const uint64_t scope = Scope(publisher, product);
        const uint32_t kinds = binary_names_.KindsOf(scope);
        if (kinds == 0) continue;
        binary_names_.Candidates(file.publisher->keyed_binary(), 0, scope, kinds, try_leaf);
      }
    }
  }

  // A candidate is compared with every spelling at once, so that what two spellings have in common
  // at their ends is asked for once.
  template <typename Visit>
  void VisitPaths(const FileView& file, uint32_t& limit, Visit& visit) const {
    if (path_kinds_ == 0) return;
    bool is_first = true;
    uint32_t shared = UINT32_MAX;  // with the spelling that was asked about last
    for (const PathAttribute& path : file.paths) {
      shared = std::min(shared, path.shared_components());
      if (!path.verified && certain_from_ == 0) continue;
      path_patterns_.Candidates(path.keyed_upper(), is_first ? 0 : shared, kPathScope, path_kinds_,
                                [&](uint32_t first) {
                                  if (path_leaves_[first].rank < limit) {
                                    TryPathLeaf(first, file, path, limit, visit);
                                  }
                                });
      is_first = false;
      shared = UINT32_MAX;
      if (Fault(14)) return;
    }
  }
  template <typename Visit>
  void TryPathLeaf(uint32_t first, const FileView& file, const PathAttribute& likely,
                   uint32_t& limit, Visit& visit) const {
    const PathLeaf& candidate = path_leaves_[first];
    visit.Prefetch(candidate.rank);
    const auto evidence = certain_from_ == 0 ? Evidence::kCertain : Evidence::kPossible;
    const PathMatch match =
        store_->MatchPath({candidate.condition, candidate.upper}, file, evidence, &likely);
    if (match == PathMatch::kNone) return;
    const uint32_t end = match == PathMatch::kVerified || Fault(13) ? kNoRank : certain_from_;
    for (uint32_t i = first; i < path_leaves_.size(); ++i) {
      const PathLeaf& leaf = path_leaves_[i];
      if (leaf.condition != candidate.condition || leaf.rank >= limit || leaf.rank >= end) return;
      visit(leaf.rank);
    }
  }

  static constexpr uint64_t kPathScope = 0;
  static constexpr uint64_t kAnyName = 0xB492B66FBE98F273ULL;
  static uint64_t Scope(uint64_t publisher, uint64_t product) {
    return MixHash(publisher, product + 1);
  }
  template <typename Digest>
  static uint64_t HashKey(HashType type, const Digest& digest) {
    return MixHash(LoadUnaligned<uint64_t>(reinterpret_cast<const char*>(digest.bytes.data())),
                   static_cast<uint64_t>(type));
  }
  // What is gathered before it is sorted and filed.
  struct Parts {
    std::vector<uint32_t> any_path;
    std::vector<uint32_t> possible_hashes;
    std::vector<uint32_t> possible_publishers;
    std::vector<PathLeaf> path_leaves;
    std::vector<PublisherLeaf> publisher_leaves;
    std::vector<HashLeaf> hash_leaves;
  };
  void Gather(const Entry& entry, Parts& parts) const;
  template <typename Leaf>
  static PodTable<Leaf> Sorted(std::vector<Leaf> leaves);
  template <typename Leaf, typename Visit>
  static void ForEachCondition(const PodTable<Leaf>& leaves, Visit visit);
  void AddHashes();
  void AddPaths();
  void AddPublishers();

  const ConditionStore* store_;
  uint32_t certain_from_;
  PodTable<uint32_t> any_path_;
  // What holds of a file whose hash or publisher is unknown.
  PodTable<uint32_t> possible_hashes_;
  PodTable<uint32_t> possible_publishers_;
  PodTable<PathLeaf> path_leaves_;
  PodTable<PublisherLeaf> publisher_leaves_;
  PodTable<HashLeaf> hash_leaves_;
  KeyTable hashes_;
  PatternIndex path_patterns_;
  PatternIndex binary_names_;
  uint32_t path_kinds_ = 0;
  uint32_t hash_types_ = 0;  // bit HashType: some condition has one
};

}  // namespace portcullis::applocker
