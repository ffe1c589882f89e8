// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/installer.h"

#include <functional>

#include "formats/msi/string_pool.h"
#include "formats/msi/table.h"
#include "tests/support/msi_builder.h"

namespace portcullis::msi {
namespace {

using testing::AppendLe;
using testing::Buffer;
using testing::CfbNode;
using ::testing::HasSubstr;
using testing::MakeMsi;
using testing::MsiSpec;
using testing::PackedName;
using testing::WriteLe;

Result<Properties> Read(const CfbNode& root) {
  const testing::BuiltCfb built = testing::BuildCfb({.root = root});
  const MemorySource source(built.bytes);
  const auto file = cfb::CompoundFile::Parse(source);
  if (!file) return Unexpected(file.error());
  return ReadProperties(*file);
}

Buffer& StreamOf(CfbNode& root, std::string_view table) {
  return std::ranges::find(root.children, PackedName(table, true), &CfbNode::name)->content;
}

TEST(Installer, KnowsThreeClasses) {
  std::array<uint8_t, 16> id = {0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46};
  EXPECT_EQ(KindOfClass(id), InstallerKind::kPackage);
  id[0] = 0x86;
  EXPECT_EQ(KindOfClass(id), InstallerKind::kPatch);
  id[0] = 0x82;
  EXPECT_EQ(KindOfClass(id), InstallerKind::kTransform);
  id[0] = 0x83;
  EXPECT_EQ(KindOfClass(id), std::nullopt);
  id[0] = 0x84;
  id[15] = 0x47;
  EXPECT_EQ(KindOfClass(id), std::nullopt);
}

TEST(Installer, ReadsTheProperties) {
  const auto properties = Read(MakeMsi({}));
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(properties->product_name, "My Product");
  EXPECT_EQ(properties->product_code, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
  EXPECT_EQ(properties->product_version, "1.2.3");
  EXPECT_EQ(properties->manufacturer, "My Company");
}

TEST(Installer, TakesTheLayoutOfTheTableFromTheDatabase) {
  for (const bool has_long_references : {false, true}) {
    for (const bool value_comes_first : {false, true}) {
      for (const size_t further : {0U, 3U}) {
        const auto properties = Read(MakeMsi({.has_long_references = has_long_references,
                                              .value_comes_first = value_comes_first,
                                              .further_columns = further}));
        ASSERT_TRUE(properties) << properties.error().message;
        EXPECT_EQ(properties->product_name, "My Product");
        EXPECT_EQ(properties->manufacturer, "My Company");
      }
    }
  }
}

TEST(Installer, ReadsTextInItsCodePage) {
  const auto cyrillic =
      Read(MakeMsi({.properties = {{"ProductName", "\xCF\xF0\xEE"}}, .code_page = 1251}));
  EXPECT_EQ(cyrillic->product_name, "Про");
  const auto utf8 = Read(MakeMsi({.properties = {{"ProductName", "Про"}}, .code_page = 65001}));
  EXPECT_EQ(utf8->product_name, "Про");
  const auto japanese = Read(MakeMsi({.properties = {{"ProductName", "X\x83"}}, .code_page = 932}));
  EXPECT_EQ(japanese->product_name, "X\uFFFD");
}

TEST(Installer, LeavesAPropertyThatIsNotThereEmpty) {
  const auto properties = Read(MakeMsi({.properties = {{"productname", "no"}, {"Product", "no"}}}));
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(properties->product_name, "");
  EXPECT_TRUE(Read(MakeMsi({.properties = {}})));
}

TEST(Installer, FindsStringsBehindOneWhoseLengthTakes32Bits) {
  const auto properties = Read(
      MakeMsi({.properties = {{"Long", std::string(0x10000, 'x')}, {"ProductName", "behind"}}}));
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(properties->product_name, "behind");
}

TEST(Installer, RefusesADamagedDatabase) {
  const struct {
    const char* what;
    std::function<void(CfbNode&)> make;
    ErrorCode code;
    const char* word;
  } rows[] = {
      {"no strings", [](CfbNode& root) { root.children.clear(); }, ErrorCode::kNotFound, "_String"},
      {"an empty pool", [](CfbNode& root) { StreamOf(root, "_StringPool").clear(); },
       ErrorCode::kTruncated, "_StringPool"},
      {"texts cut short", [](CfbNode& root) { StreamOf(root, "_StringData").pop_back(); },
       ErrorCode::kTruncated, "pass the end of the strings"},
      {"a long length without one",
       [](CfbNode& root) {
         Buffer& pool = StreamOf(root, "_StringPool");
         WriteLe(pool, pool.size() - 4, 0, 2);
       },
       ErrorCode::kTruncated, "_StringPool"},
      {"half a row", [](CfbNode& root) { StreamOf(root, "Property").pop_back(); },
       ErrorCode::kMalformed, "table Property: 15 bytes in rows of 4"},
      {"half a row of columns", [](CfbNode& root) { StreamOf(root, "_Columns").pop_back(); },
       ErrorCode::kMalformed, "table _Columns"},
      {"no such string", [](CfbNode& root) { WriteLe(StreamOf(root, "Property"), 0, 0x7000, 2); },
       ErrorCode::kMalformed, "string 28672"},
      {"no columns", [](CfbNode& root) { StreamOf(root, "_Columns").clear(); },
       ErrorCode::kMalformed, "rows of 0"},
      // Three rows of 8 bytes: the numbers stand behind three names of tables.
      {"columns that are not numbered",
       [](CfbNode& root) { WriteLe(StreamOf(root, "_Columns"), 8, 0x8007, 2); },
       ErrorCode::kMalformed, "not numbered"},
      {"a column of numbers",
       [](CfbNode& root) { WriteLe(StreamOf(root, "_Columns"), 20, 0x8502, 2); },
       ErrorCode::kNotFound, "no column Value of strings"},
  };
  for (const auto& row : rows) {
    CfbNode root = MakeMsi({});
    row.make(root);
    const auto properties = Read(root);
    ASSERT_FALSE(properties) << row.what;
    EXPECT_EQ(properties.error().code, row.code) << row.what << ": " << properties.error().message;
    EXPECT_THAT(properties.error().message, HasSubstr(row.word)) << row.what;
  }
}

TEST(InstallerLimits, Strings) {
  CfbNode root = MakeMsi({});
  Buffer& pool = StreamOf(root, "_StringPool");
  pool.resize(4 + 4 * kMaxStrings);  // unused numbers have neither length nor uses
  EXPECT_TRUE(Read(root));
  StreamOf(root, "_StringPool").resize(4 + 4 * (kMaxStrings + 1));
  EXPECT_EQ(Read(root).error().code, ErrorCode::kLimitExceeded);
}

TEST(InstallerLimits, BytesOfAString) {
  const auto read = [](size_t size) {
    return Read(MakeMsi({.properties = {{"ProductName", std::string(size, 'x')}}}));
  };
  EXPECT_EQ(read(kMaxStringBytes)->product_name.size(), kMaxStringBytes);
  EXPECT_EQ(read(kMaxStringBytes + 1).error().code, ErrorCode::kLimitExceeded);
}

TEST(InstallerLimits, BytesOfATable) {
  CfbNode root = MakeMsi({});
  StreamOf(root, "Property").assign(kMaxTableBytes, 0);
  EXPECT_TRUE(Read(root));
  StreamOf(root, "Property").assign(kMaxTableBytes + 4, 0);
  EXPECT_EQ(Read(root).error().code, ErrorCode::kLimitExceeded);
}

TEST(InstallerLimits, Columns) {
  EXPECT_TRUE(Read(MakeMsi({.further_columns = kMaxColumns - 2})));
  EXPECT_EQ(Read(MakeMsi({.further_columns = kMaxColumns - 1})).error().code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::msi
