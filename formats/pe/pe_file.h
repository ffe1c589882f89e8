// SPDX-License-Identifier: Apache-2.0
// The headers of a Portable Executable: where its parts stand in the file.
//
// Shape:   DOS header, at e_lfanew "PE\0\0", file header, optional header (PE32 or PE32+) with its
//          data directories, section table.
// Units:   offsets are bytes from the start of the file; an rva counts from the image's base.
// Limits:  kMaxSections; of the directories the first 16 are read. Nothing else of the file is.
// Errors:  kTruncated when a header passes the end of the file, kMalformed when it contradicts
//          itself, kUnsupported for an optional header that is neither PE32 nor PE32+.
// Lifetime: a value; it keeps no part of the source.
// Threads: immutable.
// Source:  "PE Format" of Microsoft's Win32 documentation; docs/formats/pe.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::pe {

inline constexpr size_t kMaxSections = 8192;  // the loader's own limit since Windows Vista
inline constexpr size_t kMaxDirectories = 16;

// What a file that begins with "MZ" is, by the signature that e_lfanew points at.
enum class MzKind : uint8_t {
  kNotMz,
  kDos,  // no newer header
  kNe,   // NE, LE or LX: 16-bit Windows, OS/2, virtual device drivers
  kPe,
};
struct MzHeader {
  MzKind kind = MzKind::kNotMz;
  bool is_ne_library = false;
};
// Never fails for what the bytes say; only for what can not be read.
Result<MzHeader> ReadMzHeader(const ByteSource& source);

struct DataDirectory {
  uint32_t address = 0;  // an rva; for the certificate table an offset
  uint32_t size = 0;
};

enum class DirectoryIndex : uint8_t { kResource = 2, kCertificateTable = 4 };

struct Section {
  uint32_t virtual_address = 0;
  uint32_t raw_size = 0;
  uint32_t raw_offset = 0;
};

struct PeFile {
  uint16_t machine = 0;
  bool is_dll = false;
  bool is_pe32_plus = false;
  uint32_t file_alignment = 0;  // as the file has it, 0 too
  uint32_t size_of_headers = 0;
  uint64_t checksum_offset = 0;  // of OptionalHeader.CheckSum
  // Of the certificate table's directory entry; absent where the header has fewer directories.
  std::optional<uint64_t> certificate_entry_offset;
  std::array<DataDirectory, kMaxDirectories> directories = {};
  std::vector<Section> sections;

  static Result<PeFile> Parse(const ByteSource& source);

  const DataDirectory& directory(DirectoryIndex index) const {
    return directories[static_cast<size_t>(index)];
  }
  // The file offset of `size` bytes at `rva`, if one section (or the headers) holds them all.
  std::optional<uint64_t> OffsetOf(uint32_t rva, uint64_t size) const;
};

}  // namespace portcullis::pe
