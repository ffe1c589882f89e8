// SPDX-License-Identifier: Apache-2.0
// Makes small PE files for tests, piece by piece, so that a test can break one piece.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace portcullis::testing {

using Buffer = std::vector<uint8_t>;

void AppendLe(Buffer& buffer, uint64_t value, size_t size);
void WriteLe(Buffer& buffer, size_t offset, uint64_t value, size_t size);

struct StringTable {
  std::string key = {};  // "040904b0"
  std::vector<std::pair<std::string, std::string>> strings = {};
};

struct VersionSpec {
  uint32_t fixed_signature = 0xFEEF04BD;
  std::array<uint16_t, 4> file_version = {1, 2, 3, 4};
  std::vector<StringTable> tables = {};
  std::vector<std::pair<uint16_t, uint16_t>> translations = {};  // none: no VarFileInfo
};
Buffer BuildVersionResource(const VersionSpec& spec);

struct VersionEntry {
  uint32_t name = 1;
  uint32_t language = 0x0409;
  Buffer bytes = {};
};
// A resource section that stands at kResourceRva and holds version resources alone.
inline constexpr uint32_t kResourceRva = 0x2000;
Buffer BuildResourceSection(const std::vector<VersionEntry>& entries);

struct PeSpec {
  bool is_pe32_plus = true;
  bool is_dll = false;
  uint32_t directory_count = 16;
  Buffer text = Buffer(16, 0x90);
  Buffer resources = {};  // empty: no resource section
  Buffer overlay = {};    // behind the sections
};

// Offsets that tests patch.
struct BuiltPe {
  Buffer bytes = {};
  size_t checksum_offset = 0;
  size_t certificate_entry_offset = 0;
  size_t resource_offset = 0;  // of the section's bytes
  size_t section_table_offset = 0;
};
BuiltPe BuildPe(const PeSpec& spec);

// Appends a certificate table with one WIN_CERTIFICATE for each of `entries` (type PKCS#7) and
// makes the directory name it. The file is padded to 8 first, as signing tools do.
void AttachCertificates(BuiltPe& pe, const std::vector<Buffer>& entries);

// The bytes that Authenticode digests of a file without a certificate table, by the specification
// read plainly: an oracle for the parser.
Buffer AuthenticodeContent(const BuiltPe& unsigned_pe);

}  // namespace portcullis::testing
