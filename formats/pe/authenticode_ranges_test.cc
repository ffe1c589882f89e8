// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/authenticode_ranges.h"

#include <array>

#include "tests/support/pe_builder.h"

namespace portcullis::pe {
namespace {

using testing::AttachCertificates;
using testing::AuthenticodeContent;
using testing::BuildPe;
using testing::BuiltPe;
using ::testing::HasSubstr;

const std::vector<uint8_t> kSignature = {0x30, 0x03, 1, 2, 3};  // DER of five bytes

// The covered bytes, copied together, or the table's refusal.
Result<std::vector<uint8_t>> Covered(const std::vector<uint8_t>& bytes) {
  const auto pe = PeFile::Parse(MemorySource(bytes)).value();
  auto table = FindCertificateTable(pe, bytes.size());
  if (!table) return Unexpected(table.error());
  const auto ranges = FindAuthenticodeRanges(pe, *table, bytes.size());
  std::vector<uint8_t> covered;
  for (const FileRange& range : ranges.ranges) {
    const auto begin = bytes.begin() + static_cast<long>(range.offset);
    covered.insert(covered.end(), begin, begin + static_cast<long>(range.size));
  }
  covered.resize(covered.size() + ranges.zero_padding);
  return covered;
}

Result<std::optional<std::vector<uint8_t>>> Signature(const std::vector<uint8_t>& bytes) {
  const MemorySource source(bytes);
  const auto pe = PeFile::Parse(source).value();
  auto table = FindCertificateTable(pe, bytes.size());
  if (!table) return Unexpected(table.error());
  if (!table->has_value()) return std::nullopt;
  return ReadEmbeddedSignature(source, **table);
}

TEST(AuthenticodeRanges, CoverAllButChecksumAndDirectoryEntry) {
  for (const bool is_pe32_plus : {false, true}) {
    for (const size_t overlay : {0U, 1U, 7U, 8U}) {
      const BuiltPe pe =
          BuildPe({.is_pe32_plus = is_pe32_plus, .overlay = std::vector<uint8_t>(overlay, 'x')});
      EXPECT_EQ(Covered(pe.bytes).value(), AuthenticodeContent(pe)) << overlay;
    }
  }
}

TEST(AuthenticodeRanges, StayTheSameWhenTheFileIsSigned) {
  for (const size_t overlay : {0U, 3U}) {
    BuiltPe pe = BuildPe({.overlay = std::vector<uint8_t>(overlay, 'x')});
    const auto before = AuthenticodeContent(pe);
    AttachCertificates(pe, {kSignature});
    EXPECT_EQ(Covered(pe.bytes).value(), before);
  }
}

TEST(AuthenticodeRanges, CoverWhatStandsBehindTheTable) {
  BuiltPe pe = BuildPe({});
  auto expected = AuthenticodeContent(pe);
  AttachCertificates(pe, {kSignature});
  for (const uint8_t byte : std::array<uint8_t, 3>{1, 2, 3}) {
    pe.bytes.push_back(byte);
    expected.push_back(byte);
  }
  EXPECT_EQ(Covered(pe.bytes).value(), expected);
}

TEST(AuthenticodeRanges, CoverAllButChecksumWhereThereIsNoEntry) {
  BuiltPe pe = BuildPe({.directory_count = 3});
  const size_t size = pe.bytes.size();
  EXPECT_EQ(Covered(pe.bytes).value().size(), size - 4);
}

TEST(CertificateTable, IsRefusedPastTheEndOfTheFile) {
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {kSignature});
  pe.bytes.pop_back();
  const auto table = Covered(pe.bytes);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, ErrorCode::kTruncated);
  EXPECT_THAT(table.error().message, HasSubstr("pass the end of the file"));
}

TEST(CertificateTable, IsRefusedWhereItsSizeWrapsAround) {
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {kSignature});
  testing::WriteLe(pe.bytes, pe.certificate_entry_offset + 4, 0xFFFFFFF8, 4);
  EXPECT_EQ(Covered(pe.bytes).error().code, ErrorCode::kTruncated);
}

// Moved into the code, the table would hide that code from the digest.
TEST(CertificateTable, IsRefusedInsideASectionOrTheHeaders) {
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {kSignature});
  testing::WriteLe(pe.bytes, pe.certificate_entry_offset, 512, 4);
  const auto in_section = Covered(pe.bytes);
  ASSERT_FALSE(in_section);
  EXPECT_EQ(in_section.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(in_section.error().message, HasSubstr("overlap the section"));

  testing::WriteLe(pe.bytes, pe.certificate_entry_offset, 128, 4);
  const auto in_headers = Covered(pe.bytes);
  ASSERT_FALSE(in_headers);
  EXPECT_THAT(in_headers.error().message, HasSubstr("inside the headers"));
}

// The loader maps whole sectors: from the sector that a section begins in, and as many bytes as
// FileAlignment rounds its size to.
TEST(CertificateTable, IsRefusedInWhatTheLoaderMapsAroundASection) {
  BuiltPe pe = BuildPe({});
  const size_t table = pe.bytes.size();
  AttachCertificates(pe, {kSignature});
  ASSERT_TRUE(Covered(pe.bytes));

  auto behind = pe.bytes;
  testing::WriteLe(behind, pe.checksum_offset - 28, 4096, 4);  // FileAlignment
  const auto in_tail = Covered(behind);
  ASSERT_FALSE(in_tail);
  EXPECT_EQ(in_tail.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(in_tail.error().message, HasSubstr("overlap the section"));

  auto before = pe.bytes;
  testing::WriteLe(before, pe.section_table_offset + 20, table + 16, 4);  // PointerToRawData
  const auto in_head = Covered(before);
  ASSERT_FALSE(in_head);
  EXPECT_THAT(in_head.error().message, HasSubstr("overlap the section"));
}

TEST(EmbeddedSignature, IsTheDerWithoutItsPadding) {
  BuiltPe pe = BuildPe({});
  auto padded = kSignature;
  padded.resize(100, 'p');
  AttachCertificates(pe, {padded});
  EXPECT_EQ(Signature(pe.bytes).value(), kSignature);
}

TEST(EmbeddedSignature, IsTheFirstPkcs7Entry) {
  BuiltPe pe = BuildPe({});
  const size_t table = pe.bytes.size();
  AttachCertificates(pe, {{0x30, 0x01, 9}, kSignature, {0x30, 0x00}});
  testing::WriteLe(pe.bytes, table + 6, 1, 2);  // WIN_CERT_TYPE_X509
  EXPECT_EQ(Signature(pe.bytes).value(), kSignature);
}

TEST(EmbeddedSignature, IsNoneWhereTheTableHoldsOtherKinds) {
  BuiltPe pe = BuildPe({});
  const size_t table = pe.bytes.size();
  AttachCertificates(pe, {kSignature});
  testing::WriteLe(pe.bytes, table + 6, 0xEF0, 2);
  EXPECT_EQ(Signature(pe.bytes).value(), std::nullopt);
  pe.bytes.resize(pe.bytes.size() + 16);  // zeros behind it are padding
  testing::WriteLe(pe.bytes, pe.certificate_entry_offset + 4, pe.bytes.size() - table, 4);
  EXPECT_EQ(Signature(pe.bytes).value(), std::nullopt);
}

struct BadEntry {
  const char* what;
  size_t offset;  // from the table's start
  uint64_t value;
  size_t size;
  ErrorCode code;
  const char* word;
};

TEST(EmbeddedSignature, RefusesEntriesThatLie) {
  const BadEntry rows[] = {
      {"length 0", 0, 0, 4, ErrorCode::kMalformed, "entry of 0 bytes"},
      {"length 7", 0, 7, 4, ErrorCode::kMalformed, "entry of 7 bytes"},
      {"length past the table", 0, 17, 4, ErrorCode::kMalformed, "entry of 17 bytes"},
      {"huge length", 0, 0xFFFFFFFF, 4, ErrorCode::kMalformed, "allowed are 8 to 16"},
      {"not DER", 8, 0x31, 1, ErrorCode::kMalformed, "SEQUENCE"},
      {"indefinite length", 9, 0x80, 1, ErrorCode::kMalformed, "in 0 bytes"},
      {"length in nine bytes", 9, 0x89, 1, ErrorCode::kMalformed, "in 9 bytes"},
      {"longer than its entry", 9, 0x7F, 1, ErrorCode::kTruncated, "129 bytes"},
      {"length of 4 GiB", 9, 0xFFFFFFFF84, 5, ErrorCode::kTruncated, "4294967301 bytes"},
  };
  for (const BadEntry& row : rows) {
    BuiltPe pe = BuildPe({});
    const size_t table = pe.bytes.size();
    AttachCertificates(pe, {{0x30, 0x06, 1, 2, 3, 4, 5, 6}});
    testing::WriteLe(pe.bytes, table + row.offset, row.value, row.size);
    const auto signature = Signature(pe.bytes);
    ASSERT_FALSE(signature) << row.what;
    EXPECT_EQ(signature.error().code, row.code) << row.what << ": " << signature.error().message;
    EXPECT_THAT(signature.error().message, HasSubstr(row.word)) << row.what;
  }
}

TEST(EmbeddedSignature, RefusesATableSmallerThanAnEntry) {
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {kSignature});
  testing::WriteLe(pe.bytes, pe.certificate_entry_offset + 4, 7, 4);
  const auto signature = Signature(pe.bytes);
  ASSERT_FALSE(signature);
  EXPECT_THAT(signature.error().message, HasSubstr("an entry has at least 8"));
}

TEST(EmbeddedSignature, RefusesMoreBytesThanItsLimitBeforeReadingThem) {
  BuiltPe pe = BuildPe({});
  std::vector<uint8_t> big = {0x30, 0x83, 0x10, 0x00, 0x01};
  big.resize(5 + 0x100001);
  AttachCertificates(pe, {big});
  const auto signature = Signature(pe.bytes);
  ASSERT_FALSE(signature);
  EXPECT_EQ(signature.error().code, ErrorCode::kLimitExceeded);
}

TEST(EmbeddedSignature, GivesUpAfterManyEntriesOfOtherKinds) {
  BuiltPe pe = BuildPe({});
  const size_t table = pe.bytes.size();
  AttachCertificates(pe, std::vector<std::vector<uint8_t>>(kMaxCertificateEntries + 1));
  for (size_t i = 0; i <= kMaxCertificateEntries; ++i) {
    testing::WriteLe(pe.bytes, table + 8 * i + 6, 1, 2);
  }
  const auto signature = Signature(pe.bytes);
  ASSERT_FALSE(signature);
  EXPECT_EQ(signature.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::pe
