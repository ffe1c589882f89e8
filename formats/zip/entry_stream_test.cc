// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/entry_stream.h"

#include "tests/support/zip_builder.h"

namespace portcullis::zip {
namespace {

using testing::BuildZip;
using testing::BuiltZip;
using ::testing::HasSubstr;
using testing::PutLe;
using testing::ToBytes;

using Buffer = std::vector<uint8_t>;

Buffer Pattern(size_t size) {
  Buffer bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * i >> 7);
  return bytes;
}

BuiltZip OneFile(const Buffer& content, bool is_deflated) {
  return BuildZip({.files = {{.name = "a", .content = content, .is_deflated = is_deflated}}});
}

Result<Buffer> ReadFirst(const Buffer& bytes, uint64_t limit = 1 << 20) {
  const MemorySource source(bytes);
  const auto directory = TRY(Directory::Read(source));
  return ReadWhole(source, directory.entries()[0], limit);
}

// Writes a field of the directory and of the local header.
void PutBoth(BuiltZip& zip, size_t in_local, size_t in_record, uint64_t value, size_t size) {
  PutLe(zip.bytes, zip.files[0].local + in_local, value, size);
  PutLe(zip.bytes, zip.files[0].record + in_record, value, size);
}

TEST(ZipEntryStream, UnpacksWhatWasPacked) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{65'536}, size_t{300'000}}) {
    for (const bool is_deflated : {false, true}) {
      const auto content = ReadFirst(OneFile(Pattern(size), is_deflated).bytes);
      ASSERT_TRUE(content) << content.error().message;
      EXPECT_EQ(*content, Pattern(size));
    }
  }
}

TEST(ZipEntryStream, UnpacksByAnyStep) {
  const Buffer content = Pattern(10'000);
  const BuiltZip zip = OneFile(content, true);
  const MemorySource source(zip.bytes);
  const auto directory = Directory::Read(source);
  ASSERT_TRUE(directory);
  for (const size_t step : {size_t{1}, size_t{7}, size_t{9'999}, size_t{10'000}, size_t{20'000}}) {
    auto stream = EntryStream::Open(source, directory->entries()[0]);
    ASSERT_TRUE(stream);
    Buffer all;
    Buffer piece(step);
    for (;;) {
      const auto size = stream->ReadSome(piece);
      ASSERT_TRUE(size) << size.error().message;
      if (*size == 0) break;
      all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    EXPECT_EQ(all, content) << step;
  }
}

TEST(ZipEntryStream, RefusesWhatDoesNotUnpackToWhatIsSaid) {
  const BuiltZip stored = OneFile(Pattern(100), false);
  const BuiltZip deflated = OneFile(Pattern(100), true);
  const auto refusal = [](BuiltZip zip, void (*spoil)(BuiltZip&)) {
    spoil(zip);
    const auto content = ReadFirst(zip.bytes);
    return content ? std::string("read") : content.error().message;
  };
  EXPECT_THAT(refusal(stored, [](BuiltZip& z) { PutBoth(z, 8, 10, 9, 2); }), HasSubstr("method 9"));
  EXPECT_THAT(refusal(stored, [](BuiltZip& z) { PutBoth(z, 22, 24, 99, 4); }),
              HasSubstr("another size than its own"));
  EXPECT_THAT(refusal(stored, [](BuiltZip& z) { z.bytes[z.files[0].content] ^= 1; }),
              HasSubstr("checksum"));
  EXPECT_THAT(refusal(deflated, [](BuiltZip& z) { PutBoth(z, 22, 24, 99, 4); }),
              HasSubstr("more than it says"));
  EXPECT_THAT(refusal(deflated, [](BuiltZip& z) { PutBoth(z, 22, 24, 101, 4); }),
              HasSubstr("less than it says"));
  EXPECT_THAT(refusal(deflated, [](BuiltZip& z) { z.bytes[z.files[0].content] = 0xFF; }),
              HasSubstr("not deflated"));
  EXPECT_THAT(
      refusal(deflated, [](BuiltZip& z) { PutBoth(z, 18, 20, z.files[0].packed_size - 2, 4); }),
      HasSubstr("ends within"));
  EXPECT_THAT(
      refusal(deflated, [](BuiltZip& z) { PutBoth(z, 18, 20, z.files[0].packed_size + 1, 4); }),
      HasSubstr("behind its packed"));
}

// What a bomb says of itself is checked; one that says little is cut off there.
TEST(ZipEntryStream, CutsOffABombThatLies) {
  BuiltZip zip = OneFile(Buffer(10 << 20, 0), true);
  PutBoth(zip, 22, 24, 5, 4);
  const auto content = ReadFirst(zip.bytes);
  ASSERT_FALSE(content);
  EXPECT_THAT(content.error().message, HasSubstr("more than it says"));
}

TEST(ZipEntryStream, TakesAnExpansionOfItsLimitAndNoMore) {
  const auto check = [](std::vector<uint64_t> sizes, uint64_t file_size) {
    std::vector<Entry> entries;
    for (const uint64_t size : sizes) entries.push_back({.name = "a", .size = size, .record = {}});
    return CheckExpansion(entries, file_size).has_value();
  };
  EXPECT_TRUE(check({kFreeExpansion, kMaxExpansion * 1000}, 1000));
  EXPECT_FALSE(check({kFreeExpansion, kMaxExpansion * 1000 + 1}, 1000));
  EXPECT_FALSE(check({UINT64_MAX, UINT64_MAX}, 1000));
  EXPECT_FALSE(check({UINT64_MAX, 1}, UINT64_MAX));
}

TEST(ZipEntryStream, ReadsNoMoreThanItsCallersLimit) {
  const BuiltZip zip = OneFile(Pattern(100), true);
  EXPECT_TRUE(ReadFirst(zip.bytes, 100));
  EXPECT_EQ(ReadFirst(zip.bytes, 99).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::zip
