// SPDX-License-Identifier: Apache-2.0
#include "identity/content_kind.h"

#include "tests/support/pe_builder.h"
#include "tests/support/zip_builder.h"

namespace portcullis {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

struct Row {
  const char* what;
  std::string content;
  const char* name;
  FileKind kind;
  bool is_program = false;
};

// A compound file whose root storage, in sector `sector`, has a class that ends like Windows
// Installer's and begins with `head`.
std::string CompoundFile(uint8_t head, uint16_t shift = 9, uint32_t sector = 0) {
  std::vector<uint8_t> bytes(2048);
  const auto magic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;
  std::ranges::copy(magic, bytes.begin());
  testing::WriteLe(bytes, 30, shift, 2);
  testing::WriteLe(bytes, 48, sector, 4);
  const auto tail = "\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"sv;
  bytes[512 + 80] = head;
  std::ranges::copy(tail, bytes.begin() + 512 + 81);
  return {bytes.begin(), bytes.end()};
}

// A ZIP file that lists one name.
std::string Zip(std::string_view name) {
  const auto bytes = testing::BuildZip({.files = {{.name = std::string(name)}}}).bytes;
  return {bytes.begin(), bytes.end()};
}

TEST(ContentKind, AsksTheContentBeforeTheName) {
  const std::string catalog(
      "\x30\x82\x39\xb8\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
      "\x06\x09\x2B\x06\x01\x04\x01\x82\x37\x0A\x01");
  const Row rows[] = {
      {"empty", "", "x.exe", FileKind::kEmpty},
      {"text", "hello", "x.txt", FileKind::kUnknown},
      {"text called exe", "hello", "x.exe", FileKind::kUnknown},
      {"MZ called ps1", "MZ", "x.ps1", FileKind::kDos, true},
      {"script", "#!/bin/sh", "x", FileKind::kScript, true},
      {"script by name", "echo", "X.CMD", FileKind::kScript},
      {"bare DOS program", "\xC3", "x.com", FileKind::kDos, true},
      {"installer package", CompoundFile(0x84), "x", FileKind::kMsi},
      {"installer patch", CompoundFile(0x86), "x", FileKind::kMsp},
      {"installer transform", CompoundFile(0x82), "x", FileKind::kMst},
      {"other compound file", CompoundFile(0x85), "x.doc", FileKind::kUnknown},
      {"damaged package by name", CompoundFile(0x84, 3), "x.MSI", FileKind::kMsi},
      {"directory past the end", CompoundFile(0x84, 9, 0xFFFFFFFF), "x", FileKind::kUnknown},
      {"compound file cut short", CompoundFile(0x84).substr(0, 32), "x", FileKind::kUnknown},
      {"compound file cut shorter", CompoundFile(0x84).substr(0, 8), "x", FileKind::kUnknown},
      {"package", Zip("AppxManifest.xml"), "x", FileKind::kAppx},
      {"bundle", Zip("AppxMetadata/AppxBundleManifest.xml"), "x", FileKind::kAppx},
      {"encrypted package", "EXPH" + std::string(10, '\0'), "x", FileKind::kAppx},
      {"text like one", "EXPH = 1; echo text", "x.ps1", FileKind::kScript},
      {"archive", Zip("readme"), "x", FileKind::kZip},
      {"damaged archive", "PK\x03\x04", "x.zip", FileKind::kZip},
      {"package by name", "PK\x03\x04", "x.MsixBundle", FileKind::kAppx},
      {"not a package", "1234", "x.appx", FileKind::kUnknown},
      {"cabinet", std::string("MSCF\0\0\0\0", 8), "x", FileKind::kCab},
      {"catalog", catalog, "x", FileKind::kCatalog},
      {"other DER", catalog.substr(0, 15), "x.cat", FileKind::kUnknown},
      {"Debian package", "!<arch>\ndebian-binary   ", "x", FileKind::kDeb},
      {"static library", "!<arch>\nfoo.o", "x", FileKind::kUnknown},
      {"RPM package", "\xED\xAB\xEE\xDB", "x", FileKind::kRpm},
  };
  for (const Row& row : rows) {
    const auto content = ClassifyContent(MemorySource(AsBytes(row.content)), row.name);
    ASSERT_TRUE(content) << row.what;
    EXPECT_STREQ(ToString(content->kind), ToString(row.kind)) << row.what;
    EXPECT_EQ(content->is_program, row.is_program) << row.what;
    EXPECT_EQ(content->defect, "") << row.what;
  }
}

TEST(ContentKind, TakesADamagedElfFileForAProgramAndSaysWhy) {
  const auto content = ClassifyContent(MemorySource(AsBytes("\x7F"
                                                            "ELF")),
                                       "x");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->kind, FileKind::kElf);
  EXPECT_TRUE(content->is_program);
  EXPECT_THAT(content->defect, HasSubstr("the header has 52"));
}

TEST(ContentKind, TellsAnNeLibrary) {
  std::vector<uint8_t> bytes(64);
  bytes[0] = 'M', bytes[1] = 'Z', bytes[60] = 64;
  for (const char c : "NE"sv) bytes.push_back(static_cast<uint8_t>(c));
  bytes.resize(64 + 12);
  testing::AppendLe(bytes, 0x8000, 2);
  const auto content = ClassifyContent(MemorySource(bytes), "");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->kind, FileKind::kNe);
  EXPECT_TRUE(content->is_library);
  EXPECT_FALSE(content->is_program);
}

}  // namespace
}  // namespace portcullis
