// SPDX-License-Identifier: Apache-2.0
#include "security/acl.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/little_endian.h"

namespace portcullis {
namespace {

constexpr std::string_view kWhat = "ACL";

struct Header {
  uint8_t revision;
  uint8_t reserved;
  le16 size;
  le16 count;
  le16 reserved2;
};

Unexpected Refuse(uint64_t offset, std::string_view why, ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, fmt::format("{} at offset {}: {}", kWhat, offset, why));
}

}  // namespace

uint8_t RevisionFor(const std::vector<Ace>& aces) {
  const bool has_guids = std::ranges::any_of(aces, [](const Ace& ace) {
    const AceTypeInfo* const info = FindAceType(ace.type);
    return info != nullptr && info->has_guids;
  });
  return has_guids ? Acl::kObjectRevision : Acl::kRevision;
}

Result<Acl> Acl::Read(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const auto header = TRY(reader.Read<Header>());
  if (header.revision != kRevision && header.revision != kObjectRevision) {
    return Refuse(offset, fmt::format("revision {}, neither 2 nor 4", header.revision));
  }
  if (header.size < sizeof(Header) || header.size - sizeof(Header) > reader.remaining()) {
    return Refuse(offset,
                  fmt::format("a size of {} where {} bytes are left", header.size.value(),
                              reader.remaining() + sizeof(Header)),
                  ErrorCode::kTruncated);
  }
  ByteReader body(TRY(reader.ReadBytes(header.size - sizeof(Header))), kWhat,
                  offset + sizeof(Header));
  Acl acl;
  acl.revision = header.revision;
  for (uint16_t i = 0; i < header.count; ++i) acl.aces.push_back(TRY(Ace::Read(body)));
  const uint64_t end = body.offset();
  const Bytes rest = TRY(body.ReadBytes(body.remaining()));
  if (std::ranges::any_of(rest, [](uint8_t byte) { return byte != 0; })) {
    return Refuse(end, "bytes behind the last ACE");
  }
  return acl;
}

Result<void> Acl::AppendBinary(std::string& bytes) const {
  std::string body;
  for (const Ace& ace : aces) {
    TRY_VOID(ace.AppendBinary(body));
    if (body.size() + sizeof(Header) > kMaxAclSize) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("an ACL of more than {} bytes", kMaxAclSize));
    }
  }
  bytes.push_back(static_cast<char>(revision));
  bytes.push_back('\0');
  AppendLe16(bytes, static_cast<uint16_t>(body.size() + sizeof(Header)));
  AppendLe16(bytes, static_cast<uint16_t>(aces.size()));
  AppendLe16(bytes, 0);
  bytes += body;
  return {};
}

}  // namespace portcullis
