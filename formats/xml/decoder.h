// SPDX-License-Identifier: Apache-2.0
// Turns the bytes of an XML document into UTF-8 for the parser, piece by piece.
//
// Shape:   the encoding is told from the first bytes: a byte-order mark, else where the zero bytes
//          stand. The mark is dropped.
// Errors:  a unit that is no character of UTF-16 becomes kBadByte, which no UTF-8 text has, so that
//          the parser refuses it at its place; has_bad_unit() then says why. UTF-8 is passed on as
//          it is: the parser checks it.
// Threads: one thread a Decoder.
// Source:  XML 1.0 appendix F.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace portcullis::xml {

enum class Encoding : uint8_t { kUndetected, kUtf8, kUtf16Le, kUtf16Be, kUtf32 };
const char* ToString(Encoding encoding);  // "UTF-8", ...

// True if a declaration may name `declared` over bytes of `actual`.
bool DeclarationAgrees(std::string_view declared, Encoding actual);

class Decoder {
 public:
  static constexpr char kBadByte = '\xFF';

  // The next bytes, as UTF-8. `is_last` when none follow.
  std::string_view Decode(Bytes bytes, bool is_last);
  // kUndetected until four bytes, or all there are, have come.
  Encoding encoding() const { return encoding_; }
  bool has_bad_unit() const { return has_bad_unit_; }

 private:
  void Detect(bool is_last);
  void DecodeUtf16(bool is_last);
  void PutUnit(char16_t unit);
  void PutBad();

  Encoding encoding_ = Encoding::kUndetected;
  bool has_bad_unit_ = false;
  char16_t high_surrogate_ = 0;
  std::vector<uint8_t> pending_;  // bytes that wait for more of them
  std::string text_;
};

}  // namespace portcullis::xml
