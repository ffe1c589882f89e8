// SPDX-License-Identifier: Apache-2.0
// What the bytes from 0x80 on mean in each code page of one byte a character. For code_page.cc.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace portcullis::msi {

struct CodePageTable {
  uint32_t code_page;
  std::u16string_view upper_half;  // 128 units
};
extern const std::span<const CodePageTable> kCodePageTables;

}  // namespace portcullis::msi
