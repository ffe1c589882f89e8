// SPDX-License-Identifier: Apache-2.0
// One line of `doctor`: what was looked at, what was found, and what to do about it.
//
// Shape:   a finding that weakens nothing is one too, so that a reader sees what was looked at.
// Threads: a value.
// Source:  docs/limitations.md has the reasons; portcullis-doctor(1) lists the ids.
#pragma once

#include <string>

namespace portcullis::enforcement {

struct Finding {
  std::string id;       // "memory-files": stays, for scripts
  std::string subject;  // of several with one id: the mount, the setting, the folder
  std::string text;     // one sentence
  std::string remedy;   // what to do; empty where nothing is weaker

  // Enforcement is weaker for it than it could be.
  bool weakens() const { return !remedy.empty(); }
  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace portcullis::enforcement
