// SPDX-License-Identifier: Apache-2.0
// The wildcards of the fast engine: `*` any run of units, `?` one unit.
//
// Units:   text is in the alphabet of policy/path_text.h; a wildcard in the text is a plain
// character. Limits:  time is bounded by pattern times text; it is their sum for a pattern whose
// runs between
//          stars do not nearly repeat in the text. Nothing is allocated.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::applocker {

enum class QuestionMark : uint8_t { kLiteral, kWildcard };

bool WildcardMatch(std::string_view pattern, std::string_view text, QuestionMark question_mark);

// Where the first wildcard stands; npos for none.
size_t FindWildcard(std::string_view pattern, QuestionMark question_mark, size_t from = 0);

}  // namespace portcullis::applocker
