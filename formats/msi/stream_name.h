// SPDX-License-Identifier: Apache-2.0
// How Windows Installer writes the names of tables and streams into a compound file.
//
// Shape:   a name of 62 characters would not fit the 31 units that there are: two characters of
//          0-9 A-Z a-z . _ become one unit from U+3800 on, a last one alone a unit from U+4800 on.
//          A table's name has U+4840 in front. Other characters stand as they are.
// Threads: pure.
// Source:  docs/formats/msi.md.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::msi {

// `name` is ASCII.
std::u16string TableStreamName(std::string_view name);

}  // namespace portcullis::msi
