// SPDX-License-Identifier: Apache-2.0
// The tiny program, and the byte of it that is its exit status.
#pragma once

#include <cstdlib>
#include <string>

#include "tests/kernel/run_program.h"

namespace portcullis::testing {

inline std::string TinyProgram() { return ReadWholeFile(Built("enforcement/tiny_program")); }

// The operand of `mov $0, %edi` before the system call; npos on another machine than x86-64.
inline size_t StatusOffset(const std::string& tiny) {
  const std::string code("\xbf\x00\x00\x00\x00\x0f\x05", 7);
  const size_t at = tiny.find(code);
  return at == std::string::npos ? at : at + 1;
}

// 64 hex digits, by the machine's own sha256sum.
std::string Sha256Of(const std::string& path);

// A policy of one Exe collection, enforced, with these rules' XML.
std::string ExePolicy(const std::string& rules);
std::string HashRule(const std::string& action, const std::string& sha256);
// `path` is the pattern; `more` goes behind the conditions (exceptions).
std::string PathRule(const std::string& action, const std::string& path,
                     const std::string& sid = "S-1-1-0");

}  // namespace portcullis::testing
