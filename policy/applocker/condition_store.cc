// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/condition_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf.h"
#include "policy/applocker/seeded_fault.h"

namespace portcullis::applocker {

ConditionStore::ConditionStore(const MatchingSettings& settings)
    : settings_(settings),
      path_question_mark_(settings.question_mark_is_wildcard ? QuestionMark::kWildcard
                                                             : QuestionMark::kLiteral) {
  ranges_.push_back({});
}

TextRef ConditionStore::Intern(const std::string& text) {
  const auto [place, is_new] = interned_.try_emplace(text);
  if (is_new) {
    place->second = {static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(text.size())};
    text_.Append(text);
  }
  return place->second;
}

uint32_t ConditionStore::AddPath(const std::string& path) {
  const auto [place, is_new] = path_ids_.try_emplace(path, static_cast<uint32_t>(paths_.size()));
  if (!is_new) return place->second;
  const bool has_slash = path.find('/') != std::string::npos;
  for (const PathKind kind : {PathKind::kWindows, PathKind::kHost}) {
    const CasedText text = PatternToAlphabet(path, kind);
    PathPattern pattern;
    pattern.exact = Intern(text.exact);
    pattern.upper = Intern(text.upper);
    pattern.has_second = has_slash && kind == PathKind::kWindows ? 1 : 0;
    paths_.push_back(pattern);
    if (!has_slash) break;
  }
  return place->second;
}

std::string ConditionStore::BinaryPattern(const std::string& binary_name) const {
  if (binary_name == "?" && settings_.lone_question_mark_is_any_name) return "*";
  std::string upper = ToAlphabet(UpperCase(binary_name));
  const bool is_part = settings_.binary_name_is_substring && !upper.empty() &&
                       FindWildcard(upper, QuestionMark::kWildcard) == std::string::npos;
  return is_part ? "*" + upper + "*" : upper;
}

uint32_t ConditionStore::AddPublisher(const FilePublisherCondition& condition) {
  std::string key;
  for (const std::string* part :
       {&condition.publisher_name, &condition.product_name, &condition.binary_name}) {
    key += std::to_string(part->size()) + ':' + *part;
  }
  const auto [place, is_new] =
      publisher_ids_.try_emplace(std::move(key), static_cast<uint32_t>(publishers_.size()));
  if (is_new) {
    PublisherPattern pattern;
    pattern.any_publisher = condition.publisher_name == "*" ? 1 : 0;
    pattern.any_product = condition.product_name == "*" ? 1 : 0;
    pattern.publisher = Intern(ToAlphabet(UpperCase(condition.publisher_name)));
    pattern.product = Intern(ToAlphabet(UpperCase(condition.product_name)));
    pattern.binary = Intern(BinaryPattern(condition.binary_name));
    publishers_.push_back(pattern);
  }
  return place->second;
}

uint32_t ConditionStore::AddRange(const BinaryVersionRange& range) {
  VersionRange wanted;
  if (range.low_section) wanted.low = range.low_section->packed;
  if (range.high_section) wanted.high = range.high_section->packed;
  // Nearly every rule takes all versions, and neighbours often ask for the same.
  if (wanted == ranges_.front()) return 0;
  if (ranges_.back() != wanted) ranges_.push_back(wanted);
  return static_cast<uint32_t>(ranges_.size() - 1);
}

uint32_t ConditionStore::AddHashes(const FileHashCondition& condition) {
  HashGroup group{static_cast<uint32_t>(digests_.size()), 0};
  for (const FileHash& hash : condition.hashes) {
    digests_.push_back({static_cast<uint32_t>(hash.digest.type), hash.digest.bytes});
    ++group.count;
  }
  hash_groups_.push_back(group);
  return static_cast<uint32_t>(hash_groups_.size() - 1);
}

ConditionRef ConditionStore::Add(const Condition& condition) {
  ConditionRef ref;
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) {
    if (path->path == "*") return ref;
    ref.kind = ConditionKind::kPath;
    ref.id = AddPath(path->path);
  } else if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    ref.kind = ConditionKind::kPublisher;
    ref.id = AddPublisher(*publisher);
    ref.range = AddRange(publisher->binary_version_range);
  } else {
    ref.kind = ConditionKind::kHash;
    ref.id = AddHashes(std::get<FileHashCondition>(condition));
  }
  return ref;
}

void ConditionStore::Finish() {
  interned_ = {};
  path_ids_ = {};
  publisher_ids_ = {};
  text_.Finish();
  paths_.Finish();
  publishers_.Finish();
  ranges_.Finish();
  hash_groups_.Finish();
  digests_.Finish();
}

std::span<const PathPattern> ConditionStore::PatternsOf(uint32_t path_condition) const {
  return paths_.values().subspan(path_condition, paths_[path_condition].has_second != 0 ? 2 : 1);
}

PathCandidate ConditionStore::CandidateOf(uint32_t path_condition) const {
  const PathPattern& pattern = paths_[path_condition];
  return {path_condition,
          pattern.has_second != 0 ? TextRef{0, PathCandidate::kSeveral} : pattern.upper};
}

bool ConditionStore::PathMatches(const PathCandidate& candidate, const PathAttribute& path) const {
  if (!path.case_sensitive && candidate.upper.length != PathCandidate::kSeveral) {
    return WildcardMatch(Text(candidate.upper), path.upper, path_question_mark_);
  }
  const std::span<const PathPattern> patterns = PatternsOf(candidate.condition);
  const PathPattern& pattern = path.is_host_path ? patterns.back() : patterns.front();
  if (path.case_sensitive && !Fault(5)) {
    return WildcardMatch(Text(pattern.exact), path.exact, path_question_mark_);
  }
  return WildcardMatch(Text(pattern.upper), path.upper, path_question_mark_);
}

bool ConditionStore::PublisherMatches(const PublisherPattern& pattern,
                                      const FullyQualifiedBinaryName& name) const {
  if (pattern.any_publisher == 0 && Text(pattern.publisher) != name.publisher) return false;
  if (pattern.any_product == 0 && Text(pattern.product) != name.product && !Fault(6)) return false;
  return WildcardMatch(Text(pattern.binary), name.binary, QuestionMark::kWildcard);
}

bool ConditionStore::Matches(ConditionRef ref, const FileView& file, Evidence evidence) const {
  const bool possible = evidence == Evidence::kPossible;
  switch (ref.kind) {
    case ConditionKind::kAnyPath:
      return true;
    case ConditionKind::kHash:
      if (file.unknown.hash) return possible;
      return AnyHashMatches(hashes(ref.id), file);
    case ConditionKind::kPublisher:
      if (file.unknown.publisher) return possible && !Fault(24);
      return file.publisher != nullptr &&
             ranges_[ref.range].Holds(file.publisher->name().version) &&
             PublisherMatches(publishers_[ref.id], file.publisher->name());
    case ConditionKind::kPath:
      return MatchPath(CandidateOf(ref.id), file, evidence) != PathMatch::kNone;
  }
  return false;
}

PathMatch ConditionStore::MatchPath(const PathCandidate& candidate, const FileView& file,
                                    Evidence evidence, const PathAttribute* likely) const {
  if (likely != nullptr && likely->verified && PathMatches(candidate, *likely)) {
    return PathMatch::kVerified;
  }
  auto result = PathMatch::kNone;
  for (const PathAttribute& path : file.paths) {
    if (!path.verified && evidence == Evidence::kCertain && !Fault(7)) continue;
    if (!PathMatches(candidate, path)) continue;
    if (path.verified) return PathMatch::kVerified;
    result = PathMatch::kClaimed;
  }
  return result;
}

size_t ConditionStore::size_bytes() const {
  return text_.size_bytes() + paths_.size_bytes() + publishers_.size_bytes() +
         ranges_.size_bytes() + hash_groups_.size_bytes() + digests_.size_bytes();
}

bool SameDigest(const StoredDigest& a, const FileDigest& b) {
  return std::memcmp(a.bytes.data(), b.bytes.data(), b.size()) == 0;
}

std::span<const FileDigest* const> DigestsFor(HashType type, const FileView& file) {
  const std::span all(file.digests);
  switch (type) {
    case HashType::kSha256:
      return all.subspan(0, Fault(8) ? 1 : 2);
    case HashType::kSha256Flat:
      return all.subspan(Fault(9) ? 0 : 2, 1);
    case HashType::kSha1:
      return all.subspan(3, 1);
  }
  return {};
}

bool AnyHashMatches(std::span<const StoredDigest> hashes, const FileView& file) {
  return std::ranges::any_of(hashes, [&](const StoredDigest& hash) {
    return std::ranges::any_of(DigestsFor(hash.type(), file), [&](const FileDigest* digest) {
      return digest != nullptr && SameDigest(hash, *digest);
    });
  });
}

}  // namespace portcullis::applocker
