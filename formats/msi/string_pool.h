// SPDX-License-Identifier: Apache-2.0
// The strings of an installer database; its tables refer to them by number.
//
// Shape:   stream _StringPool has a length and a count of uses for each number, from 1 on, stream
//          _StringData the texts one behind the other. Number 0 is no text.
// Limits:  kMaxStrings, kMaxStringBytes. The texts stay in the file until they are asked for.
// Errors:  kNotFound without these streams; kMalformed, kTruncated, kLimitExceeded.
// Lifetime: borrows the compound file and its source.
// Threads: immutable.
// Source:  docs/formats/msi.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/cfb/compound_file.h"

namespace portcullis::msi {

inline constexpr size_t kMaxStrings = size_t{1} << 20;
inline constexpr uint64_t kMaxStringBytes = 64 << 10;  // of one that is asked for

class StringPool {
 public:
  static Result<StringPool> Read(const cfb::CompoundFile& file);

  // How many bytes a table uses for the number of a string: 2, or 3 where there are many.
  size_t reference_size() const { return reference_size_; }
  // In UTF-8.
  Result<std::string> Text(uint32_t number) const;
  // True where the text is `ascii`.
  Result<bool> Is(uint32_t number, std::string_view ascii) const;

 private:
  struct Place {
    uint32_t offset = 0;
    uint32_t size = 0;
  };

  explicit StringPool(const cfb::Stream& data) : data_(data) {}
  Result<void> FindPlaces(Bytes pool);
  Result<Place> Find(uint32_t number) const;

  cfb::Stream data_;
  std::vector<Place> places_;  // the first is that of number 1
  uint32_t code_page_ = 0;
  size_t reference_size_ = 2;
};

}  // namespace portcullis::msi
