// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"

namespace portcullis::elf {
namespace {

constexpr std::string_view kMagic =
    "\x7F"
    "ELF";
constexpr size_t kHeadSize = 64;  // of the larger file header
constexpr size_t kClassIndex = 4;
constexpr size_t kDataIndex = 5;

constexpr uint64_t kEtExec = 2;
constexpr uint64_t kEtDyn = 3;
constexpr uint64_t kPtDynamic = 2;
constexpr uint64_t kPtInterp = 3;
constexpr uint64_t kDtNull = 0;
constexpr uint64_t kDtSoname = 14;
constexpr uint64_t kDtFlags1 = 0x6FFFFFFB;
constexpr uint64_t kDf1Pie = 0x08000000;

// Where a field stands in the class's structures, and how wide it is.
struct Field {
  size_t offset;
  size_t size;
};
struct Layout {
  size_t header_size;
  Field program_headers_offset, program_header_size, program_header_count;
  size_t program_header_bytes;
  Field segment_type, segment_offset, segment_size;
  size_t dynamic_entry_size;
  Field dynamic_tag, dynamic_value;
};
constexpr Field kType = {16, 2};
constexpr Layout kLayout32 = {52,     {28, 4}, {42, 2}, {44, 2}, 32,    {0, 4},
                              {4, 4}, {16, 4}, 8,       {0, 4},  {4, 4}};
constexpr Layout kLayout64 = {64,     {32, 8}, {54, 2}, {56, 2}, 56,    {0, 4},
                              {8, 8}, {32, 8}, 16,      {0, 8},  {8, 8}};

class Parser {
 public:
  Parser(const ByteSource& source, const Layout& layout, bool is_big_endian)
      : source_(source), layout_(layout), is_big_endian_(is_big_endian) {}

  // `structure` holds the field; the caller has read as much.
  uint64_t Get(Bytes structure, Field field) const {
    uint64_t value = 0;
    for (size_t i = 0; i < field.size; ++i) {
      const size_t at = is_big_endian_ ? i : field.size - 1 - i;
      value = value << 8 | structure[field.offset + at];
    }
    return value;
  }

  Result<void> ReadSegments(Bytes header, ElfFile& elf) const {
    const uint64_t count = Get(header, layout_.program_header_count);
    const uint64_t size = Get(header, layout_.program_header_size);
    if (count == 0) return {};
    // The kernel and the dynamic loader take this one size too.
    if (size != layout_.program_header_bytes || count > kMaxProgramHeaders) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("ELF: {} program headers of {} bytes, allowed are {} of {}", count,
                              size, kMaxProgramHeaders, layout_.program_header_bytes));
    }
    const uint64_t offset = Get(header, layout_.program_headers_offset);
    const auto table = TRY(source_.Copy(offset, count * size, count * size));
    bool has_dynamic = false;
    for (uint64_t i = 0; i < count; ++i) {
      const Bytes segment = Bytes(table).subspan(i * size, size);
      const uint64_t type = Get(segment, layout_.segment_type);
      if (type == kPtInterp) elf.has_interpreter = true;
      if (type != kPtDynamic || has_dynamic) continue;
      has_dynamic = true;
      TRY_VOID(ReadDynamic(segment, elf));
    }
    return {};
  }

 private:
  Result<void> ReadDynamic(Bytes segment, ElfFile& elf) const {
    const uint64_t entry_size = layout_.dynamic_entry_size;
    const uint64_t limit = kMaxDynamicEntries * entry_size;
    const uint64_t size = std::min(Get(segment, layout_.segment_size), limit);
    const auto table = TRY(source_.Copy(Get(segment, layout_.segment_offset), size, limit));
    for (uint64_t at = 0; at + entry_size <= table.size(); at += entry_size) {
      const Bytes entry = Bytes(table).subspan(at, entry_size);
      const uint64_t tag = Get(entry, layout_.dynamic_tag);
      const uint64_t value = Get(entry, layout_.dynamic_value);
      if (tag == kDtNull) break;
      if (tag == kDtSoname) elf.has_soname = true;
      if (tag == kDtFlags1) elf.is_position_independent = (value & kDf1Pie) != 0;
    }
    return {};
  }

  const ByteSource& source_;
  const Layout& layout_;
  bool is_big_endian_;
};

ElfType TypeOf(uint64_t type) {
  if (type == kEtExec) return ElfType::kExecutable;
  return type == kEtDyn ? ElfType::kSharedObject : ElfType::kOther;
}

}  // namespace

bool IsElf(Bytes head) { return AsText(head).substr(0, kMagic.size()) == kMagic; }

Result<ElfFile> ElfFile::Parse(const ByteSource& source) {
  const auto head = TRY(source.Copy(0, std::min<uint64_t>(source.size(), kHeadSize), kHeadSize));
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
  const Layout& layout = file_class == 1 ? kLayout32 : kLayout64;
  if (head.size() < layout.header_size) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("ELF: {} bytes, the header has {}", head.size(), layout.header_size));
  }
  const Parser parser(source, layout, data == 2);
  ElfFile elf;
  elf.type = TypeOf(parser.Get(head, kType));
  TRY_VOID(parser.ReadSegments(head, elf));
  return elf;
}

bool ElfFile::is_library() const {
  if (type != ElfType::kSharedObject) return false;
  return has_soname || (!has_interpreter && !is_position_independent);
}

bool ElfFile::is_program() const { return type != ElfType::kOther && !is_library(); }

}  // namespace portcullis::elf
