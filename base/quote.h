// SPDX-License-Identifier: Apache-2.0
// Text from outside, made fit for a message.
//
// Shape:   double quotes around it; what is not printable ASCII as \u{hex}, what is not UTF-8 as
//          \x and two digits, quotes and backslashes behind a backslash.
// Limits:  at most `max_characters` characters of the text, then "...".
// Threads: a pure function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis {

std::string Quote(std::string_view text, size_t max_characters = 60);

}  // namespace portcullis
