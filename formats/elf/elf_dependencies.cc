// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_dependencies.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "formats/elf/elf_layout.h"

namespace portcullis::elf {
namespace {

constexpr uint64_t kDtNull = 0;
constexpr uint64_t kDtNeeded = 1;
constexpr uint64_t kDtStrtab = 5;
constexpr uint64_t kDtStrsz = 10;
constexpr uint64_t kDtRpath = 15;
constexpr uint64_t kDtRunpath = 29;

class Parser {
 public:
  explicit Parser(const ByteSource& source) : source_(source) {}

  Result<ElfDependencies> Parse() {
    header_ = TRY(Header::Read(source_));
    segments_ = TRY(header_.ReadSegments(source_));
    ElfDependencies found;
    bool has_dynamic = false;
    for (size_t i = 0; i < segment_count(); ++i) {
      const Bytes segment = SegmentAt(i);
      const uint64_t type = Get(segment, layout().segment_type);
      if (type == kPtInterp && found.interpreter.empty()) {
        found.interpreter = TRY(ReadInterpreter(segment));
      }
      if (type != kPtDynamic || has_dynamic) continue;
      has_dynamic = true;
      TRY_VOID(TakeDynamic(TRY(header_.ReadDynamic(source_, segment)), found));
    }
    return found;
  }

 private:
  const Layout& layout() const { return *header_.layout; }
  uint64_t Get(Bytes structure, Field field) const { return header_.Get(structure, field); }
  size_t segment_count() const { return segments_.size() / layout().program_header_bytes; }
  Bytes SegmentAt(size_t i) const {
    const size_t size = layout().program_header_bytes;
    return Bytes(segments_).subspan(i * size, size);
  }

  Result<std::string> ReadInterpreter(Bytes segment) const {
    const uint64_t size = Get(segment, layout().segment_size);
    const auto bytes = TRY(source_.Copy(Get(segment, layout().segment_offset), size, kMaxElfName));
    return NameAt(bytes, 0);
  }

  static Result<std::string> NameAt(Bytes strings, uint64_t offset) {
    if (offset >= strings.size()) {
      return Fail(ErrorCode::kMalformed, "ELF: a name lies outside of the string table");
    }
    const Bytes rest = strings.subspan(offset, std::min(strings.size() - offset, kMaxElfName));
    const auto end = std::ranges::find(rest, uint8_t{0});
    if (end == rest.end()) return Fail(ErrorCode::kMalformed, "ELF: a name does not end");
    return std::string(rest.begin(), end);
  }

  // An address of the loaded image, as a place in the file.
  std::optional<uint64_t> OffsetOf(uint64_t address) const {
    for (size_t i = 0; i < segment_count(); ++i) {
      const Bytes segment = SegmentAt(i);
      if (Get(segment, layout().segment_type) != kPtLoad) continue;
      const uint64_t begin = Get(segment, layout().segment_address);
      if (address < begin || address - begin >= Get(segment, layout().segment_size)) continue;
      const uint64_t offset = Get(segment, layout().segment_offset);
      if (offset > source_.size()) return std::nullopt;
      return offset + (address - begin);
    }
    return std::nullopt;
  }

  Result<std::vector<uint8_t>> ReadStrings(uint64_t address, uint64_t size) const {
    const auto offset = OffsetOf(address);
    if (!offset || *offset > source_.size()) {
      return Fail(ErrorCode::kMalformed, "ELF: the string table is in no segment of the file");
    }
    const uint64_t there = source_.size() - *offset;
    return source_.Copy(*offset, std::min({size, there, uint64_t{kMaxElfStrings}}), kMaxElfStrings);
  }

  Result<void> TakeDynamic(Bytes table, ElfDependencies& found) const {
    const size_t entry_size = layout().dynamic_entry_size;
    std::vector<uint64_t> names;
    std::optional<uint64_t> strings, size, run_path, rpath;
    for (size_t at = 0; at + entry_size <= table.size(); at += entry_size) {
      const Bytes entry = table.subspan(at, entry_size);
      const uint64_t tag = Get(entry, layout().dynamic_tag);
      const uint64_t value = Get(entry, layout().dynamic_value);
      if (tag == kDtNull) break;
      if (tag == kDtNeeded && names.size() < kMaxNeeded) names.push_back(value);
      if (tag == kDtStrtab) strings = value;
      if (tag == kDtStrsz) size = value;
      if (tag == kDtRunpath) run_path = value;
      if (tag == kDtRpath) rpath = value;
    }
    if (!run_path) run_path = rpath;
    if (names.empty() && !run_path) return {};
    const auto text = TRY(ReadStrings(strings.value_or(0), size.value_or(0)));
    for (const uint64_t name : names) found.needed.push_back(TRY(NameAt(text, name)));
    if (run_path) found.run_path = TRY(NameAt(text, *run_path));
    return {};
  }

  const ByteSource& source_;
  Header header_;
  std::vector<uint8_t> segments_;
};

}  // namespace

Result<ElfDependencies> ElfDependencies::Parse(const ByteSource& source) {
  return Parser(source).Parse();
}

}  // namespace portcullis::elf
