// SPDX-License-Identifier: Apache-2.0
#include "security/security_descriptor.h"

#include <fmt/core.h>

#include "base/little_endian.h"

namespace portcullis {
namespace {

namespace control_bits = descriptor_control;
constexpr std::string_view kWhat = "security descriptor";

struct Head {
  uint8_t revision;
  uint8_t resource_manager_control;
  le16 control;
  le32 owner;
  le32 group;
  le32 sacl;
  le32 dacl;
};

Unexpected Refuse(std::string_view why, ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, fmt::format("{}: {}", kWhat, why));
}

Result<ByteReader> ReaderAt(Bytes bytes, uint32_t offset, std::string_view part) {
  if (offset < sizeof(Head)) {
    return Refuse(fmt::format("the {} at offset {} would be in the header", part, offset));
  }
  if (offset > bytes.size()) {
    return Refuse(
        fmt::format("the {} at offset {} is past the end at {}", part, offset, bytes.size()),
        ErrorCode::kTruncated);
  }
  return ByteReader(bytes.subspan(offset), kWhat, offset);
}

Result<std::optional<Sid>> ReadSid(Bytes bytes, uint32_t offset, std::string_view part) {
  if (offset == 0) return std::nullopt;
  auto reader = TRY(ReaderAt(bytes, offset, part));
  return TRY(Sid::Read(reader));
}

Result<std::optional<Acl>> ReadAcl(Bytes bytes, uint32_t offset, bool is_present,
                                   std::string_view part) {
  if (offset == 0) return std::nullopt;
  if (!is_present) {
    return Refuse(fmt::format("an offset of a {} without the flag for one", part));
  }
  if (offset % 4 != 0) {
    return Refuse(fmt::format("the {} at offset {} is not aligned", part, offset));
  }
  auto reader = TRY(ReaderAt(bytes, offset, part));
  return TRY(Acl::Read(reader));
}

}  // namespace

Result<SecurityDescriptor> SecurityDescriptor::Parse(Bytes bytes) {
  if (bytes.size() > kMaxSecurityDescriptorSize) {
    return Refuse(fmt::format("{} bytes, allowed are {}", bytes.size(), kMaxSecurityDescriptorSize),
                  ErrorCode::kLimitExceeded);
  }
  ByteReader reader(bytes, kWhat);
  const auto head = TRY(reader.Read<Head>());
  if (head.revision != 1) return Refuse(fmt::format("revision {}, not 1", head.revision));
  SecurityDescriptor descriptor;
  descriptor.control = head.control;
  descriptor.resource_manager_control = head.resource_manager_control;
  if (!descriptor.Has(control_bits::kSelfRelative)) return Refuse("not self-relative");
  descriptor.owner = TRY(ReadSid(bytes, head.owner, "owner"));
  descriptor.group = TRY(ReadSid(bytes, head.group, "group"));
  descriptor.sacl =
      TRY(ReadAcl(bytes, head.sacl, descriptor.Has(control_bits::kSaclPresent), "SACL"));
  descriptor.dacl =
      TRY(ReadAcl(bytes, head.dacl, descriptor.Has(control_bits::kDaclPresent), "DACL"));
  return descriptor;
}

Result<std::string> SecurityDescriptor::Serialize() const {
  std::string body;
  const auto next_offset = [&] { return static_cast<uint32_t>(sizeof(Head) + body.size()); };
  const auto append_acl = [&](const std::optional<Acl>& acl) -> Result<uint32_t> {
    if (!acl) return 0;
    const uint32_t offset = next_offset();
    TRY_VOID(acl->AppendBinary(body));
    return offset;
  };
  const auto append_sid = [&](const std::optional<Sid>& sid) -> uint32_t {
    if (!sid) return 0;
    const uint32_t offset = next_offset();
    sid->AppendBinary(body);
    return offset;
  };
  const uint32_t sacl_offset = TRY(append_acl(sacl));
  const uint32_t dacl_offset = TRY(append_acl(dacl));
  const uint32_t owner_offset = append_sid(owner);
  const uint32_t group_offset = append_sid(group);
  std::string head(1, '\1');
  head.push_back(static_cast<char>(resource_manager_control));
  AppendLe16(head, control);
  for (const uint32_t offset : {owner_offset, group_offset, sacl_offset, dacl_offset}) {
    AppendLe32(head, offset);
  }
  return head + body;
}

}  // namespace portcullis
