// SPDX-License-Identifier: Apache-2.0
#include "formats/catalog/catalog_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace portcullis::catalog {
namespace {

using authenticode::Digest;
using authenticode::DigestAlgorithm;
using ::testing::HasSubstr;

IndexedCatalog Named(std::string name) {
  IndexedCatalog catalog;
  catalog.name = std::move(name);
  catalog.size = 1234;
  catalog.mtime_ns = -5;
  catalog.ctime_ns = 6;
  catalog.inode = 7;
  catalog.sha256.fill(8);
  catalog.members = 9;
  return catalog;
}

Sha256Entry Entry(uint8_t digest, uint32_t catalog) {
  Sha256Entry entry;
  entry.digest.fill(digest);
  entry.catalog = catalog;
  return entry;
}

IndexContent TwoCatalogs() {
  IndexContent content;
  content.catalogs = {Named("a.cat"), Named("b.cat")};
  content.sha256 = {Entry(9, 1), Entry(3, 1), Entry(9, 0), Entry(3, 1)};
  content.sha1.resize(1);
  content.sha1[0].digest.fill(9);
  content.sha1[0].catalog = 1;
  return content;
}

std::vector<uint8_t> Built(IndexContent content = TwoCatalogs()) {
  return BuildIndex(std::move(content)).value();
}

// So that what is behind the checksum is looked at.
Error RefusalOf(std::vector<uint8_t> bytes, bool mend = true) {
  if (mend) {
    Digest digest = Digest::Create(DigestAlgorithm::kSha256).value();
    digest.Update(Bytes(bytes).first(32));
    digest.Update(Bytes(bytes).subspan(64));
    std::ranges::copy(digest.Finish(), bytes.begin() + 32);
  }
  const auto index = CatalogIndex::Parse(bytes);
  EXPECT_FALSE(index);
  return index ? Error{} : index.error();
}

TEST(CatalogIndex, FindsTheFirstCatalogOfADigest) {
  const auto bytes = Built();
  const auto index = CatalogIndex::Parse(bytes);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(index->catalogs(), 2U);
  EXPECT_EQ(index->sha256_entries(), 3U);  // what was there twice once
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha256, Entry(9, 0).digest), 0U);
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha256, Entry(3, 0).digest), 1U);
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha256, Entry(4, 0).digest), std::nullopt);
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha1, Bytes(Entry(9, 0).digest).first(20)), 1U);
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha1, Entry(9, 0).digest), std::nullopt);
  EXPECT_EQ(index->Find(DigestAlgorithm::kMd5, Entry(9, 0).digest), std::nullopt);
}

TEST(CatalogIndex, KeepsWhatItIsToldOfACatalog) {
  const auto bytes = Built();
  const auto index = CatalogIndex::Parse(bytes);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(index->catalog(1), Named("b.cat"));
}

TEST(CatalogIndex, MayHoldNothing) {
  const auto bytes = Built({});
  const auto index = CatalogIndex::Parse(bytes);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(index->Find(DigestAlgorithm::kSha256, Entry(9, 0).digest), std::nullopt);
  EXPECT_EQ(CatalogIndex().Find(DigestAlgorithm::kSha256, Entry(9, 0).digest), std::nullopt);
}

TEST(CatalogIndex, IsNotWrittenWithNamesThatAreNone) {
  for (const char* name : {"", ".", "..", "a/b"}) {
    EXPECT_FALSE(BuildIndex({.catalogs = {Named(name)}, .sha256 = {}, .sha1 = {}})) << name;
  }
  EXPECT_TRUE(BuildIndex({.catalogs = {Named(std::string(255, 'a'))}, .sha256 = {}, .sha1 = {}}));
  EXPECT_FALSE(BuildIndex({.catalogs = {Named(std::string(256, 'a'))}, .sha256 = {}, .sha1 = {}}));
  EXPECT_FALSE(BuildIndex({.catalogs = {Named("b"), Named("a")}, .sha256 = {}, .sha1 = {}}));
}

TEST(CatalogIndex, RefusesMoreThanItsLimits) {
  IndexContent content;
  for (size_t i = 0; i < kMaxCatalogs; ++i)
    content.catalogs.push_back(Named(std::to_string(100'000 + i)));
  EXPECT_TRUE(CatalogIndex::Parse(Built(content)));
  content.catalogs.push_back(Named("x"));
  EXPECT_EQ(BuildIndex(content).error().code, ErrorCode::kLimitExceeded);
  content.catalogs.resize(1);
  content.sha256.resize(kMaxIndexEntries);  // all the same: one entry
  EXPECT_TRUE(BuildIndex(content));
  content.sha1.resize(1);
  EXPECT_THAT(BuildIndex(content).error().message, HasSubstr("at most 4000000"));
}

TEST(CatalogIndex, RefusesAHeaderOverItsLimits) {
  auto bytes = Built();
  bytes[12] = 0x21;  // 20001 catalogs
  bytes[13] = 0x4E;
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("20001 catalogs, at most 20000"));
  bytes = Built();
  bytes[19] = 1;
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("entries, at most 4000000"));
}

TEST(CatalogIndex, RefusesANewerVersionAndSaysWhatItReads) {
  auto bytes = Built();
  bytes[8] = 2;
  EXPECT_EQ(RefusalOf(bytes).code, ErrorCode::kUnsupported);
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("version 2 at offset 8, 1 is read"));
}

TEST(CatalogIndex, RefusesWhatIsCutShortOrLonger) {
  auto bytes = Built();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto index = CatalogIndex::Parse(Bytes(bytes).first(size));
    ASSERT_FALSE(index) << size;
    EXPECT_EQ(index.error().code, ErrorCode::kTruncated) << size;
  }
  bytes.push_back(0);
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("1 bytes follow its end"));
}

TEST(CatalogIndex, RefusesEveryByteThatIsNotAsItWasWritten) {
  const auto bytes = Built();
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= 0x10;
    EXPECT_FALSE(CatalogIndex::Parse(changed)) << i;
  }
  auto changed = bytes;
  changed.back() ^= 1;
  EXPECT_THAT(RefusalOf(changed, false).message, HasSubstr("checksum"));
}

TEST(CatalogIndex, RefusesTablesThatDoNotFitTogether) {
  constexpr size_t kRecords = 64;
  constexpr size_t kEntries = kRecords + 2 * 80;
  auto bytes = Built();
  bytes[kEntries + 32] = 2;  // the first entry's catalog
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("of catalog 2, there are 2"));
  bytes = Built();
  bytes[kEntries] = 0xFF;
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("ascending order"));
  bytes = Built();
  bytes[kRecords + 64] = 200;  // the place of the first name
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("ends at 205, names have 10 bytes"));
  bytes = Built();
  bytes.back() = '/';
  EXPECT_THAT(RefusalOf(bytes).message, HasSubstr("none, or out of order"));
}

}  // namespace
}  // namespace portcullis::catalog
