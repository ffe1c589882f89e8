// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/page_hashes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "formats/authenticode/der.h"

namespace portcullis::authenticode {
namespace {

// The class of serialized page hashes: a6b586d5-b4a1-2466-ae05-a217da8e60d6.
constexpr std::array<uint8_t, 16> kPageHashClass = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                                    0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};
// 1.3.6.1.4.1.311.2.3.x without its last number: 1 for SHA-1, 2 for SHA-256.
constexpr std::array<uint8_t, 9> kPageHashOid = {0x2b, 0x06, 0x01, 0x04, 0x01,
                                                 0x82, 0x37, 0x02, 0x03};

constexpr std::string_view kFormat = "page hashes";

// The serialized data of the moniker; nullopt for another kind of link.
Result<std::optional<Bytes>> FindMoniker(Bytes image_data) {
  DerReader outer(image_data, kFormat);
  DerReader image(TRY(outer.Expect(kDerSequence, "SpcPeImageData")), kFormat);
  TRY(image.SkipIf(kDerBitString));  // the flags
  if (image.empty()) return std::nullopt;
  DerReader link(TRY(image.Expect(kDerContext0, "the link")), kFormat);
  const DerElement choice = TRY(link.Next());
  if (choice.tag != kDerContext1) return std::nullopt;
  DerReader object(choice.content, kFormat);
  const Bytes class_id = TRY(object.Expect(kDerOctetString, "the class"));
  if (!std::ranges::equal(class_id, kPageHashClass)) {
    return Fail(ErrorCode::kUnsupported, "page hashes: the moniker is of an unknown class");
  }
  return std::optional(TRY(object.Expect(kDerOctetString, "the serialized data")));
}

Result<DigestAlgorithm> AlgorithmOf(Bytes oid) {
  const bool is_known = oid.size() == kPageHashOid.size() + 1 &&
                        std::ranges::equal(oid.first(kPageHashOid.size()), kPageHashOid);
  if (is_known && oid.back() == 1) return DigestAlgorithm::kSha1;
  if (is_known && oid.back() == 2) return DigestAlgorithm::kSha256;
  return Fail(ErrorCode::kUnsupported, "page hashes: they are by an unknown algorithm");
}

Result<std::vector<PageHash>> ReadTable(Bytes table, size_t digest_size) {
  const size_t entry_size = sizeof(uint32_t) + digest_size;
  if (table.size() % entry_size != 0) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("page hashes: they take {} bytes, not entries of {}", table.size(),
                            entry_size));
  }
  std::vector<PageHash> pages;
  pages.reserve(table.size() / entry_size);
  ByteReader reader(table, kFormat);
  while (!reader.empty()) {
    const uint32_t offset = TRY(reader.Read<le32>());
    const Bytes digest = TRY(reader.ReadBytes(digest_size));
    pages.push_back({offset, {digest.begin(), digest.end()}});
  }
  return pages;
}

}  // namespace

Result<std::optional<PageHashes>> ParsePageHashes(Bytes image_data) {
  const std::optional<Bytes> moniker = TRY(FindMoniker(image_data));
  if (!moniker) return std::nullopt;
  DerReader set(*moniker, kFormat);
  DerReader attributes(TRY(set.Expect(kDerSet, "the attributes")), kFormat);
  DerReader attribute(TRY(attributes.Expect(kDerSequence, "an attribute")), kFormat);
  const Bytes oid = TRY(attribute.Expect(kDerOid, "its type"));
  DerReader values(TRY(attribute.Expect(kDerSet, "its values")), kFormat);
  const Bytes table = TRY(values.Expect(kDerOctetString, "the table"));
  PageHashes hashes;
  hashes.algorithm = TRY(AlgorithmOf(oid));
  const size_t digest_size = hashes.algorithm == DigestAlgorithm::kSha1 ? 20 : 32;
  hashes.pages = TRY(ReadTable(table, digest_size));
  return hashes;
}

}  // namespace portcullis::authenticode
