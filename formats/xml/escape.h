// SPDX-License-Identifier: Apache-2.0
// Text on its way into XML.
//
// Shape:   the five characters of markup and the three kinds of white space that a reader would
//          turn into blanks become references; everything else stays. Right in an attribute's
//          value (between double quotes) and between tags.
// Threads: pure functions.
// Source:  XML 1.0 sections 2.2, 3.3.3.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::xml {

void AppendEscaped(std::string& out, std::string_view text);

// UTF-8 of characters that XML has: no control characters but tab and line ends, no U+FFFE.
bool CanCarry(std::string_view text);

}  // namespace portcullis::xml
