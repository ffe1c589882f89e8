// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "security/access_mask.h"
#include "security/condition_text.h"
#include "security/sddl.h"
#include "security/sddl_flags.h"
#include "security/sid_text.h"

namespace portcullis {
namespace {

std::string FormatAceFlags(uint8_t flags) {
  std::string text;
  for (const auto& [name, flag] : sddl::kAceFlags) {
    if ((flags & flag) != 0) text += name;
  }
  return text;
}

Result<std::string> FormatData(const AceData& data, const std::optional<Sid>& domain) {
  if (const auto* condition = std::get_if<ConditionalExpression>(&data)) {
    return fmt::format(";{}", TRY(FormatCondition(*condition, domain)));
  }
  if (const auto* attribute = std::get_if<ResourceAttribute>(&data)) {
    return fmt::format(";{}", TRY(FormatResourceAttribute(*attribute, domain)));
  }
  if (std::holds_alternative<OpaqueData>(data)) {
    return Fail(ErrorCode::kUnsupported,
                "SDDL has no form for a callback ACE whose data is not a condition");
  }
  return std::string();
}

Result<std::string> FormatAcl(const SecurityDescriptor& descriptor, AclKind kind,
                              const std::optional<Sid>& domain) {
  const bool is_dacl = kind == AclKind::kDiscretionary;
  const bool is_present =
      descriptor.Has(is_dacl ? descriptor_control::kDaclPresent : descriptor_control::kSaclPresent);
  if (!is_present) return std::string();
  std::string text = is_dacl ? "D:" : "S:";
  for (const auto& flag : sddl::kAclFlags) {
    if (descriptor.Has(is_dacl ? flag.of_dacl : flag.of_sacl)) text += flag.name;
  }
  const std::optional<Acl>& acl = is_dacl ? descriptor.dacl : descriptor.sacl;
  if (!acl) return text + std::string(sddl::kNullAcl);
  for (const Ace& ace : acl->aces) {
    const AceTypeInfo* const info = FindAceType(ace.type);
    if (info != nullptr && info->acl != kind) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("SDDL has no form for an ACE of type 0x{:02x} in a {}",
                              static_cast<unsigned>(ace.type), is_dacl ? "DACL" : "SACL"));
    }
    text += TRY(FormatAce(ace, domain));
  }
  return text;
}

}  // namespace

Result<std::string> FormatAce(const Ace& ace, const std::optional<Sid>& domain) {
  const AceTypeInfo* const info = FindAceType(ace.type);
  if (info == nullptr || info->name.empty()) {
    return Fail(ErrorCode::kUnsupported, fmt::format("SDDL has no form for an ACE of type 0x{:02x}",
                                                     static_cast<unsigned>(ace.type)));
  }
  const auto guid = [](const std::optional<Guid>& id) { return id ? id->ToString() : ""; };
  const RightsOf rights =
      ace.type == AceType::kMandatoryLabel ? RightsOf::kMandatoryLabel : RightsOf::kObject;
  return fmt::format("({};{};{};{};{};{}{})", info->name, FormatAceFlags(ace.flags),
                     FormatAccessMask(ace.mask, rights), guid(ace.object_type),
                     guid(ace.inherited_object_type), FormatSidText(ace.sid, domain),
                     TRY(FormatData(ace.data, domain)));
}

Result<std::string> FormatSddl(const SecurityDescriptor& descriptor,
                               const std::optional<Sid>& domain) {
  std::string text;
  if (descriptor.owner) text += fmt::format("O:{}", FormatSidText(*descriptor.owner, domain));
  if (descriptor.group) text += fmt::format("G:{}", FormatSidText(*descriptor.group, domain));
  text += TRY(FormatAcl(descriptor, AclKind::kDiscretionary, domain));
  text += TRY(FormatAcl(descriptor, AclKind::kSystem, domain));
  return text;
}

}  // namespace portcullis
