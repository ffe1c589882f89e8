// SPDX-License-Identifier: Apache-2.0
// Which files somebody who may write a place could put there for a rule's path to match them.
//
// Shape:   a path of a rule and a place in the spelling of rules, names of files out. Places are
//          those of authoring/write_access.h.
// Limits:  kMaxRests names of each kind for each pair of spellings.
// Errors:  none: a path without a spelling here has no files.
// Lifetime: borrows the configuration.
// Threads: immutable once made; pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/lint/rule_facts.h"
#include "host/host_config.h"

namespace portcullis::lint {

inline constexpr size_t kMaxRests = 16;

// What a path may have behind `folder\` for the pattern to match it; empty: it matches none there.
// Both in one spelling: no macro, `\` separates. `C:\Users\*\bin\*` has `bin\*` and `*\bin\*` below
// `C:\Users\ann`.
std::vector<std::string> RestsBelow(std::string_view pattern, std::string_view folder);

// A text that the pattern matches, with the extension where it leaves the end open.
std::string ExampleOf(std::string_view pattern, std::string_view extension);

// Whole paths.
struct ProbeFiles {
  std::vector<std::string> files;
  std::vector<std::string> streams;  // of the folder; of Windows alone
};

class ProbePath {
 public:
  ProbePath(const std::string& path, const HostConfig& config);

  // One for each extension, where the path leaves it open.
  ProbeFiles FilesIn(const std::string& place, std::span<const std::string_view> extensions) const;

 private:
  const HostConfig& config_;
  SplitPattern split_;
  std::vector<std::string> spellings_;  // of the whole path, without a macro
  std::vector<std::string> folders_;    // of its folder
};

}  // namespace portcullis::lint
