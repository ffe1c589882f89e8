// SPDX-License-Identifier: Apache-2.0
// What a reader of policies has to say about a place in a policy file.
//
// Shape:   a place, a stable id for programs ("duplicate-rule-id"), a message for people that says
//          what was found and what is allowed.
// Units:   line and column count from 1, in code points of the decoded text; a byte-order mark
//          counts for nothing. 0 where the trouble is not at a place (the file can not be read).
// Lifetime: `id` views a literal.
// Source:  docs/formats/applocker-policy.md lists every id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::applocker {

struct Diagnostic {
  uint32_t line = 0;
  uint32_t column = 0;
  std::string_view id;
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "line 3, column 7: message [id]", as a command prints it behind the name of the file.
std::string ToString(const Diagnostic& diagnostic);

}  // namespace portcullis::applocker
