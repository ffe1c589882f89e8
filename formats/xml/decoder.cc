// SPDX-License-Identifier: Apache-2.0
#include "formats/xml/decoder.h"

#include <algorithm>
#include <array>

#include "base/utf.h"

namespace portcullis::xml {
namespace {

constexpr size_t kBytesToDetect = 4;

struct ByteOrderMark {
  std::array<uint8_t, 4> bytes;
  size_t size;
  Encoding encoding;
};
// UTF-32 first: its little-endian mark begins with that of UTF-16.
constexpr std::array<ByteOrderMark, 5> kMarks = {{
    {{0xFF, 0xFE, 0x00, 0x00}, 4, Encoding::kUtf32},
    {{0x00, 0x00, 0xFE, 0xFF}, 4, Encoding::kUtf32},
    {{0xEF, 0xBB, 0xBF, 0x00}, 3, Encoding::kUtf8},
    {{0xFF, 0xFE, 0x00, 0x00}, 2, Encoding::kUtf16Le},
    {{0xFE, 0xFF, 0x00, 0x00}, 2, Encoding::kUtf16Be},
}};

// Without a mark: the first character of a document is ASCII, so its zero bytes tell.
Encoding GuessByZeros(Bytes bytes) {
  const auto is_zero = [&](size_t i) { return i < bytes.size() && bytes[i] == 0; };
  if (is_zero(0) && is_zero(1)) return Encoding::kUtf32;
  if (is_zero(1) && is_zero(2) && is_zero(3)) return Encoding::kUtf32;
  if (is_zero(0)) return Encoding::kUtf16Be;
  if (is_zero(1)) return Encoding::kUtf16Le;
  return Encoding::kUtf8;
}

char ToUpperAscii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool IsHighSurrogate(char16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(char16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

const char* ToString(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUndetected:
      return "nothing";
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kUtf32:
      return "UTF-32";
  }
  return "";
}

bool DeclarationAgrees(std::string_view declared, Encoding actual) {
  std::string upper(declared);
  std::ranges::transform(upper, upper.begin(), ToUpperAscii);
  if (actual == Encoding::kUtf8) return upper == "UTF-8";
  return upper == "UTF-16" || upper == ToString(actual);
}

std::string_view Decoder::Decode(Bytes bytes, bool is_last) {
  text_.clear();
  if (encoding_ == Encoding::kUtf8) return AsText(bytes);
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  if (encoding_ == Encoding::kUndetected) Detect(is_last);
  if (encoding_ == Encoding::kUtf8) {
    text_.assign(pending_.begin(), pending_.end());
    pending_.clear();
  } else if (encoding_ == Encoding::kUtf16Le || encoding_ == Encoding::kUtf16Be) {
    DecodeUtf16(is_last);
  }
  return text_;
}

void Decoder::Detect(bool is_last) {
  if (pending_.size() < kBytesToDetect && !is_last) return;
  for (const ByteOrderMark& mark : kMarks) {
    const Bytes bytes = Bytes(mark.bytes).first(mark.size);
    if (pending_.size() < bytes.size()) continue;
    if (!std::ranges::equal(bytes, Bytes(pending_).first(bytes.size()))) continue;
    encoding_ = mark.encoding;
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(mark.size));
    return;
  }
  encoding_ = GuessByZeros(pending_);
}

void Decoder::DecodeUtf16(bool is_last) {
  const size_t low = encoding_ == Encoding::kUtf16Le ? 0 : 1;
  const size_t whole = pending_.size() / 2 * 2;
  text_.reserve(whole);
  for (size_t i = 0; i < whole; i += 2) {
    const auto unit =
        static_cast<char16_t>(pending_[i + low] | (unsigned{pending_[i + 1 - low]} << 8));
    if (unit < 0x80 && high_surrogate_ == 0) {
      text_.push_back(static_cast<char>(unit));
    } else {
      PutUnit(unit);
    }
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(whole));
  if (is_last && (high_surrogate_ != 0 || !pending_.empty())) PutBad();
}

void Decoder::PutUnit(char16_t unit) {
  if (high_surrogate_ != 0) {
    const char32_t high = high_surrogate_;
    high_surrogate_ = 0;
    if (IsLowSurrogate(unit)) {
      AppendUtf8(text_, 0x10000U + ((high - 0xD800U) << 10) + (unit - 0xDC00U));
      return;
    }
    PutBad();
  }
  if (IsHighSurrogate(unit)) {
    high_surrogate_ = unit;
  } else if (IsLowSurrogate(unit)) {
    PutBad();
  } else {
    AppendUtf8(text_, unit);
  }
}

void Decoder::PutBad() {
  has_bad_unit_ = true;
  text_.push_back(kBadByte);
}

}  // namespace portcullis::xml
