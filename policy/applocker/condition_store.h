// SPDX-License-Identifier: Apache-2.0
// The conditions of a collection as the fast engine compares them, each text once.
//
// Shape:   a ConditionRef names one condition. Path patterns are kept with case and in upper case,
//          publishers in upper case; hashes stay in the model.
// Lifetime: borrows the model that it was made from.
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

enum class ConditionKind : uint8_t { kAnyPath, kPath, kPublisher, kHash };
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
  bool has_second = false;  // the next pattern belongs to this condition too
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
  bool any_publisher = false;
  bool any_product = false;
};

struct VersionRange {
  uint64_t low = 0;
  uint64_t high = UINT64_MAX;
  bool Holds(FileVersion version) const { return low <= version.packed && version.packed <= high; }
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

class ConditionStore {
 public:
  explicit ConditionStore(const MatchingSettings& settings);
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
  std::span<const PublisherPattern> publishers() const { return publishers_; }
  const VersionRange& range(uint32_t id) const { return ranges_[id]; }
  const FileHashCondition& hash(uint32_t id) const { return *hashes_[id]; }
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

  MatchingSettings settings_;
  QuestionMark path_question_mark_;
  std::string text_;
  std::vector<PathPattern> paths_;
  std::vector<PublisherPattern> publishers_;
  std::vector<VersionRange> ranges_;
  std::vector<const FileHashCondition*> hashes_;
  std::unordered_map<std::string, TextRef> interned_;
  std::unordered_map<std::string_view, uint32_t> path_ids_;
  std::unordered_map<std::string, uint32_t> publisher_ids_;
};

// Whether two digests of the same type hold the same bytes.
bool SameDigest(const FileDigest& a, const FileDigest& b);
bool AnyHashMatches(const FileHashCondition& condition, const FileView& file);
// Which of FileView's digests a hash of this type is compared with.
std::span<const FileDigest* const> DigestsFor(HashType type, const FileView& file);

}  // namespace portcullis::applocker
