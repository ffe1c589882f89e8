// SPDX-License-Identifier: Apache-2.0
// The generated upper-case table behind base/utf.h; tools/make_upcase_table.pl writes the .cc.
#pragma once

namespace portcullis {

char16_t UpcaseTableLookup(char16_t unit);

}  // namespace portcullis
