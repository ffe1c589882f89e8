// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/covers.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "base/utf.h"
#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::authoring {
namespace {

using applocker::Action;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::FindWildcard;
using applocker::QuestionMark;
using applocker::Rule;
using applocker::WildcardMatch;

// Whether every text that `b` matches, `a` matches. `b` is read as a text whose wildcards are
// characters: where `a` takes such a character by its star, it takes all that may stand there. Its
// question mark may only take what is one unit: all of `b` where `b` has no star, else `?` alone.
bool PatternCovers(std::string_view a, std::string_view b, QuestionMark question_mark) {
  const bool has_star = b.find('*') != std::string_view::npos;
  return WildcardMatch(a, b, has_star ? QuestionMark::kLiteral : question_mark);
}

// ---- Paths

bool TextCovers(const CasedText& a, const CasedText& b, QuestionMark question_mark) {
  return PatternCovers(a.exact, b.exact, question_mark) &&
         PatternCovers(a.upper, b.upper, question_mark);
}

bool ConditionCovers(const FilePathCondition& a, const FilePathCondition& b,
                     const MatchingSettings& settings) {
  // The star alone also matches a file without any spelling.
  if (a.path == "*" || b.path == "*") return a.path == "*";
  const auto question_mark =
      settings.question_mark_is_wildcard ? QuestionMark::kWildcard : QuestionMark::kLiteral;
  const auto covers_as = [&](PathKind kind) {
    return TextCovers(PatternToAlphabet(a.path, kind), PatternToAlphabet(b.path, kind),
                      question_mark);
  };
  return covers_as(PathKind::kWindows) && covers_as(PathKind::kHost);
}

// ---- Publishers

bool LiteralFieldCovers(const std::string& a, const std::string& b) {
  return a == "*" || (b != "*" && UpperCase(a) == UpperCase(b));
}

bool RangeCovers(const applocker::BinaryVersionRange& a, const applocker::BinaryVersionRange& b) {
  constexpr FileVersion kHighest{UINT64_MAX};
  return a.low_section.value_or(FileVersion{}) <= b.low_section.value_or(FileVersion{}) &&
         a.high_section.value_or(kHighest) >= b.high_section.value_or(kHighest);
}

bool ConditionCovers(const FilePublisherCondition& a, const FilePublisherCondition& b,
                     const MatchingSettings& settings) {
  return LiteralFieldCovers(a.publisher_name, b.publisher_name) &&
         LiteralFieldCovers(a.product_name, b.product_name) &&
         RangeCovers(a.binary_version_range, b.binary_version_range) &&
         PatternCovers(BinaryPattern(a.binary_name, settings),
                       BinaryPattern(b.binary_name, settings), QuestionMark::kWildcard);
}

// A file has one publisher, and none that is unknown matches by doubt on both sides of a rule.
bool AreDisjoint(const FilePublisherCondition& a, const FilePublisherCondition& b) {
  const auto differ = [](const std::string& one, const std::string& other) {
    return !LiteralFieldCovers(one, other) && !LiteralFieldCovers(other, one);
  };
  return differ(a.publisher_name, b.publisher_name) || differ(a.product_name, b.product_name);
}

// ---- Hashes

bool IsBefore(const FileDigest* a, const FileDigest* b) {
  return std::tie(a->type, a->bytes) < std::tie(b->type, b->bytes);
}

// Each once.
std::vector<const FileDigest*> Sorted(const std::vector<FileHash>& hashes) {
  std::vector<const FileDigest*> digests;
  digests.reserve(hashes.size());
  for (const FileHash& hash : hashes) digests.push_back(&hash.digest);
  std::ranges::sort(digests, IsBefore);
  const auto is_same = [](const FileDigest* a, const FileDigest* b) { return *a == *b; };
  digests.erase(std::unique(digests.begin(), digests.end(), is_same), digests.end());
  return digests;
}

bool ConditionCovers(const FileHashCondition& a, const FileHashCondition& b,
                     const MatchingSettings&) {
  const auto first_of_b = b.hashes.begin();
  if (first_of_b == b.hashes.end()) return true;
  // Most pairs have nothing in common.
  if (std::ranges::find(a.hashes, first_of_b->digest, &FileHash::digest) == a.hashes.end()) {
    return false;
  }
  const std::vector<const FileDigest*> wanted = Sorted(b.hashes);
  const std::vector<const FileDigest*> there = Sorted(a.hashes);
  return std::ranges::includes(there, wanted, IsBefore);
}

// ---- Rules

// Paths are never disjoint, for a file has several spellings; nor are hashes, for an installer has
// two of one type.
bool AreDisjoint(const Condition& a, const Condition& b) {
  const auto* const one = std::get_if<FilePublisherCondition>(&a);
  const auto* const other = std::get_if<FilePublisherCondition>(&b);
  return one != nullptr && other != nullptr && AreDisjoint(*one, *other);
}

size_t SizeOf(const std::vector<Condition>& exceptions) {
  size_t size = 0;
  for (const Condition& exception : exceptions) {
    const auto* const hashes = std::get_if<FileHashCondition>(&exception);
    size += 1 + (hashes == nullptr ? 0 : hashes->hashes.size());
  }
  return size;
}

// Whether no exception of `a` takes away a file that `b` matches: what it excepts, `b` excepts too,
// or never had.
bool ExceptionsLeave(const Rule& a, const Rule& b, const MatchingSettings& settings) {
  if (SizeOf(a.exceptions) * SizeOf(b.exceptions) > kMaxExceptionComparisons) return false;
  return std::ranges::all_of(a.exceptions, [&](const Condition& exception) {
    return AreDisjoint(exception, b.condition) ||
           std::ranges::any_of(b.exceptions, [&](const Condition& same) {
             return Covers(same, exception, settings);
           });
  });
}

bool SaysAllOf(const Rule& a, const Rule& b, const MatchingSettings& settings) {
  // Every token holds Everyone, enabled.
  const bool same_or_all = a.user_or_group_sid == b.user_or_group_sid ||
                           a.user_or_group_sid == well_known_sids::kEveryone;
  return same_or_all && Covers(a.condition, b.condition, settings) &&
         ExceptionsLeave(a, b, settings);
}

}  // namespace

std::string BinaryPattern(const std::string& name, const MatchingSettings& settings) {
  if (name == "?" && settings.lone_question_mark_is_any_name) return "*";
  std::string upper = ToAlphabet(UpperCase(name));
  const bool is_part = settings.binary_name_is_substring && !upper.empty() &&
                       FindWildcard(upper, QuestionMark::kWildcard) == std::string::npos;
  return is_part ? "*" + upper + "*" : upper;
}

bool SaysTheSame(const Rule& a, const Rule& b) {
  return a.user_or_group_sid == b.user_or_group_sid && a.action == b.action &&
         a.condition == b.condition && a.exceptions == b.exceptions;
}

bool Covers(const Condition& a, const Condition& b, const MatchingSettings& settings) {
  if (const auto* path = std::get_if<FilePathCondition>(&a); path != nullptr && path->path == "*") {
    return true;  // any file at all
  }
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& kind) {
        return ConditionCovers(kind, std::get<std::decay_t<decltype(kind)>>(b), settings);
      },
      a);
}

bool Covers(const Rule& a, const Rule& b, const MatchingSettings& settings) {
  return a.action == b.action && SaysAllOf(a, b, settings);
}

// A deny rule matches by doubt where an allow rule does not, and its exceptions do not where those
// of an allow rule do: it only matches more.
bool Defeats(const Rule& deny, const Rule& allow, const MatchingSettings& settings) {
  return deny.action == Action::kDeny && allow.action == Action::kAllow &&
         SaysAllOf(deny, allow, settings);
}

}  // namespace portcullis::authoring
