// SPDX-License-Identifier: Apache-2.0
// Which patterns may match this text? The index of the fast engine.
//
// A pattern is filed under one literal run of it, wherever that stands:
//   no wildcard   under the whole text;
//   front         under the run before the first wildcard, as a chain of whole components and up to
//                 kMaxResidual bytes of the next;
//   end           under the run after the last wildcard, the same from the end;
//   inside        under a window of 8, 4, 2 or 1 bytes out of a run between wildcards.
// Of the places a pattern offers it takes one that few other patterns share. A text asks once a
// component from the front and from the end, and once a byte for each window size in use.
//
// Shape:   texts and patterns are in the alphabet of policy/path_text.h and upper case. Each
// pattern
//          belongs to a scope (0 for paths, a publisher for binary names); scopes do not mix.
// Limits:  a pattern without any literal is a candidate for every text of its scope.
// Errors:  none. It answers with every pattern that matches and some that do not.
// Threads: immutable once built.
// Source:  docs/decisions/0003-rule-index.md.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/applocker/key_table.h"
#include "policy/applocker/seeded_fault.h"
#include "policy/applocker/text_hash.h"
#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::applocker {

// The longest part of a component that a key tells apart; the rest is left to the comparison.
inline constexpr size_t kMaxResidual = 30;
inline constexpr std::array<size_t, 4> kWindowSizes = {8, 4, 2, 1};

// Distinct seeds for the kinds of keys.
enum class KeyKind : uint64_t {
  kScope = 0x9AE16A3B2F90404FULL,
  kWhole = 0xC949C7DEFB4B1D3DULL,
  kFront = 0xFF51AFD7ED558CCDULL,
  kEnd = 0xC4CEB9FE1A85EC53ULL,
  kRunHere = 0x87C37B91114253D5ULL,
  kAny = 0x4CF5AD432745937FULL,
};
inline uint64_t KeyOf(KeyKind kind, uint64_t hash) {
  return MixHash(hash, static_cast<uint64_t>(kind));
}
inline uint64_t ResidualKey(uint64_t chain, std::string_view residual) {
  return HashText(residual, chain + residual.size());
}
inline uint64_t LoadWindow(const char* at, size_t size) {
  switch (size) {
    case 8:
      return LoadUnaligned<uint64_t>(at);
    case 4:
      return LoadUnaligned<uint32_t>(at);
    case 2:
      return LoadUnaligned<uint16_t>(at);
    default:
      return LoadUnaligned<uint8_t>(at);
  }
}
inline uint64_t WindowKey(uint64_t window, size_t size, uint64_t scope) {
  return MixHash(window + size * 0x9E3779B97F4A7C15ULL, scope);
}

class PatternIndex {
 public:
  class Builder;
  // What kinds of patterns a scope has, so that a question about it asks for those alone.
  enum Kinds : uint32_t { kAny = 1, kWhole = 2, kFront = 4, kEnd = 8, kFirstWindow = 16 };

  uint32_t KindsOf(uint64_t scope) const { return BitsAt(scopes_, KeyOf(KeyKind::kScope, scope)); }
  // Calls visit(value) for every pattern of the scope that may match the text, some more than once.
  template <typename Visit>
  void Candidates(std::string_view text, uint64_t scope, uint32_t kinds, Visit&& visit) const {
    if (kinds & kAny) VisitKey(KeyOf(KeyKind::kAny, scope), visit);
    if (kinds & (kWhole | kFront)) FromFront(text, scope, kinds, visit);
    if (kinds & kEnd) FromEnd(text, scope, visit);
    for (size_t i = 0; i < kWindowSizes.size(); ++i) {
      if (kinds & (kFirstWindow << i)) Windows(text, scope, kWindowSizes[i], visit);
    }
  }
  size_t size_bytes() const;

 private:
  // Two keys may look the same to a table: their bits together are right for both.
  static uint32_t BitsAt(const KeyTable& table, uint64_t key) {
    uint32_t bits = 0;
    for (const KeyTable::Slot& slot : table.Find(key)) bits |= slot.value;
    return bits;
  }
  template <typename Visit>
  void VisitKey(uint64_t key, Visit& visit) const {
    for (const KeyTable::Slot& slot : patterns_.Find(key)) visit(slot.value);
  }
  // `chain` stands for the components up to a separator; `next` begins behind it.
  template <typename Visit>
  void AtFrontOf(std::string_view next, uint64_t chain, Visit& visit) const {
    for (uint32_t lengths = BitsAt(runs_, chain); lengths != 0; lengths &= lengths - 1) {
      const auto length = static_cast<size_t>(std::countr_zero(lengths));
      if (length > next.size()) return;
      VisitKey(KeyOf(KeyKind::kRunHere, ResidualKey(chain, next.substr(0, length))), visit);
    }
  }
  template <typename Visit>
  void AtEndOf(std::string_view before, uint64_t chain, Visit& visit) const {
    for (uint32_t lengths = BitsAt(runs_, chain); lengths != 0; lengths &= lengths - 1) {
      const auto length = static_cast<size_t>(std::countr_zero(lengths));
      if (length > before.size() || (Fault(20) && length > 3)) return;
      const std::string_view residual = before.substr(before.size() - length);
      VisitKey(KeyOf(KeyKind::kRunHere, ResidualKey(chain, residual)), visit);
    }
  }
  template <typename Visit>
  void FromFront(std::string_view text, uint64_t scope, uint32_t kinds, Visit& visit) const {
    uint64_t chain = KeyOf(KeyKind::kFront, scope);
    for (;;) {
      if (kinds & kFront) AtFrontOf(text, chain, visit);
      const size_t separator = text.find(kSeparator);
      if (separator == std::string_view::npos || Fault(1)) break;
      chain = HashText(text.substr(0, separator + 1), chain);
      text.remove_prefix(separator + 1);
    }
    if (kinds & kWhole) VisitKey(KeyOf(KeyKind::kWhole, HashText(text, chain)), visit);
  }
  template <typename Visit>
  void FromEnd(std::string_view text, uint64_t scope, Visit& visit) const {
    uint64_t chain = KeyOf(KeyKind::kEnd, scope);
    for (;;) {
      AtEndOf(text, chain, visit);
      const size_t separator = text.rfind(kSeparator);
      if (separator == std::string_view::npos) return;
      chain = HashText(text.substr(separator), chain);
      text = text.substr(0, separator);
    }
  }
  template <typename Visit>
  void Windows(std::string_view text, uint64_t scope, size_t size, Visit& visit) const {
    if (text.size() < size) return;
    const size_t last = text.size() - size - (Fault(2) ? 1 : 0);
    uint64_t before = 0;
    for (size_t i = 0; i <= last; ++i) {
      const uint64_t key = WindowKey(LoadWindow(text.data() + i, size), size, scope);
      // A text that repeats one letter asks for one window over and over.
      if (!windows_.MayHold(key) || key == before) continue;
      before = key;
      for (const KeyTable::Slot& slot : windows_.Find(key)) visit(slot.value);
    }
  }

  KeyTable scopes_;    // scope -> Kinds
  KeyTable runs_;      // chain -> bit n: some run goes on for n bytes behind it
  KeyTable patterns_;  // whole texts, and runs at the front or the end, -> patterns
  KeyTable windows_;   // windows -> patterns
};

class PatternIndex::Builder {
 public:
  explicit Builder(QuestionMark question_mark) : question_mark_(question_mark) {}
  // `pattern` must outlive Build.
  void Add(std::string_view pattern, uint64_t scope, uint32_t value) {
    patterns_.push_back({pattern, scope, value});
  }
  PatternIndex Build();

 private:
  struct Pattern {
    std::string_view text;
    uint64_t scope;
    uint32_t value;
  };
  // Where a run of literal text stands in its pattern, as a key and, for the front and the end, the
  // chain that it hangs on.
  struct Place {
    uint64_t key = 0;
    uint32_t kind = 0;  // of Kinds
    uint64_t chain = 0;
    size_t residual_length = 0;
  };
  static Place FrontPlace(std::string_view run, uint64_t scope);
  static Place EndPlace(std::string_view run, uint64_t scope);
  template <typename Visit>
  void ForEachPlace(const Pattern& pattern, Visit visit) const;
  template <typename Visit>
  void ForEachWindow(std::string_view inside, uint64_t scope, Visit visit) const;
  void CountPlaces();
  uint32_t& CountOf(uint64_t key) { return counts_[key & (counts_.size() - 1)]; }
  Place Choose(const Pattern& pattern);
  static std::vector<KeyTable::Entry> JoinBits(std::vector<KeyTable::Entry> entries);

  QuestionMark question_mark_;
  std::vector<Pattern> patterns_;
  std::vector<uint32_t> counts_;  // how many patterns share a key, by some of its bits
};

}  // namespace portcullis::applocker
