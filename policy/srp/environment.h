// SPDX-License-Identifier: Apache-2.0
// What stands in the place of the variables and registry values of path rules.
//
// Shape:   `%windir%\x` and `%HKEY_LOCAL_MACHINE\SOFTWARE\...\Value%\x`. A name may have several
//          values, as a Windows folder may be several folders of a host: the rule is then one for
//          each. Names ignore case; hives may be abbreviated. A value may hold variables itself.
// Limits:  below. What exceeds them is not expanded, which the caller is told.
// Errors:  none: a name that is not known stays as it is written, as on Windows, and is reported.
// Threads: immutable once filled.
// Source:  docs/srp.md "Path rules".
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/registry/registry_entry.h"

namespace portcullis::srp {

inline constexpr size_t kMaxExpansionDepth = 4;     // of values that hold variables
inline constexpr size_t kMaxExpansions = 64;        // of one rule
inline constexpr size_t kMaxExpansionSteps = 1024;  // names replaced in one rule

struct Expansion {
  std::vector<std::string> paths;    // none where a name stands for nothing
  std::vector<std::string> unknown;  // names for which there is no value, as written
  bool is_cut = false;               // more than kMaxExpansions, or values within values too deep
};

class Environment {
 public:
  // `name` without percent signs: `windir`, or `HKEY_LOCAL_MACHINE\...\Value`. Replaces.
  void Set(std::string_view name, std::vector<std::string> values);
  // Every text of the entries, whose keys begin with a hive. Others are passed over.
  void AddRegistry(std::span<const registry::Entry> entries);

  // Without the quotes that may stand around the text.
  Expansion Expand(std::string_view text) const;

  friend bool operator==(const Environment&, const Environment&) = default;

 private:
  const std::vector<std::string>* Find(std::string_view name) const;

  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // by upper-case name
};

}  // namespace portcullis::srp
