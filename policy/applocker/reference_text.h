// SPDX-License-Identifier: Apache-2.0
// How the slow engine compares text: as sequences of numbers, one a UTF-16 code unit.
//
// Shape:   a character of a file that no rule can write (a '\' inside a name of this host, a byte
//          that is not UTF-8) is a number above U+FFFF. Nothing here is shared with the fast
//          engine.
#pragma once

#include <string>
#include <string_view>

#include "policy/matching_settings.h"
#include "policy/request.h"

namespace portcullis::reference {

// `*` is any run, `?` any one unit where that is switched on; the whole text must match.
bool MatchesWildcards(std::u32string_view pattern, std::u32string_view text,
                      bool question_mark_is_wildcard);

// Publisher and product: `*` alone is any, all else is compared letter by letter.
bool LiteralFieldMatches(std::string_view rule_text, std::string_view file_text);
bool BinaryNameMatches(std::string_view rule_text, std::string_view file_text,
                       const MatchingSettings& settings);
bool PathMatches(std::string_view rule_text, const PathAttribute& path, bool case_sensitive,
                 const MatchingSettings& settings);

}  // namespace portcullis::reference
