// SPDX-License-Identifier: Apache-2.0
// What Software Restriction Policies say of a file, and how it came to that.
//
// Lifetime: `rule` points into the policies that answered.
// Threads: values.
// Source:  docs/srp.md "Precedence"; SaferIdentifyLevel.
#pragma once

#include <compare>
#include <cstdint>

#include "policy/srp/model.h"

namespace portcullis::srp {

// How a path rule names a file, most specific first.
enum class PathForm : uint8_t {
  kFile,      // its whole path, no wildcard
  kFileMask,  // its whole path, with wildcards
  kName,      // its name, wherever it stands
  kFolder,    // a folder it lies in
};
const char* ToString(PathForm form);  // "file", "file-mask", "name", "folder"

struct Specificity {
  PathForm form = PathForm::kFile;
  uint32_t depth = 0;     // components of a folder: deeper is more specific
  uint32_t literals = 0;  // components in front without a wildcard, where all else is equal

  friend bool operator==(const Specificity&, const Specificity&) = default;
};
// Less is more specific.
std::strong_ordering Compare(const Specificity& a, const Specificity& b);

// A rule that matches, and how.
struct Match {
  const Rule* rule = nullptr;
  Specificity specificity;  // of a path rule
};

// Why nobody asks, before any rule is looked at.
enum class NotAsked : uint8_t {
  kAsked,
  kNoPolicy,       // no default level is set
  kNotEnforced,    // TransparentEnabled is None, and only hosts of scripts and installers ask
  kLibrary,        // TransparentEnabled leaves libraries alone
  kAdministrator,  // PolicyScope leaves administrators alone
  kNotDesignated,  // a shell opens it, and its type is not on the list
  kOtherKind,      // packaged apps are not asked about
  kSystemAccount,  // programs of LocalSystem are left alone
};
const char* ToString(NotAsked why);  // "asked", "no-policy", ...

struct Answer {
  NotAsked not_asked = NotAsked::kNoPolicy;
  Level level = Level::kUnrestricted;
  const Rule* rule = nullptr;  // null: the default level, or nobody asks
  Specificity specificity;     // of a path rule
  bool is_blocked = false;     // what that level means for this operation
};

}  // namespace portcullis::srp
