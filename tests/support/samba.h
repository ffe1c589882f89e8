// SPDX-License-Identifier: Apache-2.0
// Samba's Python modules as a second opinion. A test skips itself with kSambaAbsent where they are
// not installed.
#pragma once

#include <string>

namespace portcullis::testing {

inline constexpr const char* kSambaAbsent = "python3-samba absent";

bool IsSambaHere();

// What the script prints, on either stream, with `input` as its standard input.
std::string RunSamba(const std::string& script, const std::string& input);

}  // namespace portcullis::testing
