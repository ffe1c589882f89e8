// SPDX-License-Identifier: Apache-2.0
// Where the fields of ELF's structures stand, for both widths; within formats/elf.
//
// Source:  System V ABI, "Object Files" and "Dynamic Linking".
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::elf {

struct Field {
  size_t offset;
  size_t size;
};
struct Layout {
  size_t header_size;
  Field program_headers_offset, program_header_size, program_header_count;
  size_t program_header_bytes;
  Field segment_type, segment_offset, segment_address, segment_size;
  size_t dynamic_entry_size;
  Field dynamic_tag, dynamic_value;
};
inline constexpr Layout kLayout32 = {52,     {28, 4}, {42, 2}, {44, 2}, 32,     {0, 4},
                                     {4, 4}, {8, 4},  {16, 4}, 8,       {0, 4}, {4, 4}};
inline constexpr Layout kLayout64 = {64,     {32, 8}, {54, 2}, {56, 2}, 56,     {0, 4},
                                     {8, 8}, {16, 8}, {32, 8}, 16,      {0, 8}, {8, 8}};
inline constexpr uint64_t kPtLoad = 1;
inline constexpr uint64_t kPtDynamic = 2;
inline constexpr uint64_t kPtInterp = 3;

// The file header, and how everything behind it is laid out.
struct Header {
  std::vector<uint8_t> bytes;
  const Layout* layout = nullptr;
  bool is_big_endian = false;

  // kTruncated, kMalformed, kUnsupported.
  static Result<Header> Read(const ByteSource& source);

  // `structure` holds the field; the caller has read as much.
  uint64_t Get(Bytes structure, Field field) const {
    uint64_t value = 0;
    for (size_t i = 0; i < field.size; ++i) {
      const size_t at = is_big_endian ? i : field.size - 1 - i;
      value = value << 8 | structure[field.offset + at];
    }
    return value;
  }
  // All program headers, one behind the other; kMaxProgramHeaders at most.
  Result<std::vector<uint8_t>> ReadSegments(const ByteSource& source) const;
  // The entries of a dynamic section; kMaxDynamicEntries at most.
  Result<std::vector<uint8_t>> ReadDynamic(const ByteSource& source, Bytes segment) const;
};

}  // namespace portcullis::elf
