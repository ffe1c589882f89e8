// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/page_hashes.h"

namespace portcullis::authenticode {
namespace {

using Der = std::vector<uint8_t>;
using ::testing::HasSubstr;

Der Tlv(uint8_t tag, const Der& content) {
  Der tlv;
  tlv.push_back(tag);
  tlv.push_back(0x82);
  tlv.push_back(static_cast<uint8_t>(content.size() >> 8));
  tlv.push_back(static_cast<uint8_t>(content.size()));
  for (const uint8_t byte : content) tlv.push_back(byte);
  return tlv;
}

Der Join(std::initializer_list<Der> parts) {
  Der all;
  for (const Der& part : parts) {
    for (const uint8_t byte : part) all.push_back(byte);
  }
  return all;
}

Der Entry(uint8_t page, size_t digest_size) {
  Der entry;
  for (const int byte : {0, page * 16, 0, 0}) entry.push_back(static_cast<uint8_t>(byte));
  for (size_t i = 0; i < digest_size; ++i) entry.push_back(page);
  return entry;
}

const Der kClass = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                    0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};
constexpr uint8_t kSha256Number = 2;

Der ImageData(const Der& table, uint8_t algorithm = kSha256Number, const Der& class_id = kClass) {
  const Der oid = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 3, algorithm};
  const Der serialized = Tlv(0x31, Tlv(0x30, Join({Tlv(0x06, oid), Tlv(0x31, Tlv(0x04, table))})));
  const Der object = Join({Tlv(0x04, class_id), Tlv(0x04, serialized)});
  return Tlv(0x30, Join({{0x03, 0x01, 0x00}, Tlv(0xA0, Tlv(0xA1, object))}));
}

TEST(PageHashes, AreReadInBothAlgorithms) {
  const auto pages = ParsePageHashes(ImageData(Join({Entry(0, 32), Entry(1, 32)})));
  ASSERT_TRUE(pages && pages->has_value()) << pages.error().message;
  EXPECT_EQ((*pages)->algorithm, DigestAlgorithm::kSha256);
  ASSERT_EQ((*pages)->pages.size(), 2U);
  EXPECT_EQ((*pages)->pages[1].offset, 0x1000U);
  EXPECT_EQ((*pages)->pages[1].digest, Der(32, 1));

  const auto sha1 = ParsePageHashes(ImageData(Entry(3, 20), 1));
  ASSERT_TRUE(sha1 && sha1->has_value());
  EXPECT_EQ((*sha1)->algorithm, DigestAlgorithm::kSha1);
  EXPECT_EQ((*sha1)->pages.at(0).digest, Der(20, 3));
}

TEST(PageHashes, AreNotInASignatureWithoutThem) {
  const Der url = Tlv(0x30, Join({{0x03, 0x01, 0x00}, Tlv(0xA0, Tlv(0xA2, Tlv(0x80, {})))}));
  const auto pages = ParsePageHashes(url);
  ASSERT_TRUE(pages);
  EXPECT_FALSE(pages->has_value());
  EXPECT_FALSE(ParsePageHashes(Tlv(0x30, {}))->has_value());
}

TEST(PageHashes, AreRefusedWhereTheyAreNotUnderstood) {
  const auto message = [](const Der& der) {
    const auto pages = ParsePageHashes(der);
    return pages ? std::string("read") : pages.error().message;
  };
  EXPECT_THAT(message(ImageData(Entry(0, 32), 3)), HasSubstr("unknown algorithm"));
  EXPECT_THAT(message(ImageData(Entry(0, 31))), HasSubstr("35 bytes, not entries of 36"));
  EXPECT_THAT(message(ImageData({}, 2, Der(16, 0))), HasSubstr("unknown class"));
  EXPECT_THAT(message({0x30, 0x80, 0x00, 0x00}), HasSubstr("a length in 0 bytes at offset 0"));
  EXPECT_THAT(message({}), HasSubstr("missing"));
  Der cut = ImageData(Entry(0, 32));
  cut.pop_back();
  EXPECT_NE(message(cut), "read");
}

}  // namespace
}  // namespace portcullis::authenticode
