// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/pe_file.h"

#include "tests/support/pe_builder.h"

namespace portcullis::pe {
namespace {

using testing::BuildPe;
using testing::BuiltPe;
using ::testing::HasSubstr;
using testing::PeSpec;

Result<PeFile> Parse(const std::vector<uint8_t>& bytes) {
  return PeFile::Parse(MemorySource(bytes));
}

TEST(PeFile, ReadsBothSizesOfOptionalHeader) {
  for (const bool is_pe32_plus : {false, true}) {
    const BuiltPe built = BuildPe({.is_pe32_plus = is_pe32_plus, .is_dll = is_pe32_plus});
    const auto pe = Parse(built.bytes);
    ASSERT_TRUE(pe) << pe.error().message;
    EXPECT_EQ(pe->is_pe32_plus, is_pe32_plus);
    EXPECT_EQ(pe->is_dll, is_pe32_plus);
    EXPECT_EQ(pe->machine, is_pe32_plus ? 0x8664 : 0x14C);
    EXPECT_EQ(pe->checksum_offset, built.checksum_offset);
    EXPECT_EQ(pe->certificate_entry_offset, built.certificate_entry_offset);
    EXPECT_EQ(pe->sections.size(), 1U);
  }
}

TEST(PeFile, HasNoCertificateEntryWhereDirectoriesEndBeforeIt) {
  const auto pe = Parse(BuildPe({.directory_count = 4}).bytes);
  ASSERT_TRUE(pe) << pe.error().message;
  EXPECT_EQ(pe->certificate_entry_offset, std::nullopt);
}

TEST(PeFile, ReadsSixteenDirectoriesWhateverTheHeaderClaims) {
  BuiltPe built = BuildPe({});
  testing::WriteLe(built.bytes, built.certificate_entry_offset - 4 * 8 - 4, 0xFFFFFFFF, 4);
  EXPECT_TRUE(Parse(built.bytes));
}

TEST(PeFile, RefusesEveryTruncationOfItsHeaders) {
  const BuiltPe built = BuildPe({});
  const size_t headers_end = built.section_table_offset + 40;
  for (size_t size = 0; size < headers_end; ++size) {
    const auto pe = Parse({built.bytes.begin(), built.bytes.begin() + static_cast<long>(size)});
    ASSERT_FALSE(pe) << "cut at " << size;
    EXPECT_EQ(pe.error().code, ErrorCode::kTruncated) << pe.error().message;
  }
}

TEST(PeFile, RefusesAnUnknownOptionalHeader) {
  BuiltPe built = BuildPe({});
  testing::WriteLe(built.bytes, 64 + 24, 0x107, 2);
  const auto pe = Parse(built.bytes);
  ASSERT_FALSE(pe);
  EXPECT_EQ(pe.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(pe.error().message, HasSubstr("0x0107"));
}

TEST(PeFile, RefusesMoreSectionsThanTheLoaderReads) {
  BuiltPe built = BuildPe({});
  testing::WriteLe(built.bytes, 64 + 6, 0xFFFF, 2);
  const auto pe = Parse(built.bytes);
  ASSERT_FALSE(pe);
  EXPECT_EQ(pe.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(pe.error().message, HasSubstr("65535 sections"));
}

TEST(PeFile, RefusesAHeaderThatIsNotPe) {
  BuiltPe built = BuildPe({});
  built.bytes[64] = 'X';
  const auto pe = Parse(built.bytes);
  ASSERT_FALSE(pe);
  EXPECT_EQ(pe.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(pe.error().message, HasSubstr("offset 64"));
}

TEST(PeFile, MapsRvasOfSectionsAndHeadersAlone) {
  PeFile pe;
  pe.size_of_headers = 512;
  pe.sections = {{.virtual_address = 0x1000, .raw_size = 0x200, .raw_offset = 0x400}};
  EXPECT_EQ(pe.OffsetOf(0x1000, 0x200), 0x400U);
  EXPECT_EQ(pe.OffsetOf(0x11FF, 1), 0x5FFU);
  EXPECT_EQ(pe.OffsetOf(0x11FF, 2), std::nullopt);
  EXPECT_EQ(pe.OffsetOf(0x1200, 1), std::nullopt);
  EXPECT_EQ(pe.OffsetOf(0xFFFFFFFF, 0xFFFFFFFF), std::nullopt);
  EXPECT_EQ(pe.OffsetOf(16, 16), 16U);
  EXPECT_EQ(pe.OffsetOf(511, 2), std::nullopt);
}

struct MzRow {
  const char* what;
  std::vector<uint8_t> bytes;
  MzKind kind;
  bool is_library = false;
};

std::vector<uint8_t> MzWith(uint32_t pointer, std::string_view signature, uint16_t flags = 0) {
  std::vector<uint8_t> bytes(64);
  bytes[0] = 'M', bytes[1] = 'Z';
  testing::WriteLe(bytes, 60, pointer, 4);
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  bytes.resize(64 + 12);
  testing::AppendLe(bytes, flags, 2);
  return bytes;
}

TEST(MzHeader, TellsTheOlderKindsApart) {
  const MzRow rows[] = {
      {"nothing", {}, MzKind::kNotMz},
      {"one byte", {'M'}, MzKind::kNotMz},
      {"text", {'h', 'e'}, MzKind::kNotMz},
      {"MZ alone", {'M', 'Z'}, MzKind::kDos},
      {"pointer past the end", MzWith(0xFFFFFFFF, "PE"), MzKind::kDos},
      {"pointer at zero", MzWith(0, ""), MzKind::kDos},
      {"NE program", MzWith(64, "NE"), MzKind::kNe},
      {"NE library", MzWith(64, "NE", 0x8000), MzKind::kNe, true},
      {"LX", MzWith(64, "LX", 0x8000), MzKind::kNe},
      {"LE", MzWith(64, "LE"), MzKind::kNe},
      {"PE", MzWith(64, std::string_view("PE\0\0", 4)), MzKind::kPe},
      {"PE without its zeros", MzWith(64, "PE!!"), MzKind::kDos},
  };
  for (const MzRow& row : rows) {
    const auto header = ReadMzHeader(MemorySource(row.bytes));
    ASSERT_TRUE(header) << row.what;
    EXPECT_EQ(header->kind, row.kind) << row.what;
    EXPECT_EQ(header->is_ne_library, row.is_library) << row.what;
  }
}

TEST(MzHeader, TakesAnNeHeaderThatEndsBeforeItsFlags) {
  auto bytes = MzWith(64, "NE", 0x8000);
  bytes.resize(64 + 5);
  const auto header = ReadMzHeader(MemorySource(bytes));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, MzKind::kNe);
}

}  // namespace
}  // namespace portcullis::pe
