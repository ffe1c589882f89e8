// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/pe_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/bytes.h"

namespace portcullis::pe {
namespace {

constexpr uint16_t kMzMagic = 0x5A4D;  // "MZ"
constexpr uint64_t kNewHeaderPointer = 60;
constexpr uint32_t kPeSignature = 0x00004550;  // "PE\0\0"
constexpr uint16_t kPe32Magic = 0x10B;
constexpr uint16_t kPe32PlusMagic = 0x20B;
constexpr uint16_t kFileIsDll = 0x2000;
constexpr uint16_t kNeIsLibrary = 0x8000;
constexpr uint64_t kNeFlagsOffset = 12;

struct FileHeader {
  le32 signature;
  le16 machine;
  le16 number_of_sections;
  le32 time_date_stamp;
  le32 pointer_to_symbol_table;
  le32 number_of_symbols;
  le16 size_of_optional_header;
  le16 characteristics;
};
static_assert(sizeof(FileHeader) == 24);

// The first 68 bytes are laid out alike in PE32 and PE32+.
struct OptionalHeaderStart {
  le16 magic;
  std::array<uint8_t, 34> skipped;
  le32 file_alignment;
  std::array<uint8_t, 20> skipped_too;
  le32 size_of_headers;
  le32 checksum;
};
static_assert(sizeof(OptionalHeaderStart) == 68);
constexpr uint64_t kChecksumOffset = 64;
constexpr uint64_t kPe32DirectoryCount = 92;
constexpr uint64_t kPe32PlusDirectoryCount = 108;

struct SectionHeader {
  std::array<uint8_t, 8> name;
  le32 virtual_size;
  le32 virtual_address;
  le32 size_of_raw_data;
  le32 pointer_to_raw_data;
  std::array<uint8_t, 16> relocations_line_numbers_and_flags;
};
static_assert(sizeof(SectionHeader) == 40);

struct DirectoryEntry {
  le32 address;
  le32 size;
};

template <typename T>
Result<T> ReadStruct(const ByteSource& source, uint64_t offset) {
  static_assert(alignof(T) == 1);
  T value;
  TRY_VOID(source.ReadAt(offset, {reinterpret_cast<uint8_t*>(&value), sizeof(T)}));
  return value;
}

Result<void> ReadOptionalHeader(const ByteSource& source, uint64_t offset, PeFile& pe) {
  const auto start = TRY(ReadStruct<OptionalHeaderStart>(source, offset));
  if (start.magic != kPe32Magic && start.magic != kPe32PlusMagic) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("PE, offset {}: optional header's magic is {:#06x}, allowed are {:#06x}"
                            " (PE32) and {:#06x} (PE32+)",
                            offset, start.magic.value(), kPe32Magic, kPe32PlusMagic));
  }
  pe.is_pe32_plus = start.magic == kPe32PlusMagic;
  pe.file_alignment = start.file_alignment;
  pe.size_of_headers = start.size_of_headers;
  pe.checksum_offset = offset + kChecksumOffset;

  const uint64_t count_offset =
      offset + (pe.is_pe32_plus ? kPe32PlusDirectoryCount : kPe32DirectoryCount);
  const uint32_t claimed = TRY(ReadStruct<le32>(source, count_offset));
  const size_t count = std::min<size_t>(claimed, kMaxDirectories);
  const uint64_t directories_offset = count_offset + sizeof(le32);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t at = directories_offset + i * sizeof(DirectoryEntry);
    const auto entry = TRY(ReadStruct<DirectoryEntry>(source, at));
    pe.directories[i] = {entry.address, entry.size};
    if (i == static_cast<size_t>(DirectoryIndex::kCertificateTable)) {
      pe.certificate_entry_offset = at;
    }
  }
  return {};
}

Result<void> ReadSections(const ByteSource& source, uint64_t offset, size_t count, PeFile& pe) {
  if (count > kMaxSections) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("PE, offset {}: {} sections, at most {} are read", offset, count,
                            kMaxSections));
  }
  const uint64_t size = count * sizeof(SectionHeader);
  const auto table = TRY(source.Copy(offset, size, size));
  ByteReader reader(table, "PE section table", offset);
  pe.sections.reserve(count);
  while (!reader.empty()) {
    const auto header = TRY(reader.Read<SectionHeader>());
    pe.sections.push_back(
        {header.virtual_address, header.size_of_raw_data, header.pointer_to_raw_data});
  }
  return {};
}

}  // namespace

Result<MzHeader> ReadMzHeader(const ByteSource& source) {
  if (source.size() < sizeof(le16)) return MzHeader{};
  if (TRY(ReadStruct<le16>(source, 0)) != kMzMagic) return MzHeader{};
  MzHeader header{.kind = MzKind::kDos};
  if (source.size() < kNewHeaderPointer + sizeof(le32)) return header;
  const uint64_t pointer = TRY(ReadStruct<le32>(source, kNewHeaderPointer));
  if (pointer > source.size() || source.size() - pointer < sizeof(le32)) return header;

  const uint32_t signature = TRY(ReadStruct<le32>(source, pointer));
  if (signature == kPeSignature) {
    header.kind = MzKind::kPe;
    return header;
  }
  const uint32_t short_signature = signature & 0xFFFF;
  if (short_signature == 0x454E || short_signature == 0x454C || short_signature == 0x584C) {
    header.kind = MzKind::kNe;
    if (source.size() - pointer < kNeFlagsOffset + sizeof(le16)) return header;
    const uint16_t flags = TRY(ReadStruct<le16>(source, pointer + kNeFlagsOffset));
    header.is_ne_library = short_signature == 0x454E && (flags & kNeIsLibrary) != 0;
  }
  return header;
}

Result<PeFile> PeFile::Parse(const ByteSource& source) {
  const uint64_t header_offset = TRY(ReadStruct<le32>(source, kNewHeaderPointer));
  const auto header = TRY(ReadStruct<FileHeader>(source, header_offset));
  if (header.signature != kPeSignature) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("PE, offset {}: signature is not PE", header_offset));
  }
  PeFile pe;
  pe.machine = header.machine;
  pe.is_dll = (header.characteristics & kFileIsDll) != 0;
  const uint64_t optional_offset = header_offset + sizeof(FileHeader);
  TRY_VOID(ReadOptionalHeader(source, optional_offset, pe));
  TRY_VOID(ReadSections(source, optional_offset + header.size_of_optional_header,
                        header.number_of_sections, pe));
  return pe;
}

std::optional<uint64_t> PeFile::OffsetOf(uint32_t rva, uint64_t size) const {
  for (const Section& section : sections) {
    if (rva < section.virtual_address) continue;
    const uint64_t delta = rva - section.virtual_address;
    if (delta >= section.raw_size) continue;
    if (size > section.raw_size - delta) return std::nullopt;
    return section.raw_offset + delta;
  }
  if (rva < size_of_headers && size <= size_of_headers - rva) return rva;
  return std::nullopt;
}

}  // namespace portcullis::pe
