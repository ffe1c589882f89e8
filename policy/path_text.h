// SPDX-License-Identifier: Apache-2.0
// The alphabet in which paths, binary names and the patterns of rules are compared.
//
// Shape:   UTF-8, but for three things. A character beyond U+FFFF is two surrogates of three bytes
//          each, so that `?` is one UTF-16 code unit as on Windows. A byte that is not UTF-8 is
//          kRawByteMark and its halves in two bytes 0x80 + four bits: one unit too. In a path of
//          this host '/' is kSeparator and a
//          '\' that is part of a name is kBackslashInName, which no pattern can hold.
// Units:   a unit is what `?` matches; UnitLength bytes long. A byte that can begin a
//          unit never stands inside one, so a run of units found in a text begins at one of its
//          units.
// Threads: pure functions.
// Source:  docs/semantics.md "Spellings of a path".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis {

inline constexpr char kSeparator = '\\';
inline constexpr char kBackslashInName = '\xFF';
inline constexpr char kRawByteMark = '\xFE';

// What kind of path a text is, and which kind of path a pattern is to be compared with.
enum class PathKind : uint8_t { kWindows, kHost };

// By what stands after a macro or a drive at the front: '/' makes it a path of this host.
PathKind KindOfPath(std::string_view text);

// How many bytes in front of `text` are a macro (%WINDIR%) or a drive (C:); 0 for none. This part
// never counts in case.
size_t FrontLength(std::string_view text);

// Bytes of the unit that begins with `lead`.
constexpr size_t UnitLength(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  if (byte < 0xC0 || lead == kBackslashInName) return 1;
  return byte < 0xE0 ? 2 : 3;
}

// Text, UTF-8 or not, in the alphabet; separators stay as they are.
std::string ToAlphabet(std::string_view text);

// The two texts that are compared: with case, and in upper case.
struct CasedText {
  std::string exact;  // the front in upper case, the rest as written
  std::string upper;
};

// A path that is `kind`.
CasedText PathToAlphabet(std::string_view path, PathKind kind);
// A rule's path, for comparison with paths that are `kind`: against a path of this host '/' and
// '\' both separate.
CasedText PatternToAlphabet(std::string_view pattern, PathKind kind);

}  // namespace portcullis
