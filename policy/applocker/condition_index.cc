// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/condition_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/applocker/pattern_index_builder.h"

namespace portcullis::applocker {

ConditionIndex::ConditionIndex(const ConditionStore& store, const std::vector<Entry>& entries,
                               uint32_t certain_from)
    : ConditionIndex(store, certain_from) {
  Parts parts;
  for (const Entry& entry : entries) Gather(entry, parts);
  for (auto* ranks : {&parts.any_path, &parts.possible_hashes, &parts.possible_publishers}) {
    std::ranges::sort(*ranks);
  }
  any_path_ = PodTable(std::move(parts.any_path));
  possible_hashes_ = PodTable(std::move(parts.possible_hashes));
  possible_publishers_ = PodTable(std::move(parts.possible_publishers));
  hash_leaves_ = PodTable(std::move(parts.hash_leaves));
  path_leaves_ = Sorted(std::move(parts.path_leaves));
  publisher_leaves_ = Sorted(std::move(parts.publisher_leaves));
  AddHashes();
  AddPaths();
  AddPublishers();
}

void ConditionIndex::Gather(const Entry& entry, Parts& parts) const {
  const ConditionRef& ref = entry.condition;
  const bool by_what_is_possible = entry.rank < certain_from_;
  switch (ref.kind) {
    case ConditionKind::kAnyPath:
      parts.any_path.push_back(entry.rank);
      break;
    case ConditionKind::kPath:
      parts.path_leaves.push_back({ref.id, entry.rank, store_->CandidateOf(ref.id).upper});
      break;
    case ConditionKind::kPublisher:
      parts.publisher_leaves.push_back(
          {ref.id, entry.rank, ref.range, store_->publishers()[ref.id]});
      if (by_what_is_possible) parts.possible_publishers.push_back(entry.rank);
      break;
    case ConditionKind::kHash:
      if (by_what_is_possible) parts.possible_hashes.push_back(entry.rank);
      for (const StoredDigest& digest : store_->hashes(ref.id)) {
        parts.hash_leaves.push_back({digest, entry.rank});
      }
      break;
  }
}

void ConditionIndex::AddHashes() {
  std::vector<KeyTable::Entry> keys;
  keys.reserve(hash_leaves_.size());
  for (const HashLeaf& leaf : hash_leaves_) {
    keys.push_back({HashKey(leaf.digest.type(), leaf.digest), static_cast<uint32_t>(keys.size())});
    hash_types_ |= 1U << leaf.digest.stored_type;
  }
  hashes_ = KeyTable(std::move(keys));
}

template <typename Leaf>
PodTable<Leaf> ConditionIndex::Sorted(std::vector<Leaf> leaves) {
  std::ranges::sort(leaves, {},
                    [](const Leaf& leaf) { return std::tuple(leaf.condition, leaf.rank); });
  return PodTable(std::move(leaves));
}

// The first leaf of each condition stands for all of them in the index.
template <typename Leaf, typename Visit>
void ConditionIndex::ForEachCondition(const PodTable<Leaf>& leaves, Visit visit) {
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (i == 0 || leaves[i].condition != leaves[i - 1].condition) {
      visit(leaves[i].condition, static_cast<uint32_t>(i));
    }
  }
}

void ConditionIndex::AddPaths() {
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
  PatternIndexBuilder builder(QuestionMark::kWildcard);
  ForEachCondition(publisher_leaves_, [&](uint32_t condition, uint32_t leaf) {
    const PublisherPattern& pattern = store_->publishers()[condition];
    const uint64_t publisher =
        pattern.any_publisher != 0 ? kAnyName : HashText(store_->Text(pattern.publisher));
    const uint64_t product =
        pattern.any_product != 0 ? kAnyName : HashText(store_->Text(pattern.product));
    builder.Add(store_->Text(pattern.binary), Scope(publisher, product), leaf);
  });
  binary_names_ = builder.Build();
}

void ConditionIndex::Write(TableWriter& writer) const {
  writer.Table(any_path_);
  writer.Table(possible_hashes_);
  writer.Table(possible_publishers_);
  writer.Table(path_leaves_);
  writer.Table(publisher_leaves_);
  writer.Table(hash_leaves_);
  hashes_.Write(writer);
  path_patterns_.Write(writer);
  binary_names_.Write(writer);
}

ConditionIndex ConditionIndex::Read(TableReader& reader, const ConditionStore& store,
                                    uint32_t certain_from, uint32_t rank_end) {
  ConditionIndex index(store, certain_from);
  reader.Table(index.any_path_);
  reader.Table(index.possible_hashes_);
  reader.Table(index.possible_publishers_);
  reader.Table(index.path_leaves_);
  reader.Table(index.publisher_leaves_);
  reader.Table(index.hash_leaves_);
  const auto end_of = [](const auto& leaves) {
    return static_cast<uint32_t>(std::min<size_t>(leaves.size(), KeyTable::kList));
  };
  index.hashes_ = KeyTable::Read(reader, end_of(index.hash_leaves_));
  index.path_patterns_ = PatternIndex::Read(reader, end_of(index.path_leaves_));
  index.binary_names_ = PatternIndex::Read(reader, end_of(index.publisher_leaves_));
  if (!reader.ok()) return index;
  index.Check(reader, rank_end);
  index.CheckLeaves(reader, rank_end);
  index.path_kinds_ = index.path_patterns_.KindsOf(kPathScope);
  for (const HashLeaf& leaf : index.hash_leaves_)
    index.hash_types_ |= 1U << (leaf.digest.stored_type & 31);
  return index;
}

void ConditionIndex::Check(TableReader& reader, uint32_t rank_end) const {
  bool are_ranks_known = true;
  for (const auto* ranks : {&any_path_, &possible_hashes_, &possible_publishers_}) {
    for (const uint32_t rank : *ranks) are_ranks_known &= rank < rank_end;
  }
  reader.Expect(are_ranks_known, "a rank has no rule");
}

void ConditionIndex::CheckLeaves(TableReader& reader, uint32_t rank_end) const {
  bool are_known = true;
  for (const PathLeaf& leaf : path_leaves_) {
    are_known &= leaf.rank < rank_end && store_->HoldsPath(leaf.condition) &&
                 (leaf.upper.length == PathCandidate::kSeveral || store_->Holds(leaf.upper));
  }
  for (const PublisherLeaf& leaf : publisher_leaves_) {
    are_known &=
        leaf.rank < rank_end && store_->HoldsRange(leaf.range) && store_->Holds(leaf.pattern);
  }
  for (const HashLeaf& leaf : hash_leaves_) {
    are_known &= leaf.rank < rank_end && leaf.digest.stored_type <= StoredDigest::kLastType;
  }
  reader.Expect(are_known, "a leaf of an index has no rule, or names what is not there");
}

size_t ConditionIndex::size_bytes() const {
  return any_path_.size_bytes() + possible_hashes_.size_bytes() +
         possible_publishers_.size_bytes() + path_leaves_.size_bytes() +
         publisher_leaves_.size_bytes() + hash_leaves_.size_bytes() + hashes_.size_bytes() +
         path_patterns_.size_bytes() + binary_names_.size_bytes();
}

}  // namespace portcullis::applocker
