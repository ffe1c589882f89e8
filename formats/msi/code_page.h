// SPDX-License-Identifier: Apache-2.0
// Text in the code pages that installers are written in.
//
// Shape:   bytes and the number of a code page in, UTF-8 out.
// Units:   read are 1250 to 1258, 874, 20127 (ASCII), 28591 (Latin-1), 65001 (UTF-8) and 0, which
//          says that the text is neutral and is read as 1252.
// Errors:  none: what can not be decoded becomes U+FFFD. In a code page that is not read, that is
//          each byte beyond ASCII.
// Threads: pure functions over constant tables.
// Source:  the "code page identifiers" of Microsoft's documentation; code_page_tables.cc.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace portcullis::msi {

std::string DecodeText(Bytes text, uint32_t code_page);

}  // namespace portcullis::msi
