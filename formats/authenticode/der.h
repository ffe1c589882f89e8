// SPDX-License-Identifier: Apache-2.0
// Elements of DER one after the other, without copies, where there is no template to parse by.
//
// Shape:   tag, length, content; tags of one byte.
// Limits:  lengths of at most four bytes, which the bytes at hand must hold.
// Errors:  kTruncated, kMalformed (an indefinite length, a tag of several bytes, another element
//          than expected), with what was looked for and the offset in the bytes given.
// Threads: a value.
// Source:  X.690.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::authenticode {

inline constexpr uint8_t kDerInteger = 0x02;
inline constexpr uint8_t kDerBitString = 0x03;
inline constexpr uint8_t kDerOctetString = 0x04;
inline constexpr uint8_t kDerOid = 0x06;
inline constexpr uint8_t kDerUtcTime = 0x17;
inline constexpr uint8_t kDerGeneralizedTime = 0x18;
inline constexpr uint8_t kDerSequence = 0x30;
inline constexpr uint8_t kDerSet = 0x31;
inline constexpr uint8_t kDerContext0 = 0xA0;
inline constexpr uint8_t kDerContext1 = 0xA1;

struct DerElement {
  uint8_t tag = 0;
  Bytes content;
};

class DerReader {
 public:
  // For messages: what is read (a literal), and where `bytes` stand in the file.
  DerReader(Bytes bytes, std::string_view format, uint64_t base_offset = 0)
      : reader_(bytes, format, base_offset), format_(format) {}

  bool empty() const { return reader_.empty(); }
  uint64_t offset() const { return reader_.offset(); }

  Result<DerElement> Next();
  // The content of the next element, which must have this tag.
  Result<Bytes> Expect(uint8_t tag, std::string_view what);
  // Passes over the next element if it has this tag; says whether it had.
  Result<bool> SkipIf(uint8_t tag);

 private:
  ByteReader reader_;
  std::string_view format_;
};

}  // namespace portcullis::authenticode
