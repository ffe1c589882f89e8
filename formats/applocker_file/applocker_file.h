// SPDX-License-Identifier: Apache-2.0
// Windows' own compiled policy: System32\AppLocker\{Exe,Dll,Script,Msi,Appx,...}.AppLocker.
//
// Shape:   a header whose known fields are magic, number of rules, where a self-relative security
//          descriptor stands, and flags; for each rule a GUID, a name and its SDDL, for events.
//          Nobody has published more. How the texts are laid out is not known: they are looked for
//          as UTF-16 with an end, and a text that is no SDDL and no GUID before one is its name.
// Limits:  kMaxFileBytes, kMaxTexts, kMaxTextCharacters; at most 0xFFFD rules, as Windows has it.
// Errors:  kMalformed without the magic; kTruncated where the descriptor is not in the file;
//          kLimitExceeded. What is merely not understood is none: see `unknown`.
// Lifetime: `descriptor` views the bytes.
// Threads: a pure function.
// Source:  section 7.2 of the reference (reverse-engineered by others); no sample was at hand.
//          docs/formats/applocker-file.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::applocker_file {

inline constexpr uint64_t kMaxFileBytes = 128ULL << 20;
inline constexpr uint32_t kMaxRules = 0xFFFD;
inline constexpr size_t kMaxTexts = 4 * size_t{kMaxRules};
inline constexpr size_t kMaxTextCharacters = 4096;
// Windows cuts an SDDL text to this length and ends it so.
inline constexpr size_t kCutAt = 256;
inline constexpr const char* kCutEnd = "...";

// What is found of a rule behind its SDDL; UTF-8.
struct RuleText {
  uint64_t offset = 0;  // of the SDDL
  std::string sddl;
  bool is_cut = false;
  std::string name;  // empty where none was found
  std::string guid;  // without braces; empty where none was found
};

// Bits 2 and 3 of the flags; what the numbers stand for is not known.
struct AppLockerFile {
  uint32_t rules = 0;  // as the header says
  Bytes descriptor;
  uint64_t descriptor_offset = 0;
  uint32_t flags = 0;
  bool enforces = false;        // bit 0
  uint8_t service_mode = 0;     // bits 2 and 3
  bool allows_windows = false;  // 0x20
  uint32_t unknown_flags = 0;   // what is left of them
  std::vector<RuleText> texts;
  // What a reader should be told: a field that is not understood, a count that differs.
  std::vector<std::string> notes;
};

bool LooksLikeAppLockerFile(Bytes beginning);
Result<AppLockerFile> Parse(Bytes bytes);

}  // namespace portcullis::applocker_file
