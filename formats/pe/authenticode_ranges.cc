// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/authenticode_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace portcullis::pe {
namespace {

constexpr uint64_t kAlignment = 8;
constexpr uint64_t kSector = 512;
constexpr uint64_t kMaxFileAlignment = 64 << 10;  // "PE Format": 512 to 64 K
constexpr uint64_t kChecksumSize = 4;
constexpr uint64_t kDirectoryEntrySize = 8;
constexpr uint16_t kTypePkcsSignedData = 2;
constexpr uint8_t kDerSequence = 0x30;

struct WinCertificateHeader {
  le32 length;
  le16 revision;
  le16 certificate_type;
};
static_assert(sizeof(WinCertificateHeader) == 8);

// What the loader maps of the file for a section: from the beginning of a sector, and a size that
// FileAlignment rounds up. It never is less than what the header says.
FileRange MappedRange(const PeFile& pe, const Section& section) {
  const uint64_t alignment = std::clamp<uint64_t>(pe.file_alignment, 1, kMaxFileAlignment);
  const uint64_t begin = section.raw_offset / kSector * kSector;
  const uint64_t rounded = (section.raw_size + alignment - 1) / alignment * alignment;
  const uint64_t end = std::max(uint64_t{section.raw_offset} + section.raw_size, begin + rounded);
  return {begin, end - begin};
}

// The table is left out of the digest. If it could lie where the loader reads code from, moving it
// there would change what runs and leave the digest as it was.
Result<void> CheckTablePlace(const PeFile& pe, const FileRange& table, uint64_t file_size) {
  if (table.offset > file_size || table.size > file_size - table.offset) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("PE certificate table: {} bytes at offset {} pass the end of the file "
                            "at {}",
                            table.size, table.offset, file_size));
  }
  const uint64_t directory_end =
      pe.certificate_entry_offset.value_or(pe.checksum_offset) + kDirectoryEntrySize;
  const uint64_t headers_end = std::max<uint64_t>(pe.size_of_headers, directory_end);
  if (table.offset < headers_end) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("PE certificate table: begins at offset {}, inside the headers, which "
                            "end at {}",
                            table.offset, headers_end));
  }
  for (const Section& section : pe.sections) {
    const FileRange mapped = MappedRange(pe, section);
    const uint64_t mapped_end = mapped.offset + mapped.size;
    if (section.raw_size == 0 || mapped_end <= table.offset) continue;
    if (mapped.offset >= table.offset + table.size) continue;
    return Fail(ErrorCode::kMalformed,
                fmt::format("PE certificate table: {} bytes at offset {} overlap the section at "
                            "offsets {} to {}",
                            table.size, table.offset, mapped.offset, mapped_end));
  }
  return {};
}

// How many bytes a DER element that starts with `head` says it has, header included.
Result<uint64_t> DerElementSize(Bytes head, uint64_t offset) {
  ByteReader reader(head, "PE certificate", offset);
  if (TRY(reader.ReadBytes(1))[0] != kDerSequence) {
    return Fail(
        ErrorCode::kMalformed,
        fmt::format("PE certificate, offset {}: does not begin with a DER SEQUENCE", offset));
  }
  const uint8_t first = TRY(reader.ReadBytes(1))[0];
  if (first < 0x80) return reader.position() + uint64_t{first};
  const size_t length_bytes = first & 0x7F;
  if (length_bytes == 0 || length_bytes > sizeof(uint32_t)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("PE certificate, offset {}: DER length in {} bytes, allowed are 1 to 4",
                            offset, length_bytes));
  }
  uint64_t length = 0;
  for (const uint8_t byte : TRY(reader.ReadBytes(length_bytes))) length = length << 8 | byte;
  return reader.position() + length;
}

// The entry's content is padded, with anything: only what DER says is the signature is read.
Result<std::vector<uint8_t>> ReadSignature(const ByteSource& source, const FileRange& content) {
  std::array<uint8_t, 6> head = {};
  const auto head_size = static_cast<size_t>(std::min<uint64_t>(head.size(), content.size));
  TRY_VOID(source.ReadAt(content.offset, std::span(head).first(head_size)));
  const uint64_t size = TRY(DerElementSize(Bytes(head).first(head_size), content.offset));
  if (size > content.size) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("PE certificate, offset {}: signature of {} bytes in an entry of {}",
                            content.offset, size, content.size));
  }
  return source.Copy(content.offset, size, kMaxSignatureBytes);
}

void Append(std::vector<FileRange>& ranges, uint64_t begin, uint64_t end) {
  if (begin < end) ranges.push_back({begin, end - begin});
}

}  // namespace

Result<std::optional<FileRange>> FindCertificateTable(const PeFile& pe, uint64_t file_size) {
  const DataDirectory& entry = pe.directory(DirectoryIndex::kCertificateTable);
  if (entry.address == 0 || entry.size == 0) return std::nullopt;
  const FileRange table{entry.address, entry.size};
  TRY_VOID(CheckTablePlace(pe, table, file_size));
  return table;
}

AuthenticodeRanges FindAuthenticodeRanges(const PeFile& pe, std::optional<FileRange> table,
                                          uint64_t file_size) {
  AuthenticodeRanges result;
  Append(result.ranges, 0, pe.checksum_offset);
  uint64_t from = pe.checksum_offset + kChecksumSize;
  if (pe.certificate_entry_offset) {
    Append(result.ranges, from, *pe.certificate_entry_offset);
    from = *pe.certificate_entry_offset + kDirectoryEntrySize;
  }
  if (table) {
    Append(result.ranges, from, table->offset);
    from = table->offset + table->size;
  } else {
    result.zero_padding = (kAlignment - file_size % kAlignment) % kAlignment;
  }
  Append(result.ranges, from, file_size);
  return result;
}

Result<std::optional<std::vector<uint8_t>>> ReadEmbeddedSignature(const ByteSource& source,
                                                                  FileRange table) {
  uint64_t offset = table.offset;
  uint64_t left = table.size;
  for (size_t entry = 0; entry < kMaxCertificateEntries; ++entry) {
    WinCertificateHeader header;
    if (left < sizeof(header) && entry > 0) return std::nullopt;
    if (left < sizeof(header)) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("PE certificate table, offset {}: {} bytes, an entry has at least {}",
                              offset, left, sizeof(header)));
    }
    TRY_VOID(source.ReadAt(offset, {reinterpret_cast<uint8_t*>(&header), sizeof(header)}));
    if (header.length == 0 && entry > 0) return std::nullopt;  // padding behind the last entry
    if (header.length < sizeof(header) || header.length > left) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("PE certificate table, offset {}: entry of {} bytes, allowed are {} "
                              "to {}",
                              offset, header.length.value(), sizeof(header), left));
    }
    if (header.certificate_type == kTypePkcsSignedData) {
      return TRY(ReadSignature(source, {offset + sizeof(header), header.length - sizeof(header)}));
    }
    const uint64_t padded = (uint64_t{header.length} + kAlignment - 1) / kAlignment * kAlignment;
    const uint64_t step = std::min(padded, left);
    offset += step;
    left -= step;
  }
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("PE certificate table: none of its first {} entries is PKCS#7",
                          kMaxCertificateEntries));
}

}  // namespace portcullis::pe
