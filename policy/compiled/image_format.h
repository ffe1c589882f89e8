// SPDX-License-Identifier: Apache-2.0
// The frame of a compiled policy file: header, table of sections, limits.
//
// Shape:   Header, then SectionEntry for each section, then the sections, each at a multiple of 64:
//          one kHead; for each collection in order kRecords and kTexts and, where it is judged by,
//          kEngine. What fills up is zero.
// Units:   bytes from the start of the file; integers little-endian.
// Source:  docs/formats/compiled-policy.md, docs/decisions/0018-compiled-policy-files.md.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "policy/applocker/limits.h"
#include "policy/matching_settings.h"

namespace portcullis::compiled {

inline constexpr std::array<uint8_t, 8> kMagic = {'P', 'C', 'P', 'O', 'L', 'I', 'C', 'Y'};
// What a reader must know to read the rules at all.
inline constexpr uint32_t kFormatVersion = 1;
// What the tables of the engine look like. Any change of theirs, of the keys of text_hash.h and
// pattern_index.h, or of upper-casing is a new number; a file with another one is compiled anew
// from its rules.
inline constexpr uint32_t kEngineVersion = 1;

inline constexpr uint64_t kMaxImageBytes = applocker::kMaxPolicyFileBytes;
inline constexpr uint32_t kMaxCollections = 16;
inline constexpr uint32_t kMaxSources = 0xFFFF;
// Hashes and exceptions of all rules, for each policy that was merged: 136 bytes each in memory.
inline constexpr size_t kMaxConditionsPerSource = 4'000'000;
inline constexpr uint32_t kMaxSections = 1 + 3 * kMaxCollections;
inline constexpr size_t kSectionAlignment = 64;

enum class SectionKind : uint32_t { kHead = 1, kRecords = 2, kTexts = 3, kEngine = 4 };

using SettingsBytes = std::array<uint8_t, 16>;

struct Header {
  std::array<uint8_t, 8> magic;
  le32 format_version;
  le32 engine_version;
  SettingsBytes settings;  // that the tables of the engine are made for
  le64 file_size;
  le32 sections;
  le32 reserved;                   // 0
  std::array<uint8_t, 32> sha256;  // of what stands before it and of all behind the header
  le64 checksum;                   // XXH64 of what stands before it and of the table of sections
};
inline constexpr size_t kSha256At = 48;
inline constexpr size_t kChecksumAt = 80;
static_assert(sizeof(Header) == 88);

struct SectionEntry {
  le32 kind;
  le32 collection;  // its place in the policy; 0 for kHead
  le64 offset;
  le64 size;
  le64 checksum;  // XXH64 of the section
};
static_assert(sizeof(SectionEntry) == 32);

// One rule in kTexts.
struct RecordRef {
  uint64_t offset;
  uint32_t size;
  uint32_t checksum;  // the low half of its XXH64
};

inline size_t AlignedTo(size_t size, size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}
SettingsBytes BytesOf(const MatchingSettings& settings);

}  // namespace portcullis::compiled
