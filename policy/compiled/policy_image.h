// SPDX-License-Identifier: Apache-2.0
// A compiled policy file: the tables of the fast engine, ready to decide from where they lie, and
// the rules they were made from.
//
// Shape:   one layer: the policies that were merged by name, the merged policy, its tables. Open
//          looks at the frame and takes the head; ReadEngine makes views of the tables; rules are
//          read one by one or all together.
// Limits:  image_format.h and policy/applocker/limits.h.
// Errors:  kTruncated, kMalformed, kLimitExceeded and kUnsupported, with the section and the offset
//          in it. kUntrusted where a checksum differs. Messages do not name the file.
// Lifetime: what ReadEngine gives borrows the image; rules are values.
// Threads: immutable once opened.
// Source:  docs/formats/compiled-policy.md. What it is trusted for: docs/decisions/0018.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/held_bytes.h"
#include "base/result.h"
#include "policy/applocker/judge.h"
#include "policy/applocker/model.h"
#include "policy/applocker/pod_table.h"
#include "policy/compiled/image_format.h"
#include "policy/compiled/image_head.h"
#include "policy/matching_settings.h"

namespace portcullis::compiled {

// Whether a file that begins so is meant to be a compiled policy.
bool LooksCompiled(Bytes beginning);

class PolicyImage {
 public:
  // `held` begins at a multiple of 64 in memory, as what is mapped does. What decides is checked
  // against its checksums, the rules' texts only when they are read.
  static Result<std::shared_ptr<const PolicyImage>> Open(HeldBytes held);

  // The names of the policies that were merged, by Rule::source.
  const std::vector<std::string>& names() const { return head_.names; }
  // Whether the tables are of this program's engine, and made for these settings.
  bool HasEngineFor(const MatchingSettings& settings) const;
  Result<applocker::CompiledPolicy> ReadEngine(const MatchingSettings& settings) const;

  // The policy without its rules.
  const applocker::AppLockerPolicy& outline() const { return head_.outline; }
  uint32_t rules(size_t collection) const;
  Result<applocker::Rule> ReadRule(size_t collection, uint32_t place) const;
  Result<applocker::AppLockerPolicy> ReadPolicy() const;
  // Holds the whole file against its SHA-256. Takes as long as reading it.
  Result<void> CheckDigest() const;
  Bytes sha256() const { return header_.sha256; }
  Bytes bytes() const { return held_.bytes; }

 private:
  struct Collection {
    uint32_t rules = 0;
    bool is_judged_by = false;
    Bytes texts;
    Bytes engine;
    applocker::PodTable<RecordRef> records;
  };

  explicit PolicyImage(HeldBytes held) : held_(std::move(held)) {}
  Result<void> ReadHeader();
  Result<void> ReadSections();
  // The next section, which must be this one.
  Result<Bytes> TakeSection(SectionKind kind, size_t collection, bool is_checked);
  Result<void> ReadHead();
  static Result<void> ReadRecords(Collection& collection, Bytes section);

  HeldBytes held_;
  Header header_ = {};
  std::vector<SectionEntry> sections_;
  size_t next_section_ = 0;
  size_t end_ = 0;  // of the section before
  ImageHead head_;
  std::vector<Collection> collections_;
};

// What a layer consists of; borrowed.
struct ImageParts {
  const std::vector<std::string>& names;
  const applocker::AppLockerPolicy& policy;
  const applocker::CompiledPolicy& compiled;
};
// The same parts give the same bytes. kLimitExceeded for what Open would refuse.
Result<std::string> WriteImage(const ImageParts& parts, const MatchingSettings& settings);

}  // namespace portcullis::compiled
