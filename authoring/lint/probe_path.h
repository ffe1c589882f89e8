// SPDX-License-Identifier: Apache-2.0
// Which files below a folder a path pattern matches: what a probe has to be called.
//
// Shape:   patterns and folders in one spelling: no macro, `\` separates, compared as they are.
// Limits:  kMaxRests patterns for one folder.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::lint {

inline constexpr size_t kMaxRests = 16;

// What a path may have behind `folder\` for the pattern to match it; empty: it matches none there.
// `C:\Users\*\bin\*` has `bin\*` and `*\bin\*` below `C:\Users\ann`.
std::vector<std::string> RestsBelow(std::string_view pattern, std::string_view folder);

// A text that the pattern matches, with the extension where it leaves the end open.
std::string ExampleOf(std::string_view pattern, std::string_view extension);

}  // namespace portcullis::lint
