// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/code_page.h"

#include <algorithm>

#include "base/utf.h"
#include "formats/msi/code_page_tables.h"

namespace portcullis::msi {
namespace {

constexpr uint32_t kNeutral = 0;
constexpr uint32_t kWestern = 1252;
constexpr uint32_t kUtf8 = 65001;
constexpr char32_t kReplacement = 0xFFFD;

// Of a code page without a table an empty text.
std::u16string_view UpperHalf(uint32_t code_page) {
  const uint32_t wanted = code_page == kNeutral ? kWestern : code_page;
  const auto found = std::ranges::find(kCodePageTables, wanted, &CodePageTable::code_page);
  return found == kCodePageTables.end() ? std::u16string_view() : found->upper_half;
}

}  // namespace

std::string DecodeText(Bytes text, uint32_t code_page) {
  if (code_page == kUtf8) return LossyUtf8(AsText(text));
  const std::u16string_view upper_half = UpperHalf(code_page);
  std::string decoded;
  for (const uint8_t byte : text) {
    if (byte < 0x80) {
      decoded += static_cast<char>(byte);
    } else {
      AppendUtf8(decoded, upper_half.empty() ? kReplacement : char32_t{upper_half[byte - 0x80U]});
    }
  }
  return decoded;
}

}  // namespace portcullis::msi
