// SPDX-License-Identifier: Apache-2.0
// Compiled policy files that were tampered with by somebody who knows the format.
#pragma once

#include <string>

#include "tests/policy/choices.h"

namespace portcullis::testing {

// Makes sizes, checksums and digest right again, as far as the file's tables can be followed, so
// that what was changed is looked at and not merely noticed.
void Reseal(std::string& file);

// Changes up to four places, most of them numbers of tables; the file keeps its size.
void Tamper(std::string& file, Choices& choices);

}  // namespace portcullis::testing
