// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_file.h"

#include <string_view>

#include "base/bytes.h"
#include "formats/elf/elf_layout.h"

namespace portcullis::elf {
namespace {

constexpr std::string_view kMagic =
    "\x7F"
    "ELF";
constexpr uint64_t kEtExec = 2;
constexpr uint64_t kEtDyn = 3;
constexpr uint64_t kDtNull = 0;
constexpr uint64_t kDtSoname = 14;
constexpr uint64_t kDtFlags1 = 0x6FFFFFFB;
constexpr uint64_t kDf1Pie = 0x08000000;

constexpr Field kType = {16, 2};

void TakeDynamic(const Header& header, Bytes table, ElfFile& elf) {
  const uint64_t entry_size = header.layout->dynamic_entry_size;
  for (uint64_t at = 0; at + entry_size <= table.size(); at += entry_size) {
    const Bytes entry = table.subspan(at, entry_size);
    const uint64_t tag = header.Get(entry, header.layout->dynamic_tag);
    const uint64_t value = header.Get(entry, header.layout->dynamic_value);
    if (tag == kDtNull) break;
    if (tag == kDtSoname) elf.has_soname = true;
    if (tag == kDtFlags1) elf.is_position_independent = (value & kDf1Pie) != 0;
  }
}

ElfType TypeOf(uint64_t type) {
  if (type == kEtExec) return ElfType::kExecutable;
  return type == kEtDyn ? ElfType::kSharedObject : ElfType::kOther;
}

}  // namespace

bool IsElf(Bytes head) { return AsText(head).substr(0, kMagic.size()) == kMagic; }

Result<ElfFile> ElfFile::Parse(const ByteSource& source) {
  const Header header = TRY(Header::Read(source));
  ElfFile elf;
  elf.type = TypeOf(header.Get(header.bytes, kType));
  const auto table = TRY(header.ReadSegments(source));
  const size_t size = header.layout->program_header_bytes;
  bool has_dynamic = false;
  for (size_t at = 0; at + size <= table.size(); at += size) {
    const Bytes segment = Bytes(table).subspan(at, size);
    const uint64_t type = header.Get(segment, header.layout->segment_type);
    if (type == kPtInterp) elf.has_interpreter = true;
    if (type != kPtDynamic || has_dynamic) continue;
    has_dynamic = true;
    TakeDynamic(header, TRY(header.ReadDynamic(source, segment)), elf);
  }
  return elf;
}

bool ElfFile::is_library() const {
  if (type != ElfType::kSharedObject) return false;
  return has_soname || (!has_interpreter && !is_position_independent);
}

bool ElfFile::is_program() const { return type != ElfType::kOther && !is_library(); }

}  // namespace portcullis::elf
