// SPDX-License-Identifier: Apache-2.0
// Programs that run other code than their own: the shipped list, and the deny rule of each.
//
// Shape:   a row a program, as share/known-bypasses/known-bypasses.tsv has it: eleven
//          fields between tabs, `-` for an empty one; `#` begins a comment line.
// Limits:  kMaxBypassBytes, kMaxBypasses.
// Errors:  kMalformed and the like with the line, for a list that is not of this form.
// Threads: reentrant; the shipped list is read once.
// Source:  the `source` of each row; the list says which programs belong in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis {

inline constexpr size_t kMaxBypassBytes = 1 << 20;
inline constexpr size_t kMaxBypasses = 10'000;

enum class BypassPlatform : uint8_t { kWindows, kLinux };
const char* ToString(BypassPlatform platform);  // "windows", "linux"

struct KnownBypass {
  std::string name;  // as people know it
  BypassPlatform platform = BypassPlatform::kWindows;
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  // Windows: the OriginalFilename, upper case. Linux: the name in its folder; `*` is any run.
  std::string file_name;
  std::string publisher;  // `*`: any; empty on Linux
  std::string product;
  applocker::BinaryVersionRange versions;
  std::string source;     // a URL
  std::string added;      // YYYY-MM-DD
  std::string needed_by;  // not empty: too much needs it to deny it
  std::string why;        // half a sentence: "runs C# given as a script"
};

// In the order of the list; shipped with the program.
const std::vector<KnownBypass>& KnownBypasses();
Result<std::vector<KnownBypass>> ParseKnownBypasses(std::string_view text);

// What a deny rule for it matches: its publisher condition on Windows, on Linux its name in any
// folder.
applocker::Condition ConditionOf(const KnownBypass& bypass);

}  // namespace portcullis
