// SPDX-License-Identifier: Apache-2.0
#include "formats/appx/signature.h"

#include <algorithm>

#include "tests/support/appx_builder.h"

namespace portcullis::appx {
namespace {

using authenticode::DigestAlgorithm;
using authenticode::IndirectData;
using ::testing::HasSubstr;

std::vector<uint8_t> Joined(std::string_view words, size_t digest_bytes = 32) {
  std::vector<uint8_t> bytes = testing::ToBytes("APPX");
  for (size_t at = 0; at < words.size(); at += 4) {
    for (const char c : words.substr(at, 4)) bytes.push_back(static_cast<uint8_t>(c));
    bytes.resize(bytes.size() + digest_bytes, static_cast<uint8_t>(at));
  }
  return bytes;
}

Result<std::vector<PartDigest>> Parse(std::vector<uint8_t> digest,
                                      DigestAlgorithm algorithm = DigestAlgorithm::kSha256) {
  return ParsePartDigests(IndirectData{"", algorithm, std::move(digest)});
}

TEST(AppxSignature, ReadsFourOrFiveDigestsOfEachLength) {
  const struct {
    DigestAlgorithm algorithm;
    size_t bytes;
  } rows[] = {{DigestAlgorithm::kSha256, 32},
              {DigestAlgorithm::kSha384, 48},
              {DigestAlgorithm::kSha512, 64}};
  for (const auto& row : rows) {
    for (const char* words : {"AXPCAXCDAXCTAXBM", "AXPCAXCDAXCTAXBMAXCI", "AXBMAXCTAXCDAXPC"}) {
      const auto joined = Joined(words, row.bytes);
      const auto digests = Parse(joined, row.algorithm);
      ASSERT_TRUE(digests) << digests.error().message;
      EXPECT_EQ(JoinPartDigests(*digests), joined);
      EXPECT_FALSE(
          Parse(joined, row.bytes == 32 ? DigestAlgorithm::kSha512 : DigestAlgorithm::kSha256));
    }
  }
}

TEST(AppxSignature, RefusesOtherDigests) {
  const struct {
    std::vector<uint8_t> digest;
    const char* word;
  } rows[] = {
      {std::vector<uint8_t>(32), "not over a package"},
      {Joined(""), "no digest of the files"},
      {Joined("AXPCAXCDAXCT"), "no digest of the block map"},
      {Joined("AXPCAXCDAXCTAXBMAXPC"), "two digests of the files"},
      {Joined("AXPCAXCDAXCTAXBMAXXX"), "not known"},
  };
  for (const auto& row : rows) {
    const auto digests = Parse(row.digest);
    ASSERT_FALSE(digests) << row.word;
    EXPECT_THAT(digests.error().message, HasSubstr(row.word));
  }
  EXPECT_EQ(Parse(Joined("AXPCAXCDAXCTAXBM", 20), DigestAlgorithm::kSha1).error().code,
            ErrorCode::kUnsupported);
}

TEST(AppxSignature, SurvivesEveryTruncation) {
  const auto good = Joined("AXPCAXCDAXCTAXBM");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Parse({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
  }
}

TEST(AppxSignature, BeginsWithPkcx) {
  const auto wrapped = testing::ToBytes("PKCX0");
  ASSERT_TRUE(UnwrapP7x(wrapped));
  EXPECT_EQ(AsText(*UnwrapP7x(wrapped)), "0");
  EXPECT_FALSE(UnwrapP7x(testing::ToBytes("PKC")));
  EXPECT_FALSE(UnwrapP7x(testing::ToBytes("0PKCX")));
}

// The package is built without and with a signature; the directory digest of the first is that of
// the second.
TEST(AppxSignature, TakesTheSignatureOutOfTheDirectory) {
  for (const bool is_wide : {false, true}) {
    testing::AppxSpec spec{.has_zip64_end = is_wide};
    const auto plain = testing::BuildAppx(spec);
    spec.sign = [](Bytes) { return std::vector<uint8_t>(500, '0'); };
    const auto with_signature = testing::BuildAppx(spec);
    const auto directory = zip::Directory::Read(MemorySource(with_signature.zip.bytes));
    ASSERT_TRUE(directory) << directory.error().message;
    const zip::Entry* entry = directory->Find("AppxSignature.p7x");
    ASSERT_NE(entry, nullptr);
    const auto digest = TakeDirectoryDigest(*directory, *entry, DigestAlgorithm::kSha256);
    ASSERT_TRUE(digest);
    auto expected = authenticode::Digest::Create(DigestAlgorithm::kSha256).value();
    expected.Update(Bytes(plain.zip.bytes).subspan(plain.zip.directory));
    EXPECT_EQ(*digest, expected.Finish());
  }
}

// Wherever its record stands in the directory.
TEST(AppxSignature, TakesTheSignatureOutOfTheMiddleOfTheDirectory) {
  testing::AppxSpec spec;
  const auto plain = testing::BuildAppx(spec);
  spec.sign = [](Bytes) { return std::vector<uint8_t>(500, '0'); };
  auto zip = testing::BuildAppx(spec).zip;
  const auto at = [&](size_t offset) {
    return zip.bytes.begin() + static_cast<std::ptrdiff_t>(offset);
  };
  // The last record before the last but one.
  std::rotate(at(zip.files[zip.files.size() - 2].record), at(zip.files.back().record),
              at(zip.end64));
  const auto directory = zip::Directory::Read(MemorySource(zip.bytes));
  ASSERT_TRUE(directory) << directory.error().message;
  const zip::Entry* entry = directory->Find("AppxSignature.p7x");
  ASSERT_EQ(entry, &directory->entries()[directory->entries().size() - 2]);
  auto expected = authenticode::Digest::Create(DigestAlgorithm::kSha256).value();
  expected.Update(Bytes(plain.zip.bytes).subspan(plain.zip.directory));
  EXPECT_EQ(TakeDirectoryDigest(*directory, *entry, DigestAlgorithm::kSha256), expected.Finish());
}

}  // namespace
}  // namespace portcullis::appx
