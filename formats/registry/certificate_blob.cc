// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/certificate_blob.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/little_endian.h"

namespace portcullis::registry {
namespace {

constexpr std::string_view kWhat = "certificate blob";
constexpr uint32_t kAsnEncoding = 1;  // X509_ASN_ENCODING

constexpr std::array<uint32_t, 7> kDerived = {4, 15, 20, 24, 25, 28, 29};

struct RecordHead {
  le32 id;
  le32 encoding;
  le32 size;
};

Result<CertificateProperty> ReadProperty(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const auto head = TRY(reader.Read<RecordHead>());
  if (head.encoding != kAsnEncoding) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("{}: offset {}: encoding {} of property {}, where 1 is wanted", kWhat,
                            offset, head.encoding.value(), head.id.value()));
  }
  return CertificateProperty{head.id, TRY(reader.ReadBytes(head.size))};
}

}  // namespace

bool FollowsFromCertificate(uint32_t property) {
  return std::ranges::find(kDerived, property) != kDerived.end();
}

Result<std::vector<CertificateProperty>> ParseCertificateBlob(Bytes blob) {
  if (blob.size() > kMaxCertificateBlobBytes) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}: {} bytes, at most {} are allowed", kWhat, blob.size(),
                            kMaxCertificateBlobBytes));
  }
  ByteReader reader(blob, kWhat);
  std::vector<CertificateProperty> properties;
  while (!reader.empty()) {
    if (properties.size() == kMaxCertificateProperties) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("{}: more than {} properties", kWhat, kMaxCertificateProperties));
    }
    const CertificateProperty property = TRY(ReadProperty(reader));
    if (std::ranges::count(properties, property.id, &CertificateProperty::id) > 0) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("{}: property {} stands in it twice", kWhat, property.id));
    }
    properties.push_back(property);
  }
  return properties;
}

std::vector<uint8_t> BuildCertificateBlob(std::span<const CertificateProperty> properties) {
  std::string blob;
  for (const CertificateProperty& property : properties) {
    AppendLe32(blob, property.id);
    AppendLe32(blob, kAsnEncoding);
    AppendLe32(blob, static_cast<uint32_t>(property.data.size()));
    blob += AsText(property.data);
  }
  return {blob.begin(), blob.end()};
}

}  // namespace portcullis::registry
