// SPDX-License-Identifier: Apache-2.0
// One DER element after another, where there is no template to parse by.
//
// Shape:   tag, length, content; the content of a constructed element is read by a reader of its
//          own, so the depth is the caller's.
// Errors:  kMalformed for an element past the end, an indefinite length, another tag than asked.
// Lifetime: elements point into the bytes that were given. Threads: a reader belongs to one.
// Source:  X.690.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::authenticode {

// Identifier octets of one byte, as they stand in the file.
namespace der {
inline constexpr uint8_t kOctetString = 0x04;
inline constexpr uint8_t kOid = 0x06;
inline constexpr uint8_t kSequence = 0x30;
inline constexpr uint8_t kSet = 0x31;
constexpr uint8_t Context(uint8_t number) { return 0xA0 | number; }  // constructed
}  // namespace der

class DerReader {
 public:
  explicit DerReader(Bytes bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  // Whether the next element begins with `tag`; false at the end.
  bool IsNext(uint8_t tag) const { return !left_.empty() && left_[0] == tag; }

  // The content of the next element, which must have this tag.
  Result<Bytes> Read(uint8_t tag);
  // A reader of that content.
  Result<DerReader> Enter(uint8_t tag);
  Result<void> Skip();

 private:
  Bytes left_;
};

}  // namespace portcullis::authenticode
