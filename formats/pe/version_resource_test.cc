// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/version_resource.h"

#include "formats/pe/resource_tree.h"
#include "tests/support/pe_builder.h"

namespace portcullis::pe {
namespace {

using testing::BuildPe;
using testing::BuildResourceSection;
using testing::BuildVersionResource;
using testing::BuiltPe;
using ::testing::HasSubstr;
using testing::StringTable;
using testing::VersionSpec;

const StringTable kEnglish = {"040904b0",
                              {{"ProductName", "Product"}, {"OriginalFilename", "Tool.exe"}}};
const StringTable kGerman = {"040704b0",
                             {{"ProductName", "Produkt"}, {"OriginalFilename", "Werkzeug.exe"}}};

VersionResource Parse(const VersionSpec& spec) {
  return ParseVersionResource(BuildVersionResource(spec)).value();
}

TEST(VersionResource, ReadsTheFieldsOfAPublisherRule) {
  const auto version = Parse({.tables = {kEnglish}, .translations = {{0x0409, 0x04B0}}});
  EXPECT_EQ(version.product_name, "Product");
  EXPECT_EQ(version.original_filename, "Tool.exe");
  EXPECT_EQ(version.fixed_file_version, 0x0001000200030004U);
}

TEST(VersionResource, TakesTheTableOfTheFirstTranslationAlone) {
  const auto version =
      Parse({.tables = {kEnglish, kGerman}, .translations = {{0x0407, 1200}, {0x0409, 1200}}});
  EXPECT_EQ(version.product_name, "Produkt");
}

struct FallbackRow {
  const char* what;
  VersionSpec spec;
};

TEST(VersionResource, NeverFallsBackToAnotherTable) {
  const FallbackRow rows[] = {
      {"first pair names no table",
       {.tables = {kEnglish}, .translations = {{0x0407, 1200}, {0x0409, 1200}}}},
      {"no Translation", {.tables = {kEnglish}, .translations = {}}},
      {"no tables", {.tables = {}, .translations = {{0x0409, 1200}}}},
      {"table without the strings",
       {.tables = {{"040904b0", {{"FileVersion", "1"}}}}, .translations = {{0x0409, 1200}}}},
  };
  for (const FallbackRow& row : rows) {
    const auto version = Parse(row.spec);
    EXPECT_EQ(version.product_name, "") << row.what;
    EXPECT_EQ(version.original_filename, "") << row.what;
    EXPECT_TRUE(version.fixed_file_version) << row.what;
  }
}

TEST(VersionResource, FindsKeysInAnyCase) {
  const auto version =
      Parse({.tables = {{"040904B0", {{"productname", "P"}}}}, .translations = {{0x0409, 0x04B0}}});
  EXPECT_EQ(version.product_name, "P");
}

TEST(VersionResource, HasNoFixedVersionWithoutItsSignature) {
  EXPECT_EQ(Parse({.fixed_signature = 0xFEEF04BE}).fixed_file_version, std::nullopt);
}

TEST(VersionResource, KeepsVersionPartsAsUnsigned) {
  EXPECT_EQ(Parse({.file_version = {0xFFFF, 0xFFFE, 0, 0x8000}}).fixed_file_version,
            0xFFFFFFFE00008000U);
}

TEST(VersionResource, SurvivesEveryTruncation) {
  const auto bytes =
      BuildVersionResource({.tables = {kEnglish}, .translations = {{0x0409, 0x04B0}}});
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto version = ParseVersionResource(Bytes(bytes).first(size));
    EXPECT_FALSE(version) << "the root's length passes the end at " << size;
  }
}

TEST(VersionResource, RefusesARootOfAnotherName) {
  auto bytes = BuildVersionResource({});
  bytes[6] = 'X';
  const auto version = ParseVersionResource(bytes);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(version.error().message, HasSubstr("VS_VERSION_INFO"));
}

TEST(VersionResource, HidesWhatStandsBehindAChildOfLengthZero) {
  const VersionSpec spec{.tables = {kEnglish}, .translations = {{0x0409, 0x04B0}}};
  auto bytes = BuildVersionResource(spec);
  testing::WriteLe(bytes, 40 + 52, 0, 2);  // the first child's length
  const auto version = ParseVersionResource(bytes);
  ASSERT_TRUE(version);
  EXPECT_EQ(version->product_name, "");
  EXPECT_TRUE(version->fixed_file_version);
}

// The whole way from a file.
Result<std::optional<FileRange>> Find(const BuiltPe& pe) {
  const MemorySource source(pe.bytes);
  return FindVersionResource(source, PeFile::Parse(source).value());
}

BuiltPe PeWith(const std::vector<testing::VersionEntry>& entries) {
  return BuildPe({.resources = BuildResourceSection(entries)});
}

TEST(ResourceTree, FindsTheVersionResource) {
  const auto version = BuildVersionResource({});
  const BuiltPe pe = PeWith({{.bytes = version}});
  const auto range = Find(pe).value();
  ASSERT_TRUE(range);
  const auto begin = pe.bytes.begin() + static_cast<long>(range->offset);
  EXPECT_EQ(std::vector<uint8_t>(begin, begin + static_cast<long>(range->size)), version);
}

TEST(ResourceTree, PrefersNeutralThenEnglishThenTheFirst) {
  const auto chosen_size = [](const std::vector<uint32_t>& languages) {
    std::vector<testing::VersionEntry> entries;
    for (const uint32_t language : languages) {
      entries.push_back({.language = language, .bytes = std::vector<uint8_t>(language & 0xFF)});
    }
    return Find(PeWith(entries)).value()->size;
  };
  EXPECT_EQ(chosen_size({0x0407, 0x0409, 0x0000}), 0x00U);
  EXPECT_EQ(chosen_size({0x0407, 0x0409}), 0x09U);
  EXPECT_EQ(chosen_size({0x0407, 0x040C}), 0x07U);
}

TEST(ResourceTree, KnowsNoVersionResourceOfAnotherName) {
  EXPECT_EQ(Find(PeWith({{.name = 102, .bytes = BuildVersionResource({})}})).value(), std::nullopt);
}

TEST(ResourceTree, HoldsNoneInAFileWithoutResources) {
  EXPECT_EQ(Find(BuildPe({})).value(), std::nullopt);
}

struct BadTree {
  const char* what;
  size_t offset;  // in the resource section
  uint64_t value;
  size_t size;
  ErrorCode code;
  const char* word;
};

TEST(ResourceTree, RefusesTreesThatLie) {
  const BadTree rows[] = {
      {"type points at the root", 20, 0x80000000, 4, ErrorCode::kMalformed, "reached twice"},
      {"name points at its own directory", 44, 0x80000018, 4, ErrorCode::kMalformed,
       "reached twice"},
      {"type is not a directory", 20, 24, 4, ErrorCode::kMalformed, "type entry is not"},
      {"name is not a directory", 44, 48, 4, ErrorCode::kMalformed, "name entry is not"},
      {"fourth level", 68, 0x80000018, 4, ErrorCode::kMalformed, "deeper than three"},
      {"directory past the section", 20, 0xFFFFFFF0, 4, ErrorCode::kTruncated, "passes its end"},
      {"entries past the section", 14, 16384, 2, ErrorCode::kTruncated, "16384 entries"},
      {"too many entries", 14, 16385, 2, ErrorCode::kLimitExceeded, "at most 16384"},
      {"data entry past the section", 68, 0x7FFFFFFF, 4, ErrorCode::kTruncated, "passes its end"},
      {"data in no section", 72, 0x10000000, 4, ErrorCode::kMalformed, "in no section"},
      {"data past its section", 76, 0xFFFFFFFF, 4, ErrorCode::kMalformed, "in no section"},
  };
  for (const BadTree& row : rows) {
    BuiltPe pe = PeWith({{.bytes = BuildVersionResource({})}});
    testing::WriteLe(pe.bytes, pe.resource_offset + row.offset, row.value, row.size);
    const auto range = Find(pe);
    ASSERT_FALSE(range) << row.what;
    EXPECT_EQ(range.error().code, row.code) << row.what << ": " << range.error().message;
    EXPECT_THAT(range.error().message, HasSubstr(row.word)) << row.what;
  }
}

TEST(ResourceTree, HoldsNoneWhereTypeOrNameOrLanguageIsMissing) {
  for (const size_t offset : {16U, 40U}) {
    BuiltPe pe = PeWith({{.bytes = BuildVersionResource({})}});
    testing::WriteLe(pe.bytes, pe.resource_offset + offset, 0x80000001, 4);  // named, not numbered
    EXPECT_EQ(Find(pe).value(), std::nullopt);
  }
  BuiltPe pe = PeWith({{.bytes = BuildVersionResource({})}});
  testing::WriteLe(pe.bytes, pe.resource_offset + 48 + 14, 0, 2);
  EXPECT_EQ(Find(pe).value(), std::nullopt);
}

}  // namespace
}  // namespace portcullis::pe
