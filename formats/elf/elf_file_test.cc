// SPDX-License-Identifier: Apache-2.0
#include "formats/elf/elf_file.h"

#include <cstdint>

namespace portcullis::elf {
namespace {

using ::testing::HasSubstr;

// Writes integers in the order and widths of one kind of ELF.
struct Maker {
  bool is_64 = true;
  bool is_big_endian = false;
  std::vector<uint8_t> bytes;

  void Put(size_t offset, uint64_t value, size_t size) {
    if (bytes.size() < offset + size) bytes.resize(offset + size);
    for (size_t i = 0; i < size; ++i) {
      const size_t shift = 8 * (is_big_endian ? size - 1 - i : i);
      bytes[offset + i] = static_cast<uint8_t>(value >> shift);
    }
  }
};

struct ElfSpec {
  uint16_t type = 3;
  bool interpreter = false;
  bool soname = false;
  bool pie = false;
};

std::vector<uint8_t> Make(const ElfSpec& spec, bool is_64 = true, bool is_big_endian = false) {
  Maker maker{is_64, is_big_endian, {0x7F, 'E', 'L', 'F'}};
  const size_t header = is_64 ? 64 : 52, segment = is_64 ? 56 : 32, word = is_64 ? 8 : 4;
  maker.Put(4, is_64 ? 2 : 1, 1);
  maker.Put(5, is_big_endian ? 2 : 1, 1);
  maker.Put(16, spec.type, 2);
  maker.Put(is_64 ? 32 : 28, header, word);
  maker.Put(is_64 ? 54 : 42, segment, 2);
  const size_t count = (spec.interpreter ? 1 : 0) + 1;
  maker.Put(is_64 ? 56 : 44, count, 2);
  size_t at = header;
  if (spec.interpreter) {
    maker.Put(at, 3, 4);
    at += segment;
  }
  const size_t dynamic = header + count * segment;
  maker.Put(at, 2, 4);
  maker.Put(at + (is_64 ? 8 : 4), dynamic, word);
  maker.Put(at + (is_64 ? 32 : 16), 8 * word, word);
  maker.Put(at + segment, 0, 0);
  size_t entry = dynamic;
  const auto add = [&](uint64_t tag, uint64_t value) {
    maker.Put(entry, tag, word);
    maker.Put(entry + word, value, word);
    entry += 2 * word;
  };
  if (spec.soname) add(14, 1);
  if (spec.pie) add(0x6FFFFFFB, 0x08000001);
  add(0, 0);
  add(14, 1);  // behind the end mark: must not count
  maker.bytes.resize(dynamic + 8 * word);
  return maker.bytes;
}

struct Row {
  const char* what;
  ElfSpec spec;
  bool is_library;
  bool is_program;
};
constexpr Row kRows[] = {
    {"static program", {.type = 2}, false, true},
    {"program", {.type = 2, .interpreter = true}, false, true},
    {"position-independent program", {.interpreter = true, .pie = true}, false, true},
    {"position-independent without the flag", {.interpreter = true}, false, true},
    {"static and position-independent", {.pie = true}, false, true},
    {"library", {.soname = true}, true, false},
    {"library without a name", {}, true, false},
    {"C library: both", {.interpreter = true, .soname = true}, true, false},
    {"object file", {.type = 1}, false, false},
    {"core dump", {.type = 4}, false, false},
};

TEST(ElfFile, TellsProgramsFromLibraries) {
  for (const bool is_64 : {false, true}) {
    for (const bool is_big_endian : {false, true}) {
      for (const Row& row : kRows) {
        const auto bytes = Make(row.spec, is_64, is_big_endian);
        const auto elf = ElfFile::Parse(MemorySource(bytes));
        ASSERT_TRUE(elf) << row.what << ": " << elf.error().message;
        EXPECT_EQ(elf->is_library(), row.is_library) << row.what << is_64 << is_big_endian;
        EXPECT_EQ(elf->is_program(), row.is_program) << row.what << is_64 << is_big_endian;
      }
    }
  }
}

TEST(ElfFile, RefusesEveryTruncation) {
  const auto bytes = Make({.interpreter = true, .soname = true});
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto elf = ElfFile::Parse(MemorySource(Bytes(bytes).first(size)));
    EXPECT_FALSE(elf) << size;
  }
  const auto small = Make({}, /*is_64=*/false);
  EXPECT_FALSE(ElfFile::Parse(MemorySource(Bytes(small).first(51))));
}

struct BadElf {
  const char* what;
  size_t offset;
  uint8_t value;
  ErrorCode code;
  const char* word;
};

TEST(ElfFile, RefusesHeadersThatLie) {
  const BadElf rows[] = {
      {"magic", 1, 'X', ErrorCode::kMalformed, "signature"},
      {"class", 4, 3, ErrorCode::kUnsupported, "class 3"},
      {"byte order", 5, 0, ErrorCode::kUnsupported, "byte order 0"},
      {"size of a program header", 54, 8, ErrorCode::kMalformed, "of 8 bytes"},
      {"larger program headers than the kernel takes", 55, 1, ErrorCode::kMalformed,
       "of 312 bytes"},
      {"number of program headers", 57, 0x80, ErrorCode::kMalformed, "program headers"},
      {"place of the program headers", 39, 0x80, ErrorCode::kTruncated, "wants"},
      {"place of the dynamic section", 64 + 8 + 7, 0x80, ErrorCode::kTruncated, "wants"},
      {"size of the dynamic section", 64 + 32 + 3, 0x80, ErrorCode::kTruncated, "wants"},
  };
  for (const BadElf& row : rows) {
    auto bytes = Make({});
    bytes[row.offset] = row.value;
    const auto elf = ElfFile::Parse(MemorySource(bytes));
    ASSERT_FALSE(elf) << row.what;
    EXPECT_EQ(elf.error().code, row.code) << row.what << ": " << elf.error().message;
    EXPECT_THAT(elf.error().message, HasSubstr(row.word)) << row.what;
  }
}

// So many sections of so many entries would be a way to keep the reader busy.
TEST(ElfFile, ReadsTheFirstDynamicSectionAlone) {
  auto bytes = Make({.interpreter = true, .pie = true});
  bytes[64] = 2;  // PT_INTERP becomes a dynamic section without entries
  const auto elf = ElfFile::Parse(MemorySource(bytes));
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_FALSE(elf->is_position_independent);
}

TEST(ElfFile, TakesAFileWithoutProgramHeaders) {
  auto bytes = Make({.type = 1});
  bytes[56] = 0;
  EXPECT_TRUE(ElfFile::Parse(MemorySource(Bytes(bytes).first(64))));
}

}  // namespace
}  // namespace portcullis::elf
