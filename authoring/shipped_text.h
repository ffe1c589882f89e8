// SPDX-License-Identifier: Apache-2.0
// Files of share/ that are built into the program: it works where only it was copied to, and
// nobody can put others in their place.
//
// Lifetime: for ever. Threads: reentrant.
// Source:   docs/authoring.md.
#pragma once

#include <string_view>

namespace portcullis {

std::string_view KnownBypassesText();  // share/known-bypasses/known-bypasses.tsv
std::string_view DefaultRulesText();   // share/policies/default-rules-with-dll.xml

}  // namespace portcullis
