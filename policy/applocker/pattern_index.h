// SPDX-License-Identifier: Apache-2.0
// Which patterns may match this text? The index of the fast engine.
//
// A pattern is filed under one literal run of it, wherever that stands:
//   no wildcard   under the whole text;
//   front         under the run before the first wildcard: a chain of whole components and up to
//                 kMaxResidual bytes of the next;
//   end           under the run after the last wildcard, the same from the end;
//   component     under a whole component between two wildcards;
//   window        under 8, 4, 2 or 1 bytes out of a run between two wildcards.
// Of the places a pattern offers it takes one that few other patterns share, a window only where
// all others are crowded: a text asks once for each of its components, but for windows once a byte.
//
// Shape:   texts and patterns are in the alphabet of policy/path_text.h and upper case. Each
//          pattern belongs to a scope (0 for paths, a publisher for binary names); scopes do not
//          mix.
// Limits:  a pattern without any literal is a candidate for every text of its scope.
// Errors:  none. It answers with every pattern that matches and some that do not.
// Threads: immutable once built.
// Source:  docs/decisions/0012-rule-index.md; pattern_index_builder.h chooses the places.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/applocker/key_table.h"
#include "policy/applocker/seeded_fault.h"
#include "policy/text_hash.h"

namespace portcullis::applocker {

// The longest part of a component that a key tells apart; the rest is left to the comparison.
inline constexpr size_t kMaxResidual = 30;
inline constexpr std::array<size_t, 4> kWindowSizes = {8, 4, 2, 1};

// What a key stands for; seeds that keep the kinds apart.
enum class KeyKind : uint64_t {
  kScope = 0x9AE16A3B2F90404FULL,
  kWhole = 0xC949C7DEFB4B1D3DULL,
  kFront = 0xFF51AFD7ED558CCDULL,
  kEnd = 0xC4CEB9FE1A85EC53ULL,
  kResidual = 0x87C37B91114253D5ULL,
  kComponent = 0x62A9D9ED799705F5ULL,
  kAny = 0x4CF5AD432745937FULL,
};
inline uint64_t KeyOf(KeyKind kind, uint64_t hash) {
  return MixHash(hash, static_cast<uint64_t>(kind));
}
inline uint64_t ResidualKey(uint64_t chain, std::string_view residual) {
  const uint64_t key = KeyOf(KeyKind::kResidual, chain);
  return residual.empty() ? key : MixHash(key, HashText(residual));
}
inline uint64_t ComponentKey(uint64_t hash, uint64_t scope) {
  return MixHash(KeyOf(KeyKind::kComponent, scope), hash);
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
  // What kinds of places a scope has, so that a question about it asks for those alone.
  enum Kinds : uint32_t {
    kAny = 1,
    kWhole = 2,
    kFront = 4,
    kEnd = 8,
    kComponent = 16,
    kFirstWindow = 32  // and a bit more for each of kWindowSizes
  };

  uint32_t KindsOf(uint64_t scope) const { return BitsAt(scopes_, KeyOf(KeyKind::kScope, scope)); }

  // Calls visit(value) for every pattern of the scope that may match the text, some more than once.
  // The last `asked` components are known to be those of another text that was asked for already:
  // what stands wholly within them is left out.
  template <typename Visit>
  void Candidates(KeyedText text, size_t asked, uint64_t scope, uint32_t kinds,
                  Visit&& visit) const {
    if (kinds & kAny) VisitKey(KeyOf(KeyKind::kAny, scope), visit);
    if (kinds & (kWhole | kFront)) FromFront(text, scope, kinds, visit);
    if (kinds & kEnd) FromEnd(text, asked, scope, visit);
    if (kinds & kComponent) Components(text, asked, scope, visit);
    for (size_t i = 0; i < kWindowSizes.size() && kinds >= kFirstWindow; ++i) {
      if (kinds & (kFirstWindow << i)) Windows(text, asked, scope, kWindowSizes[i], visit);
    }
  }
  size_t size_bytes() const;

  void Write(TableWriter& writer) const;
  // Every pattern's value is below `end`.
  static PatternIndex Read(TableReader& reader, uint32_t end);

 private:
  friend class PatternIndexBuilder;

  // Two keys may look the same to a table: their bits together are right for both.
  static uint32_t BitsAt(const KeyTable& table, uint64_t key) {
    uint32_t bits = 0;
    table.ForEach(key, [&bits](uint32_t value) { bits |= value; });
    return bits;
  }
  template <typename Visit>
  void VisitKey(uint64_t key, Visit& visit) const {
    patterns_.ForEach(key, visit);
  }

  // Most runs end with a separator, so what comes next is known before the lengths are.
  bool RunsMayEnd(uint64_t chain) const {
    if (!runs_.MayHold(chain)) return false;
    patterns_.Prefetch(ResidualKey(chain, {}));
    return true;
  }
  template <typename Visit>
  void FromFront(KeyedText text, uint64_t scope, uint32_t kinds, Visit& visit) const {
    uint64_t chain = KeyOf(KeyKind::kFront, scope);
    for (const TextComponent& component : *text.components) {
      if (kinds & kFront) AtFrontOf(text.text, component.begin, chain, visit);
      chain = MixHash(chain, component.hash);
      if (Fault(1)) break;
    }
    if (kinds & kWhole) VisitKey(KeyOf(KeyKind::kWhole, chain), visit);
  }
  // `chain` stands for the components that end before `begin`.
  template <typename Visit>
  void AtFrontOf(std::string_view text, size_t begin, uint64_t chain, Visit& visit) const {
    if (!RunsMayEnd(chain)) return;
    for (uint32_t lengths = BitsAt(runs_, chain); lengths != 0; lengths &= lengths - 1) {
      const auto length = static_cast<size_t>(std::countr_zero(lengths));
      if (length > text.size() - begin) return;
      VisitKey(ResidualKey(chain, text.substr(begin, length)), visit);
    }
  }

  template <typename Visit>
  void FromEnd(KeyedText text, size_t asked, uint64_t scope, Visit& visit) const {
    uint64_t chain = KeyOf(KeyKind::kEnd, scope);
    for (size_t i = text.components->size(); i-- > 0;) {
      const TextComponent& component = (*text.components)[i];
      if (asked > 0) {
        --asked;
      } else {
        AtEndOf(text.text, component.begin + component.length, chain, visit);
      }
      chain = MixHash(chain, component.hash);
    }
  }
  // `chain` stands for the components that begin behind `end`.
  template <typename Visit>
  void AtEndOf(std::string_view text, size_t end, uint64_t chain, Visit& visit) const {
    if (!RunsMayEnd(chain)) return;
    for (uint32_t lengths = BitsAt(runs_, chain); lengths != 0; lengths &= lengths - 1) {
      const auto length = static_cast<size_t>(std::countr_zero(lengths));
      if (length > end || (Fault(20) && length > 3)) return;
      VisitKey(ResidualKey(chain, text.substr(end - length, length)), visit);
    }
  }

  // Of the components that have a separator on either side.
  template <typename Visit>
  void Components(KeyedText text, size_t asked, uint64_t scope, Visit& visit) const {
    const size_t end = text.components->size() - std::max<size_t>(asked + (Fault(22) ? 1 : 0), 1);
    for (size_t i = 1; i < end; ++i) {
      VisitKey(ComponentKey((*text.components)[i].hash, scope), visit);
    }
  }

  template <typename Visit>
  void Windows(KeyedText text, size_t asked, uint64_t scope, size_t size, Visit& visit) const {
    if (text.text.size() < size) return;
    size_t end = text.text.size() - size + (Fault(2) ? 0 : 1);
    if (asked > 0) end = std::min<size_t>(end, text.components->end()[-OffsetOf(asked)].begin);
    uint64_t before = 0;
    for (size_t i = 0; i < end; ++i) {
      const uint64_t key = WindowKey(LoadWindow(text.text.data() + i, size), size, scope);
      // A text that repeats one letter asks for one window over and over.
      if (!windows_.MayHold(key) || key == before) continue;
      before = key;
      windows_.ForEach(key, visit);
    }
  }
  static std::ptrdiff_t OffsetOf(size_t n) { return static_cast<std::ptrdiff_t>(n); }

  KeyTable scopes_;    // scope -> Kinds
  KeyTable runs_;      // chain -> bit n: some run goes on for n bytes from there
  KeyTable patterns_;  // whole texts, components, and runs at the front or the end -> patterns
  KeyTable windows_;   // windows -> patterns
};

}  // namespace portcullis::applocker
