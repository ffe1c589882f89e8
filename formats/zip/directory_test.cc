// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/directory.h"

#include <array>

#include "tests/support/zip_builder.h"

namespace portcullis::zip {
namespace {

using testing::BuildZip;
using testing::BuiltZip;
using ::testing::HasSubstr;
using testing::PutLe;
using testing::ToBytes;
using testing::ZipSpec;

using Buffer = std::vector<uint8_t>;

constexpr std::array<std::string_view, 2> kWanted = {"AppxManifest.xml", "b/c"};

ZipSpec TwoFiles() {
  return {.files = {{.name = "a", .content = ToBytes("first")},
                    {.name = "b/c", .content = ToBytes("second"), .is_deflated = true}}};
}

Result<Directory> Read(const Buffer& bytes) { return Directory::Read(MemorySource(bytes)); }

// The refusal, or what was read all the same.
Error RefusalOf(const Buffer& bytes) {
  const auto directory = Read(bytes);
  if (!directory) return directory.error();
  return {ErrorCode::kNotFound, "it was read"};
}

TEST(ZipDirectory, ListsEntriesWithAndWithoutZip64) {
  for (const bool is_wide : {false, true}) {
    ZipSpec spec = TwoFiles();
    spec.has_zip64_end = is_wide;
    for (testing::ZipFile& file : spec.files) file.has_zip64_field = is_wide;
    const BuiltZip zip = BuildZip(spec);
    const auto directory = Read(zip.bytes);
    ASSERT_TRUE(directory) << directory.error().message;
    ASSERT_EQ(directory->entries().size(), 2U);
    const Entry& entry = directory->entries()[1];
    EXPECT_EQ(entry.name, "b/c");
    EXPECT_EQ(entry.method, kDeflated);
    EXPECT_EQ(entry.size, 6U);
    EXPECT_EQ(entry.packed_size, zip.files[1].packed_size);
    EXPECT_EQ(entry.local_offset, zip.files[1].local);
    EXPECT_EQ(directory->offset(), zip.directory);
    EXPECT_EQ(entry.record.data() - directory->bytes().data(),
              static_cast<std::ptrdiff_t>(zip.files[1].record - zip.directory));
  }
}

TEST(ZipDirectory, FindsANameWhateverItsCase) {
  const auto directory = Read(BuildZip(TwoFiles()).bytes);
  ASSERT_TRUE(directory);
  ASSERT_NE(directory->Find("B/C"), nullptr);
  EXPECT_EQ(directory->Find("B/C")->name, "b/c");
  EXPECT_EQ(directory->Find("b"), nullptr);
}

TEST(ZipDirectory, HoldsANameExactly) {
  const auto holds = [](const ZipSpec& spec) {
    return HoldsAnyOf(MemorySource(BuildZip(spec).bytes), kWanted);
  };
  EXPECT_EQ(holds({.files = {{.name = "a"}, {.name = "AppxManifest.xml"}}}), true);
  EXPECT_EQ(holds({.files = {{.name = "a"}, {.name = "appxmanifest.xml"}}}), false);
  EXPECT_EQ(holds({}), false);
}

TEST(ZipDirectory, LooksBehindACommentThatHoldsTheEndMark) {
  ZipSpec spec = TwoFiles();
  spec.comment = "PK\x05\x06 is no end here and neither is PK\x05\x06";
  EXPECT_TRUE(Read(BuildZip(spec).bytes));
}

TEST(ZipDirectory, IsKnownByItsMagic) {
  EXPECT_TRUE(IsZip(AsBytes("PK\x03\x04")));
  EXPECT_FALSE(IsZip(AsBytes("PK\x05\x06")));
}

TEST(ZipDirectory, RefusesTwoEndRecords) {
  ZipSpec spec = TwoFiles();
  const Buffer inner = BuildZip({}).bytes;  // an end record alone
  spec.comment = std::string(inner.begin(), inner.end());
  const Error error = RefusalOf(BuildZip(spec).bytes);
  EXPECT_EQ(error.code, ErrorCode::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("two end records"));
}

TEST(ZipDirectory, RefusesADirectoryThatLies) {
  const BuiltZip good = BuildZip(TwoFiles());
  struct Row {
    const char* word;
    size_t offset;
    uint64_t value;
    size_t size;
    ErrorCode code;
  };
  const Row rows[] = {
      {"no end-of", good.end, 0, 4, ErrorCode::kMalformed},
      {"several disks", good.end + 4, 1, 2, ErrorCode::kUnsupported},
      {"several disks", good.end + 8, 1, 2, ErrorCode::kUnsupported},
      {"does not end where", good.end + 16, 0x7FFFFFFF, 4, ErrorCode::kMalformed},
      {"does not end where", good.end + 16, good.directory - 1, 4, ErrorCode::kMalformed},
      {"not there", good.end + 16, 0xFFFFFFFF, 4, ErrorCode::kMalformed},
      {"no entry begins", good.directory, 0, 4, ErrorCode::kMalformed},
      {"", good.files[1].record + 28, 0xFFFF, 2, ErrorCode::kTruncated},
      {"does not hold the", good.files[1].record + 28, 2, 2, ErrorCode::kMalformed},
      {"is encrypted", good.files[0].record + 8, 1, 2, ErrorCode::kUnsupported},
      {"is encrypted", good.files[0].record + 8, 1 << 13, 2, ErrorCode::kUnsupported},
      {"ZIP64 field", good.files[0].record + 24, 0xFFFFFFFF, 4, ErrorCode::kMalformed},
  };
  for (const Row& row : rows) {
    Buffer bytes = good.bytes;
    PutLe(bytes, row.offset, row.value, row.size);
    const Error error = RefusalOf(bytes);
    EXPECT_EQ(error.code, row.code) << row.word << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(row.word));
  }
}

TEST(ZipDirectory, RefusesACountThatIsNotTheDirectorys) {
  for (const int wrong : {1, 3}) {
    BuiltZip zip = BuildZip(TwoFiles());
    PutLe(zip.bytes, zip.end + 8, static_cast<uint64_t>(wrong), 2);
    PutLe(zip.bytes, zip.end + 10, static_cast<uint64_t>(wrong), 2);
    EXPECT_THAT(RefusalOf(zip.bytes).message, HasSubstr("does not hold the")) << wrong;
  }
}

TEST(ZipDirectory, RefusesAZip64RecordThatLies) {
  ZipSpec spec = TwoFiles();
  spec.has_zip64_end = true;
  const BuiltZip good = BuildZip(spec);
  const size_t locator = good.end - 20;
  const struct {
    const char* word;
    size_t offset;
    uint64_t value;
    size_t size;
  } rows[] = {
      {"before its locator", locator + 8, good.end64 - 1, 8},
      {"no ZIP64 end record", good.end64, 0, 4},
      {"no ZIP64 end record", good.end64 + 4, 45, 8},
      {"several disks", good.end64 + 16, 1, 4},
      {"several disks", locator + 16, 2, 4},
      {"two central directories", good.end + 16, 1, 4},
      {"two central directories", good.end + 12, 1, 4},
      {"two central directories", good.end + 10, 7, 2},
      {"does not end where", good.end64 + 48, uint64_t{1} << 63, 8},
      {"at most", good.end64 + 40, UINT64_MAX, 8},
  };
  for (const auto& row : rows) {
    Buffer bytes = good.bytes;
    PutLe(bytes, row.offset, row.value, row.size);
    EXPECT_THAT(RefusalOf(bytes).message, HasSubstr(row.word)) << row.offset;
  }
}

// Two records of one count, so that the count alone decides.
TEST(ZipDirectory, TakesItsLimitOfEntriesAndNoMore) {
  ZipSpec spec;
  spec.has_zip64_end = true;
  spec.files.assign(kMaxEntries, {.name = "x"});
  const BuiltZip most = BuildZip(spec);
  const auto directory = Read(most.bytes);
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_EQ(directory->entries().size(), kMaxEntries);
  spec.files.push_back({.name = "x"});
  const Error error = RefusalOf(BuildZip(spec).bytes);
  EXPECT_EQ(error.code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(error.message, HasSubstr("65537 entries"));
}

// A directory of a given size, by one name after the other.
BuiltZip WithDirectoryOf(uint64_t bytes) {
  ZipSpec spec;
  constexpr uint64_t kRecord = 46;
  while (bytes > 0) {
    const uint64_t size = std::min<uint64_t>(bytes, 60'000);
    const uint64_t rest = bytes - size;
    const uint64_t take = rest > 0 && rest < kRecord ? size - kRecord : size;
    spec.files.push_back({.name = std::string(take - kRecord, 'n')});
    bytes -= take;
  }
  return BuildZip(spec);
}

TEST(ZipDirectory, TakesADirectoryOfItsLimitAndNoLarger) {
  EXPECT_TRUE(Read(WithDirectoryOf(kMaxDirectoryBytes).bytes));
  EXPECT_EQ(RefusalOf(WithDirectoryOf(kMaxDirectoryBytes + 1).bytes).code,
            ErrorCode::kLimitExceeded);
}

TEST(ZipDirectory, RewritesItsEndRecordsForAnotherExtent) {
  for (const bool is_wide : {false, true}) {
    ZipSpec spec = TwoFiles();
    spec.has_zip64_end = is_wide;
    const auto both = Read(BuildZip(spec).bytes);
    spec.files.pop_back();
    const BuiltZip one = BuildZip(spec);
    ASSERT_TRUE(both);
    const Buffer end = both->EndRecordsOf({.offset = one.directory, .size = 47, .count = 1});
    const size_t start = is_wide ? one.end64 : one.end;
    EXPECT_EQ(end, Buffer(one.bytes.begin() + static_cast<std::ptrdiff_t>(start), one.bytes.end()));
  }
}

TEST(ZipDirectory, SurvivesEveryTruncation) {
  ZipSpec spec = TwoFiles();
  spec.has_zip64_end = true;
  const Buffer good = BuildZip(spec).bytes;
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
  }
}

}  // namespace
}  // namespace portcullis::zip
