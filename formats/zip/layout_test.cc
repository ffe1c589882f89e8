// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/layout.h"

#include "tests/support/zip_builder.h"

namespace portcullis::zip {
namespace {

using testing::BuildZip;
using testing::BuiltZip;
using testing::DescriptorForm;
using ::testing::HasSubstr;
using testing::PutLe;
using testing::ToBytes;
using testing::ZipSpec;

using Buffer = std::vector<uint8_t>;

ZipSpec Files(DescriptorForm form = DescriptorForm::kNone) {
  return {
      .files = {
          {.name = "a", .content = ToBytes("first"), .descriptor = form},
          {.name = "b", .content = ToBytes("second"), .is_deflated = true, .descriptor = form}}};
}

std::string FaultOf(const Buffer& bytes) {
  const MemorySource source(bytes);
  const auto directory = Directory::Read(source);
  if (!directory) return "directory: " + directory.error().message;
  const auto order = CheckLayout(source, *directory);
  return order ? "" : order.error().message;
}

TEST(ZipLayout, TakesEveryFormOfDataDescriptor) {
  for (const DescriptorForm form : {DescriptorForm::kNone, DescriptorForm::kPlain,
                                    DescriptorForm::kSigned, DescriptorForm::kSigned64}) {
    EXPECT_EQ(FaultOf(BuildZip(Files(form)).bytes), "");
  }
  EXPECT_EQ(FaultOf(BuildZip({}).bytes), "");
}

TEST(ZipLayout, GivesTheEntriesAsTheyLie) {
  BuiltZip zip = BuildZip(Files());
  // The directory in the other order.
  std::rotate(zip.bytes.begin() + static_cast<std::ptrdiff_t>(zip.directory),
              zip.bytes.begin() + static_cast<std::ptrdiff_t>(zip.files[1].record),
              zip.bytes.begin() + static_cast<std::ptrdiff_t>(zip.end));
  const MemorySource source(zip.bytes);
  const auto directory = Directory::Read(source);
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->entries()[0].name, "b");
  const auto order = CheckLayout(source, *directory);
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(order->front()->name, "a");
  EXPECT_EQ(order->back()->name, "b");
}

TEST(ZipLayout, RefusesEntriesThatOverlap) {
  BuiltZip zip = BuildZip(Files());
  PutLe(zip.bytes, zip.files[1].record + 42, zip.files[0].local, 4);  // two names for one place
  PutLe(zip.bytes, zip.files[0].record + 46, 'b', 1);
  EXPECT_NE(FaultOf(zip.bytes), "");

  // The first reaches into the second, and both places say so.
  zip = BuildZip(Files());
  for (const size_t at : {zip.files[0].local + 18, zip.files[0].record + 20}) {
    PutLe(zip.bytes, at, 6, 4);
    PutLe(zip.bytes, at + 4, 6, 4);
  }
  EXPECT_THAT(FaultOf(zip.bytes), HasSubstr("overlaps"));
}

TEST(ZipLayout, RefusesBytesThatBelongToNoEntry) {
  // Shortening the first by a byte leaves that byte to nobody.
  BuiltZip zip = BuildZip(Files());
  for (const size_t at : {zip.files[0].local + 18, zip.files[0].record + 20}) {
    PutLe(zip.bytes, at, 4, 4);
    PutLe(zip.bytes, at + 4, 4, 4);
  }
  EXPECT_THAT(FaultOf(zip.bytes), HasSubstr("belong to no entry"));
}

TEST(ZipLayout, RefusesBytesBeforeTheFirstEntry) {
  Buffer bytes = ToBytes("MZ");
  const BuiltZip zip = BuildZip({.files = {{.name = "a", .content = ToBytes("first")}}});
  for (const uint8_t byte : zip.bytes) bytes.push_back(byte);
  PutLe(bytes, zip.files[0].record + 2 + 42, 2, 4);
  PutLe(bytes, zip.end + 2 + 16, zip.directory + 2, 4);
  EXPECT_THAT(FaultOf(bytes), HasSubstr("at its start"));
}

TEST(ZipLayout, RefusesALocalHeaderThatSaysSomethingElse) {
  const BuiltZip good = BuildZip(Files());
  const size_t local = good.files[0].local;
  const struct {
    const char* word;
    size_t offset;
    uint64_t value;
    size_t size;
  } rows[] = {
      {"no local header", local, 0, 4},
      {"flags", local + 6, 2, 2},
      {"method", local + 8, 8, 2},
      {"checksum", local + 14, 1, 4},
      {"size", local + 18, 4, 4},
      {"size", local + 22, 4, 4},
      {"ZIP64 field", local + 22, 0xFFFFFFFF, 4},
      {"name", local + 30, 'z', 1},
  };
  for (const auto& row : rows) {
    Buffer bytes = good.bytes;
    PutLe(bytes, row.offset, row.value, row.size);
    EXPECT_THAT(FaultOf(bytes), HasSubstr(row.word)) << row.offset;
  }
}

TEST(ZipLayout, RefusesADataDescriptorThatSaysSomethingElse) {
  const BuiltZip good = BuildZip(Files(DescriptorForm::kSigned64));
  const size_t descriptor = good.files[0].content + good.files[0].packed_size;
  for (size_t at = descriptor; at < good.files[1].local; ++at) {
    Buffer bytes = good.bytes;
    bytes[at] ^= 1;
    EXPECT_THAT(FaultOf(bytes), HasSubstr("descriptor that contradicts")) << at;
  }
}

TEST(ZipLayout, RefusesContentThatEndsBehindTheFile) {
  BuiltZip zip = BuildZip(Files());
  for (const size_t at : {zip.files[1].local + 18, zip.files[1].record + 20}) {
    PutLe(zip.bytes, at, 0x7FFFFFFF, 4);
  }
  EXPECT_THAT(FaultOf(zip.bytes), HasSubstr("behind the end of the file"));
}

}  // namespace
}  // namespace portcullis::zip
