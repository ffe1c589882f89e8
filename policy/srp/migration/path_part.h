// SPDX-License-Identifier: Apache-2.0
// A path rule of Software Restriction Policies, taken apart for AppLocker: what it says of the file
// of that path, of files of that name, or of what lies in that folder. Each has one precedence.
//
// Shape:   `D:\P\x.exe` is a file part and a folder part, for a folder may have that name;
//          `D:\P\` a folder part; `x.exe` a name part.
// Threads: values and pure functions.
// Source:  docs/srp-to-applocker.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/srp/answer.h"

namespace portcullis::srp::migration {

// What a path begins with. A file has at most one path of each of the first three kinds.
enum class Root : uint8_t {
  kDrive,    // `D:`
  kNetwork,  // two backslashes
  kHost,     // `/`
  kOther,    // a wildcard, a single backslash: paths of any kind
};

struct PathPart {
  Specificity how;
  std::vector<std::string> components;  // as AppLocker's rule is to have them; of a name, one
  char separator = '\\';
  // What the components stand for, in the alphabet of comparison: one, but for a macro of several
  // folders.
  std::vector<std::vector<std::string>> places;

  bool is_name() const { return how.form == PathForm::kName; }
  // Components in front that hold no wildcard.
  size_t literals() const;
  bool begins_with_macro() const { return !is_name() && components.front().starts_with('%'); }
  Root root() const;  // of the first place; a name has kOther
};

// `written` is the text that AppLocker's rule is to have; `expanded` what that stands for, all of
// one depth.
std::vector<PathPart> PartsOf(std::string_view written, std::span<const std::string> expanded);

bool HasWildcard(std::string_view text);

// False where no file is named by both: what has one path of each kind is not. Errs to true.
bool MayOverlap(const PathPart& a, const PathPart& b);

}  // namespace portcullis::srp::migration
