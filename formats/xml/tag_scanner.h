// SPDX-License-Identifier: Apache-2.0
// Finds an attribute in the text of a start tag that is known to be well-formed: expat tells where
// a tag begins, but not where its attributes do.
#pragma once

#include <string_view>

#include "formats/xml/parser.h"

namespace portcullis::xml {

// The place of the attribute `prefix:local` (`local` where the prefix is empty) in `tag`, the UTF-8
// text from '<' to '>' that stands at `start`; `start` itself where it is not found.
Position FindAttribute(std::string_view tag, std::string_view prefix, std::string_view local,
                       Position start);

}  // namespace portcullis::xml
