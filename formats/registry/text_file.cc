// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/text_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/little_endian.h"
#include "base/utf.h"
#include "formats/msi/code_page.h"

namespace portcullis::registry {
namespace {

constexpr uint32_t kWestern = 1252;
constexpr std::string_view kUtf16LeMark = "\xFF\xFE";
constexpr std::string_view kUtf16BeMark = "\xFE\xFF";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

Result<std::string> Utf8(std::string_view text) {
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kMalformed, "it is not UTF-8");
  return std::string(text);
}

Result<std::string> Decode(std::string_view text, Unmarked unmarked) {
  if (text.starts_with(kUtf16LeMark)) return Utf16LeToUtf8(AsBytes(text.substr(2)));
  if (text.starts_with(kUtf16BeMark)) return Utf16BeToUtf8(AsBytes(text.substr(2)));
  if (text.starts_with(kUtf8Mark)) return Utf8(text.substr(kUtf8Mark.size()));
  const bool is_western = unmarked == Unmarked::kWindows1252 ||
                          (unmarked == Unmarked::kUtf8Or1252 && !IsValidUtf8(text));
  return is_western ? DecodeWestern(AsBytes(text)) : Utf8(text);
}

}  // namespace

Result<std::string> DecodeTextFile(Bytes file, Unmarked unmarked, std::string_view what) {
  auto text = Decode(AsText(file), unmarked);
  if (text) return text;
  return Fail(text.error().code, fmt::format("{}: {}", what, text.error().message));
}

std::string DecodeTextHead(Bytes head, size_t most_bytes) {
  head = head.first(std::min(head.size(), most_bytes));
  const std::string_view text = AsText(head);
  if (text.starts_with(kUtf16LeMark)) return Utf16LeToUtf8Lossy(head.subspan(2));
  if (text.starts_with(kUtf16BeMark)) {
    const auto decoded = Utf16BeToUtf8(head.subspan(2, (head.size() - 2) / 2 * 2));
    return decoded ? *decoded : std::string();
  }
  return DecodeWestern(text.starts_with(kUtf8Mark) ? head.subspan(kUtf8Mark.size()) : head);
}

std::string EncodeTextFile(std::string_view text) {
  return std::string(kUtf16LeMark) + ToUtf16Le(text);
}

std::string DecodeWestern(Bytes bytes) { return msi::DecodeText(bytes, kWestern); }

}  // namespace portcullis::registry
