// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/zip_names.h"

#include <array>

#include "tests/support/pe_builder.h"

namespace portcullis::zip {
namespace {

using testing::AppendLe;
using ::testing::HasSubstr;

constexpr std::array<std::string_view, 2> kWanted = {"AppxManifest.xml", "b/c"};

void AppendText(std::vector<uint8_t>& bytes, std::string_view text) {
  for (const char c : text) bytes.push_back(static_cast<uint8_t>(c));
}

// A local header's magic, the central directory and its end.
std::vector<uint8_t> Zip(const std::vector<std::string_view>& names,
                         std::string_view comment = "") {
  std::vector<uint8_t> bytes;
  AppendText(bytes, "PK\x03\x04");
  const size_t start = bytes.size();
  for (const std::string_view name : names) {
    AppendLe(bytes, 0x02014B50, 4);
    bytes.resize(bytes.size() + 24);
    AppendLe(bytes, name.size(), 2);
    AppendLe(bytes, 3, 2);  // extra
    AppendLe(bytes, 2, 2);  // comment
    bytes.resize(bytes.size() + 12);
    AppendText(bytes, name);
    bytes.resize(bytes.size() + 5);
  }
  const size_t size = bytes.size() - start;
  AppendLe(bytes, 0x06054B50, 4);
  bytes.resize(bytes.size() + 8);
  AppendLe(bytes, size, 4);
  AppendLe(bytes, start, 4);
  AppendLe(bytes, comment.size(), 2);
  AppendText(bytes, comment);
  return bytes;
}

Result<bool> Holds(const std::vector<uint8_t>& bytes) {
  return HoldsAnyOf(MemorySource(bytes), kWanted);
}

TEST(ZipNames, FindsANameInTheDirectory) {
  EXPECT_EQ(Holds(Zip({"a", "AppxManifest.xml"})), true);
  EXPECT_EQ(Holds(Zip({"b/c"})), true);
  EXPECT_EQ(Holds(Zip({"a", "appxmanifest.xml", "b"})), false);
  EXPECT_EQ(Holds(Zip({})), false);
}

TEST(ZipNames, LooksBehindACommentThatHoldsTheEndMark) {
  EXPECT_EQ(Holds(Zip({"b/c"}, "PK\x05\x06 is no end here and neither is PK\x05\x06")), true);
}

TEST(ZipNames, IsKnownByItsMagic) {
  EXPECT_TRUE(IsZip(AsBytes("PK\x03\x04")));
  EXPECT_FALSE(IsZip(AsBytes("PK\x05\x06")));
}

TEST(ZipNames, RefusesADirectoryThatLies) {
  const auto good = Zip({"a", "d"});
  const size_t end = good.size() - 22;
  struct Row {
    const char* what;
    size_t offset;
    uint64_t value;
    size_t size;
    ErrorCode code;
  };
  const Row rows[] = {
      {"no end", end, 0, 4, ErrorCode::kMalformed},
      {"directory past the end", end + 16, 0x7FFFFFFF, 4, ErrorCode::kTruncated},
      {"ZIP64", end + 16, 0xFFFFFFFF, 4, ErrorCode::kUnsupported},
      {"entry is none", 4, 0, 4, ErrorCode::kMalformed},
      {"name past the directory", 4 + 28, 0xFFFF, 2, ErrorCode::kTruncated},
      {"directory cut in an entry", end + 12, 60, 4, ErrorCode::kTruncated},
  };
  for (const Row& row : rows) {
    auto bytes = good;
    testing::WriteLe(bytes, row.offset, row.value, row.size);
    const auto result = Holds(bytes);
    ASSERT_FALSE(result) << row.what;
    EXPECT_EQ(result.error().code, row.code) << row.what << ": " << result.error().message;
  }
}

TEST(ZipNames, SurvivesEveryTruncation) {
  const auto good = Zip({"a"});
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Holds({good.begin(), good.begin() + static_cast<long>(size)})) << size;
  }
}

}  // namespace
}  // namespace portcullis::zip
