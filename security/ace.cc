// SPDX-License-Identifier: Apache-2.0
#include "security/ace.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/little_endian.h"
#include "security/ascii.h"
#include "security/condition_binary.h"

namespace portcullis {
namespace {

constexpr std::string_view kWhat = "ACE";
constexpr uint32_t kObjectTypePresent = 1;
constexpr uint32_t kInheritedObjectTypePresent = 2;

struct Header {
  uint8_t type;
  uint8_t flags;
  le16 size;
};

using Type = AceType;
constexpr auto kPlain = AceDataKind::kNone;
constexpr auto kCallback = AceDataKind::kCondition;
constexpr auto kDacl = AclKind::kDiscretionary;
constexpr auto kSacl = AclKind::kSystem;
constexpr auto kTypes = std::to_array<AceTypeInfo>({
    {Type::kAllowed, "A", false, kPlain, kDacl},
    {Type::kDenied, "D", false, kPlain, kDacl},
    {Type::kAudit, "AU", false, kPlain, kSacl},
    {Type::kAlarm, "AL", false, kPlain, kSacl},
    {Type::kAllowedObject, "OA", true, kPlain, kDacl},
    {Type::kDeniedObject, "OD", true, kPlain, kDacl},
    {Type::kAuditObject, "OU", true, kPlain, kSacl},
    {Type::kAlarmObject, "OL", true, kPlain, kSacl},
    {Type::kAllowedCallback, "XA", false, kCallback, kDacl},
    {Type::kDeniedCallback, "XD", false, kCallback, kDacl},
    {Type::kAllowedCallbackObject, "ZA", true, kCallback, kDacl},
    {Type::kDeniedCallbackObject, "", true, kCallback, kDacl},
    {Type::kAuditCallback, "XU", false, kCallback, kSacl},
    {Type::kAlarmCallback, "", false, kCallback, kSacl},
    {Type::kAuditCallbackObject, "", true, kCallback, kSacl},
    {Type::kAlarmCallbackObject, "", true, kCallback, kSacl},
    {Type::kMandatoryLabel, "ML", false, kPlain, kSacl},
    {Type::kResourceAttribute, "RA", false, AceDataKind::kAttribute, kSacl},
    {Type::kScopedPolicy, "SP", false, kPlain, kSacl},
    {Type::kTrustLabel, "TL", false, kPlain, kSacl},
    {Type::kAccessFilter, "FL", false, kCallback, kSacl},
});

Unexpected Refuse(uint64_t offset, std::string_view why) {
  return Fail(ErrorCode::kMalformed, fmt::format("{} at offset {}: {}", kWhat, offset, why));
}

Result<void> ReadGuids(ByteReader& body, Ace& ace) {
  const uint64_t offset = body.offset();
  const uint32_t present = TRY(body.Read<le32>());
  if ((present & ~(kObjectTypePresent | kInheritedObjectTypePresent)) != 0) {
    return Refuse(offset, fmt::format("object flags 0x{:x} are unknown", present));
  }
  if ((present & kObjectTypePresent) != 0) ace.object_type = TRY(body.Read<Guid>());
  if ((present & kInheritedObjectTypePresent) != 0) {
    ace.inherited_object_type = TRY(body.Read<Guid>());
  }
  return {};
}

Result<AceData> ReadData(ByteReader& body, AceDataKind kind) {
  const uint64_t offset = body.offset();
  const Bytes rest = TRY(body.ReadBytes(body.remaining()));
  switch (kind) {
    case AceDataKind::kNone:
      if (rest.empty()) return AceData();
      return Refuse(offset, fmt::format("{} bytes behind the SID", rest.size()));
    case AceDataKind::kCondition:
      if (!IsCondition(rest)) return AceData(OpaqueData{std::string(AsText(rest))});
      return AceData(TRY(ParseCondition(rest, offset)));
    case AceDataKind::kAttribute:
      break;
  }
  return AceData(TRY(ParseResourceAttribute(rest, offset)));
}

std::string SerializeData(const AceData& data) {
  if (const auto* condition = std::get_if<ConditionalExpression>(&data)) {
    return SerializeCondition(*condition);
  }
  if (const auto* attribute = std::get_if<ResourceAttribute>(&data)) {
    return SerializeResourceAttribute(*attribute);
  }
  const auto* const opaque = std::get_if<OpaqueData>(&data);
  return opaque != nullptr ? opaque->bytes : std::string();
}

void AppendGuids(std::string& bytes, const Ace& ace) {
  AppendLe32(bytes, (ace.object_type ? kObjectTypePresent : 0) |
                        (ace.inherited_object_type ? kInheritedObjectTypePresent : 0));
  if (ace.object_type) bytes += AsText(ace.object_type->bytes);
  if (ace.inherited_object_type) bytes += AsText(ace.inherited_object_type->bytes);
}

}  // namespace

const AceTypeInfo* FindAceType(AceType type) {
  const auto* const found = std::ranges::find(kTypes, type, &AceTypeInfo::type);
  return found == kTypes.end() ? nullptr : found;
}

const AceTypeInfo* FindAceType(std::string_view sddl_name) {
  const auto* const found = std::ranges::find_if(kTypes, [&](const AceTypeInfo& info) {
    return !info.name.empty() && EqualsIgnoringCase(info.name, sddl_name);
  });
  return found == kTypes.end() ? nullptr : found;
}

Result<Ace> Ace::Read(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const auto header = TRY(reader.Read<Header>());
  if (header.size < sizeof(Header) || header.size % 4 != 0) {
    return Refuse(offset, fmt::format("a size of {}", header.size.value()));
  }
  const size_t body_size = header.size - sizeof(Header);
  if (body_size > reader.remaining()) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("{} at offset {}: a size of {} where {} bytes are left", kWhat, offset,
                            header.size.value(), reader.remaining() + sizeof(Header)));
  }
  ByteReader body(TRY(reader.ReadBytes(body_size)), kWhat, offset + sizeof(Header));
  Ace ace;
  ace.type = static_cast<AceType>(header.type);
  ace.flags = header.flags;
  const AceTypeInfo* const info = FindAceType(ace.type);
  if (info == nullptr) {
    ace.data = OpaqueData{std::string(AsText(TRY(body.ReadBytes(body_size))))};
    return ace;
  }
  ace.mask = TRY(body.Read<le32>());
  if (info->has_guids) TRY_VOID(ReadGuids(body, ace));
  ace.sid = TRY(Sid::Read(body));
  ace.data = TRY(ReadData(body, info->data));
  return ace;
}

Result<void> Ace::AppendBinary(std::string& bytes) const {
  std::string body;
  if (const AceTypeInfo* const info = FindAceType(type)) {
    AppendLe32(body, mask);
    if (info->has_guids) AppendGuids(body, *this);
    sid.AppendBinary(body);
  }
  body += SerializeData(data);
  body.append((4 - body.size() % 4) % 4, '\0');
  if (body.size() + sizeof(Header) > kMaxAceSize) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("an ACE of {} bytes, allowed are {}",
                                                       body.size() + sizeof(Header), kMaxAceSize));
  }
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  AppendLe16(bytes, static_cast<uint16_t>(body.size() + sizeof(Header)));
  bytes += body;
  return {};
}

}  // namespace portcullis
