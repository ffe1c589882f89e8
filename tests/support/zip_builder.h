// SPDX-License-Identifier: Apache-2.0
// Makes ZIP files for tests, and says where each record stands so that a test can break one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace portcullis::testing {

enum class DescriptorForm : uint8_t { kNone, kPlain, kSigned, kSigned64 };

struct ZipFile {
  std::string name = {};
  std::vector<uint8_t> content = {};
  bool is_deflated = false;
  DescriptorForm descriptor = DescriptorForm::kNone;
  bool has_zip64_field = false;  // sizes and offset stand in the extra field
};
struct ZipSpec {
  std::vector<ZipFile> files = {};
  bool has_zip64_end = false;
  std::string comment = {};
};
struct ZipPlace {
  size_t local = 0;    // the local header
  size_t content = 0;  // as packed
  size_t packed_size = 0;
  size_t record = 0;  // in the directory
  size_t header_size = 0;
};
struct BuiltZip {
  std::vector<uint8_t> bytes = {};
  std::vector<ZipPlace> files = {};
  size_t directory = 0;
  size_t end64 = 0;  // where there is one
  size_t end = 0;
};
BuiltZip BuildZip(const ZipSpec& spec);

// Deflated so that each block of 64 KiB can be unpacked by itself; their packed sizes.
struct DeflatedBlocks {
  std::vector<uint8_t> bytes = {};
  std::vector<size_t> sizes = {};
};
DeflatedBlocks DeflateBlocks(Bytes content);

std::vector<uint8_t> ToBytes(std::string_view text);
// Overwrites `size` bytes at `offset`, little-endian.
void PutLe(std::vector<uint8_t>& bytes, size_t offset, uint64_t value, size_t size);

}  // namespace portcullis::testing
