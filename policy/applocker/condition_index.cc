// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/condition_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/applocker/pattern_index_builder.h"

namespace portcullis::applocker {

ConditionIndex::ConditionIndex(const ConditionStore& store, const std::vector<Entry>& entries,
                               uint32_t certain_from)
    : store_(&store), certain_from_(certain_from) {
  for (const Entry& entry : entries) {
    const ConditionRef& ref = entry.condition;
    const bool by_what_is_possible = entry.rank < certain_from;
    switch (ref.kind) {
      case ConditionKind::kAnyPath:
        any_path_.push_back(entry.rank);
        break;
      case ConditionKind::kPath:
        path_leaves_.push_back({ref.id, entry.rank, store.CandidateOf(ref.id).upper});
        break;
      case ConditionKind::kPublisher:
        publisher_leaves_.push_back({ref.id, entry.rank, ref.range, store.publishers()[ref.id]});
        if (by_what_is_possible) possible_publishers_.push_back(entry.rank);
        break;
      case ConditionKind::kHash:
        if (by_what_is_possible) possible_hashes_.push_back(entry.rank);
        for (const FileHash& hash : store.hash(ref.id).hashes) {
          hash_leaves_.push_back({hash.digest, entry.rank});
        }
        break;
    }
  }
  for (auto* ranks : {&any_path_, &possible_hashes_, &possible_publishers_}) {
    std::ranges::sort(*ranks);
    ranks->shrink_to_fit();
  }
  AddHashes();
  AddPaths();
  AddPublishers();
}

void ConditionIndex::AddHashes() {
  hash_leaves_.shrink_to_fit();
  std::vector<KeyTable::Entry> keys;
  keys.reserve(hash_leaves_.size());
  for (const HashLeaf& leaf : hash_leaves_) {
    keys.push_back({HashKey(leaf.digest.type, leaf.digest), static_cast<uint32_t>(keys.size())});
    hash_types_ |= 1U << static_cast<unsigned>(leaf.digest.type);
  }
  hashes_ = KeyTable(std::move(keys));
}

template <typename Leaf>
void ConditionIndex::SortLeaves(std::vector<Leaf>& leaves) {
  leaves.shrink_to_fit();
  std::ranges::sort(leaves, {},
                    [](const Leaf& leaf) { return std::tuple(leaf.condition, leaf.rank); });
}

// The first leaf of each condition stands for all of them in the index.
template <typename Leaf, typename Visit>
void ConditionIndex::ForEachCondition(const std::vector<Leaf>& leaves, Visit visit) {
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (i == 0 || leaves[i].condition != leaves[i - 1].condition) {
      visit(leaves[i].condition, static_cast<uint32_t>(i));
    }
  }
}

void ConditionIndex::AddPaths() {
  SortLeaves(path_leaves_);
  PatternIndexBuilder builder(store_->path_question_mark());
  ForEachCondition(path_leaves_, [&](uint32_t condition, uint32_t leaf) {
    for (const PathPattern& pattern : store_->PatternsOf(condition)) {
      builder.Add(store_->Text(pattern.upper), kPathScope, leaf);
    }
  });
  path_patterns_ = builder.Build();
  path_kinds_ = path_patterns_.KindsOf(kPathScope);
}

void ConditionIndex::AddPublishers() {
  SortLeaves(publisher_leaves_);
  PatternIndexBuilder builder(QuestionMark::kWildcard);
  ForEachCondition(publisher_leaves_, [&](uint32_t condition, uint32_t leaf) {
    const PublisherPattern& pattern = store_->publishers()[condition];
    const uint64_t publisher =
        pattern.any_publisher ? kAnyName : HashText(store_->Text(pattern.publisher));
    const uint64_t product =
        pattern.any_product ? kAnyName : HashText(store_->Text(pattern.product));
    builder.Add(store_->Text(pattern.binary), Scope(publisher, product), leaf);
  });
  binary_names_ = builder.Build();
}

size_t ConditionIndex::size_bytes() const {
  const size_t ranks =
      any_path_.capacity() + possible_hashes_.capacity() + possible_publishers_.capacity();
  return ranks * sizeof(uint32_t) + path_leaves_.capacity() * sizeof(PathLeaf) +
         publisher_leaves_.capacity() * sizeof(PublisherLeaf) +
         hash_leaves_.capacity() * sizeof(HashLeaf) + hashes_.size_bytes() +
         path_patterns_.size_bytes() + binary_names_.size_bytes();
}

}  // namespace portcullis::applocker
