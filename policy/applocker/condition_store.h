// SPDX-License-Identifier: Apache-2.0
// The conditions of a collection as the fast engine compares them, each text once.
//
// Shape:   a ConditionRef names one condition. Path patterns are kept with case and in upper case,
//          publishers in upper case, hashes as their bytes.
// Lifetime: owns what it holds, or borrows a compiled file's bytes.
// Threads: immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/applocker/model.h"
#include "policy/applocker/pod_table.h"
#include "policy/applocker/table_stream.h"
#include "policy/applocker/wildcard.h"
#include "policy/matching_settings.h"
#include "policy/path_text.h"
#include "policy/request.h"

namespace portcullis::applocker {

// What the conditions of a collection see of a file.
struct FileView {
  std::span<const PathAttribute> paths;
  const PublisherAttribute* publisher = nullptr;
  // In the order SHA256, its second candidate, SHA256Flat, SHA1; null where the file has none.
  std::array<const FileDigest*, 4> digests = {};
  UnknownAttributes unknown;  // then the attribute is not there
};

// What makes a condition hold: verified spellings and attributes that were found out, or also
// spellings that are only claimed and attributes that are unknown.
enum class Evidence : uint8_t { kCertain, kPossible };
// The best spelling that a path condition matches.
enum class PathMatch : uint8_t { kNone, kClaimed, kVerified };

enum class ConditionKind : uint32_t { kAnyPath, kPath, kPublisher, kHash };
struct ConditionRef {
  ConditionKind kind = ConditionKind::kAnyPath;
  uint32_t id = 0;     // of the pattern, the publisher or the hash condition
  uint32_t range = 0;  // of versions; publishers only
};

// A run of the store's text.
struct TextRef {
  uint32_t offset = 0;
  uint32_t length = 0;
};

// A rule whose path holds '/' is two patterns, for Windows paths and then for paths of this host,
// for that character separates in these alone.
struct PathPattern {
  TextRef exact;
  TextRef upper;
  uint32_t has_second = 0;  // 1: the next pattern belongs to this condition too
};

// A path condition with what most comparisons need at hand, for its patterns are far away.
struct PathCandidate {
  uint32_t condition = 0;
  TextRef upper;  // kSeveral long where it is two patterns
  static constexpr uint32_t kSeveral = UINT32_MAX;
};

struct PublisherPattern {
  TextRef publisher;
  TextRef product;
  TextRef binary;
  uint16_t any_publisher = 0;  // 0 or 1
  uint16_t any_product = 0;
};

struct VersionRange {
  uint64_t low = 0;
  uint64_t high = UINT64_MAX;
  bool Holds(FileVersion version) const { return low <= version.packed && version.packed <= high; }
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

// A FileDigest without what its compiler leaves between members.
struct StoredDigest {
  static constexpr uint32_t kLastType = static_cast<uint32_t>(HashType::kSha1);
  HashType type() const { return static_cast<HashType>(stored_type); }

  uint32_t stored_type = 0;
  std::array<uint8_t, 32> bytes = {};
};

// A run of the store's digests: any of them.
struct HashGroup {
  uint32_t first = 0;
  uint32_t count = 0;
};

class ConditionStore {
 public:
  // A compiled file may not hold a longer text: four bytes a character of the longest pattern.
  static constexpr uint32_t kMaxTextBytes = 4 * 32767;

  explicit ConditionStore(const MatchingSettings& settings);
  void Write(TableWriter& writer) const;
  // Holds all that a question relies on.
  static ConditionStore Read(TableReader& reader, const MatchingSettings& settings);
  // Whether it names a condition, or a text, of this store.
  bool Holds(const ConditionRef& ref) const;
  bool Holds(TextRef text) const {
    return text.length <= kMaxTextBytes && uint64_t{text.offset} + text.length <= text_.size();
  }
  bool Holds(const PublisherPattern& pattern) const {
    return Holds(pattern.publisher) && Holds(pattern.product) && Holds(pattern.binary);
  }
  bool HoldsPath(uint32_t id) const { return id < paths_.size(); }
  bool HoldsRange(uint32_t id) const { return id < ranges_.size(); }

  // The same id for conditions that are written alike.
  ConditionRef Add(const Condition& condition);
  // Ends the building: gives back what only that needed.
  void Finish();

  bool Matches(ConditionRef ref, const FileView& file, Evidence evidence) const;
  // A path condition against the spellings, the one that is likely to match before the others.
  PathMatch MatchPath(const PathCandidate& candidate, const FileView& file, Evidence evidence,
                      const PathAttribute* likely = nullptr) const;
  // One path condition against one spelling.
  bool PathMatches(const PathCandidate& candidate, const PathAttribute& path) const;
  PathCandidate CandidateOf(uint32_t path_condition) const;
  bool PublisherMatches(const PublisherPattern& pattern,
                        const FullyQualifiedBinaryName& name) const;

  QuestionMark path_question_mark() const { return path_question_mark_; }
  std::span<const PathPattern> PatternsOf(uint32_t path_condition) const;
  std::span<const PublisherPattern> publishers() const { return publishers_.values(); }
  const VersionRange& range(uint32_t id) const { return ranges_[id]; }
  std::span<const StoredDigest> hashes(uint32_t id) const {
    return digests_.values().subspan(hash_groups_[id].first, hash_groups_[id].count);
  }
  // Of every hash condition, those of exceptions among them.
  std::span<const StoredDigest> digests() const { return digests_.values(); }
  std::string_view Text(TextRef ref) const {
    return std::string_view(text_.data() + ref.offset, ref.length);
  }
  // For texts that are about to be compared.
  void Prefetch(const PublisherPattern& pattern) const {
    for (const TextRef& text : {pattern.publisher, pattern.product, pattern.binary}) {
      __builtin_prefetch(text_.data() + text.offset);
    }
  }
  size_t size_bytes() const;

 private:
  uint32_t AddPath(const std::string& path);
  uint32_t AddPublisher(const FilePublisherCondition& condition);
  uint32_t AddRange(const BinaryVersionRange& range);
  TextRef Intern(const std::string& text);
  std::string BinaryPattern(const std::string& binary_name) const;

  uint32_t AddHashes(const FileHashCondition& condition);
  void Check(TableReader& reader) const;
  void CheckHashes(TableReader& reader) const;

  MatchingSettings settings_;
  QuestionMark path_question_mark_;
  PodTable<char> text_;
  PodTable<PathPattern> paths_;
  PodTable<PublisherPattern> publishers_;
  PodTable<VersionRange> ranges_;
  PodTable<HashGroup> hash_groups_;
  PodTable<StoredDigest> digests_;
  std::unordered_map<std::string, TextRef> interned_;
  std::unordered_map<std::string_view, uint32_t> path_ids_;
  std::unordered_map<std::string, uint32_t> publisher_ids_;
};

// Whether two digests of the same type hold the same bytes.
bool SameDigest(const StoredDigest& a, const FileDigest& b);
bool AnyHashMatches(std::span<const StoredDigest> hashes, const FileView& file);
// Which of FileView's digests a hash of this type is compared with.
std::span<const FileDigest* const> DigestsFor(HashType type, const FileView& file);

}  // namespace portcullis::applocker
