// SPDX-License-Identifier: Apache-2.0
// The store as tables of a compiled file, and what must hold of them.
#include <algorithm>

#include "policy/applocker/condition_store.h"

namespace portcullis::applocker {

void ConditionStore::Write(TableWriter& writer) const {
  writer.Table(text_);
  writer.Table(paths_);
  writer.Table(publishers_);
  writer.Table(ranges_);
  writer.Table(hash_groups_);
  writer.Table(digests_);
}

ConditionStore ConditionStore::Read(TableReader& reader, const MatchingSettings& settings) {
  ConditionStore store(settings);
  reader.Table(store.text_);
  reader.Table(store.paths_);
  reader.Table(store.publishers_);
  store.ranges_ = {};
  reader.Table(store.ranges_);
  reader.Table(store.hash_groups_);
  reader.Table(store.digests_);
  if (reader.ok()) store.Check(reader);
  if (reader.ok()) store.CheckHashes(reader);
  return store;
}

void ConditionStore::Check(TableReader& reader) const {
  bool are_texts_in_range = true;
  bool are_marks_known = true;
  for (const PathPattern& pattern : paths_) {
    are_texts_in_range &= Holds(pattern.exact) && Holds(pattern.upper);
    are_marks_known &= pattern.has_second <= 1;
  }
  for (const PublisherPattern& pattern : publishers_) {
    are_texts_in_range &= Holds(pattern);
    are_marks_known &= pattern.any_publisher <= 1 && pattern.any_product <= 1;
  }
  reader.Expect(are_texts_in_range, "a pattern's text is out of range");
  reader.Expect(are_marks_known, "a pattern has an unknown mark");
  reader.Expect(paths_.empty() || paths_.back().has_second == 0,
                "the last path pattern wants another behind it");
  reader.Expect(!ranges_.empty(), "there is no range of versions");
}

void ConditionStore::CheckHashes(TableReader& reader) const {
  // One group behind the other, so that none is counted twice.
  uint64_t next = 0;
  bool do_groups_fit = true;
  for (const HashGroup& group : hash_groups_) {
    do_groups_fit &= group.first == next;
    next += group.count;
  }
  reader.Expect(do_groups_fit && next == digests_.size(), "a group of hashes is out of range");
  const auto is_known = [](const StoredDigest& digest) {
    return digest.stored_type <= StoredDigest::kLastType;
  };
  reader.Expect(std::ranges::all_of(digests_, is_known), "a hash has an unknown type");
}

bool ConditionStore::Holds(const ConditionRef& ref) const {
  switch (ref.kind) {
    case ConditionKind::kAnyPath:
      return true;
    case ConditionKind::kPath:
      return HoldsPath(ref.id);
    case ConditionKind::kPublisher:
      return ref.id < publishers_.size() && HoldsRange(ref.range);
    case ConditionKind::kHash:
      return ref.id < hash_groups_.size();
  }
  return false;
}

}  // namespace portcullis::applocker
