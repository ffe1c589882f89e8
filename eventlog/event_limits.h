// SPDX-License-Identifier: Apache-2.0
// How long the parts of an event may be, and how what is longer is cut.
//
// Units:   bytes.
// Limits:  the largest event still fits in kMaxEventBytes; event_codec.cc asserts it.
// Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::eventlog {

inline constexpr size_t kMaxEventPath = 4096;  // PATH_MAX
inline constexpr size_t kMaxEventText = 2048;
inline constexpr size_t kMaxEventName = 255;  // an account's name, a rule's id, a request id
inline constexpr size_t kMaxEventArguments = 64;
inline constexpr size_t kMaxEventArgument = 512;

// `text`, or its beginning and "..." in `limit` bytes; no character of UTF-8 is cut in two.
std::string CutText(std::string_view text, size_t limit);

// Of a command line that is too long the last kept argument is "...".
std::vector<std::string> CutArguments(const std::vector<std::string>& arguments);

}  // namespace portcullis::eventlog
