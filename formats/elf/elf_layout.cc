// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_layout.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/elf/elf_file.h"

namespace portcullis::elf {
namespace {

constexpr size_t kHeadSize = 64;  // of the larger file header
constexpr size_t kClassIndex = 4;
constexpr size_t kDataIndex = 5;

}  // namespace

Result<Header> Header::Read(const ByteSource& source) {
  Header header;
  header.bytes =
      TRY(source.Copy(0, std::min<uint64_t>(source.size(), kHeadSize), uint64_t{kHeadSize}));
  const std::vector<uint8_t>& head = header.bytes;
  if (!IsElf(head)) return Fail(ErrorCode::kMalformed, "ELF, offset 0: signature is not ELF");
  if (head.size() < kLayout32.header_size) {
    return Fail(ErrorCode::kTruncated, fmt::format("ELF: {} bytes, the header has {}", head.size(),
                                                   kLayout32.header_size));
  }
  const uint8_t file_class = head[kClassIndex];
  const uint8_t data = head[kDataIndex];
  if (file_class < 1 || file_class > 2 || data < 1 || data > 2) {
    return Fail(
        ErrorCode::kUnsupported,
        fmt::format("ELF: class {} and byte order {}, allowed are 1 and 2", file_class, data));
  }
  header.layout = file_class == 1 ? &kLayout32 : &kLayout64;
  header.is_big_endian = data == 2;
  if (head.size() < header.layout->header_size) {
    return Fail(ErrorCode::kTruncated, fmt::format("ELF: {} bytes, the header has {}", head.size(),
                                                   header.layout->header_size));
  }
  return header;
}

Result<std::vector<uint8_t>> Header::ReadSegments(const ByteSource& source) const {
  const uint64_t count = Get(bytes, layout->program_header_count);
  const uint64_t size = Get(bytes, layout->program_header_size);
  if (count == 0) return std::vector<uint8_t>();
  // The kernel and the dynamic loader take this one size too.
  if (size != layout->program_header_bytes || count > kMaxProgramHeaders) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("ELF: {} program headers of {} bytes, allowed are {} of {}", count,
                            size, kMaxProgramHeaders, layout->program_header_bytes));
  }
  const uint64_t offset = Get(bytes, layout->program_headers_offset);
  return source.Copy(offset, count * size, count * size);
}

Result<std::vector<uint8_t>> Header::ReadDynamic(const ByteSource& source, Bytes segment) const {
  const uint64_t limit = kMaxDynamicEntries * layout->dynamic_entry_size;
  const uint64_t size = std::min(Get(segment, layout->segment_size), limit);
  return source.Copy(Get(segment, layout->segment_offset), size, limit);
}

}  // namespace portcullis::elf
