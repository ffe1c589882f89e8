// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/decompiler.h"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <utility>

#include "policy/applocker/descriptor/rule_shape.h"
#include "policy/applocker/limits.h"
#include "security/access_mask.h"
#include "security/ascii.h"
#include "security/sddl.h"

namespace portcullis::applocker {
namespace {

constexpr std::string_view kWhat = "security descriptor";
constexpr size_t kDaclOffsetField = 16;
constexpr Sid kAllApplicationPackages{15, {2, 1}};
constexpr Sid kAllRestrictedApplicationPackages{15, {2, 2}};
constexpr std::string_view kDescription =
    "Read from a security descriptor, which holds neither ids nor names.";

struct AceHeader {
  uint8_t type;
  uint8_t flags;
  le16 size;
};
struct AclHeader {
  uint8_t revision;
  uint8_t reserved;
  le16 size;
  le16 count;
  le16 reserved2;
};

Unexpected Refuse(std::string_view why) {
  return Fail(ErrorCode::kUnsupported, fmt::format("{}: {}", kWhat, why));
}

// Where the entries of the DACL begin; empty where there is none.
Result<std::vector<uint64_t>> AceOffsets(Bytes bytes) {
  ByteReader reader(bytes, kWhat);
  TRY_VOID(reader.Seek(kDaclOffsetField));
  const uint32_t dacl = TRY(reader.Read<le32>());
  if (dacl == 0) return std::vector<uint64_t>();
  TRY_VOID(reader.Seek(dacl));
  const auto header = TRY(reader.Read<AclHeader>());
  std::vector<uint64_t> offsets;
  for (uint16_t i = 0; i < header.count; ++i) {
    offsets.push_back(reader.offset());
    const auto ace = TRY(reader.Read<AceHeader>());
    TRY_VOID(reader.Skip(ace.size - sizeof(AceHeader)));
  }
  return offsets;
}

RuleId IdOf(uint64_t number) {
  RuleId id;
  for (size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return id;
}

std::string NameOf(const Condition& condition) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) return path->path;
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    return fmt::format("{}\\{}\\{}", publisher->publisher_name, publisher->product_name,
                       publisher->binary_name);
  }
  const auto& hashes = std::get<FileHashCondition>(condition).hashes;
  const FileDigest& digest = hashes.front().digest;
  std::string name = fmt::format("{} 0x{}", ToString(digest.type),
                                 HexUpper(Bytes(digest.bytes).first(digest.size())));
  if (hashes.size() > 1) name += fmt::format(" and {} more", hashes.size() - 1);
  return name;
}

// At most kMaxNameLength bytes, so as many characters at most.
std::string Shortened(std::string name) {
  if (name.size() <= kMaxNameLength) return name;
  constexpr std::string_view kEllipsis = "...";
  size_t end = kMaxNameLength - kEllipsis.size();
  while ((static_cast<uint8_t>(name[end]) & 0xC0) == 0x80) --end;
  name.resize(end);
  return name.append(kEllipsis);
}

bool IsForPackages(const Ace& ace) {
  return ace.type == AceType::kAllowed && ace.flags == 0 &&
         (ace.sid == kAllApplicationPackages || ace.sid == kAllRestrictedApplicationPackages);
}

bool IsDenial(AceType type) {
  return type == AceType::kDenied || type == AceType::kDeniedObject ||
         type == AceType::kDeniedCallback || type == AceType::kDeniedCallbackObject;
}
bool IsAllowance(AceType type) {
  return type == AceType::kAllowed || type == AceType::kAllowedObject ||
         type == AceType::kAllowedCallback || type == AceType::kAllowedCallbackObject;
}

Result<Rule> RuleFromAce(const Ace& ace, uint64_t id) {
  const auto no_rule = [](std::string why) {
    return Fail(ErrorCode::kUnsupported, std::move(why));
  };
  const bool is_deny = ace.type == AceType::kDeniedCallback;
  if (!is_deny && ace.type != AceType::kAllowedCallback) {
    return no_rule(
        fmt::format("of type 0x{:02x}, neither XA nor XD", static_cast<unsigned>(ace.type)));
  }
  if (ace.flags != 0) return no_rule(fmt::format("flags 0x{:02x}", ace.flags));
  if (ace.mask != access_rights::kFileGenericExecute) {
    return no_rule(fmt::format("rights 0x{:x}, not FX", ace.mask));
  }
  if (ace.condition() == nullptr) return no_rule("no condition");
  if (ace.sid.sub_authorities().empty()) return no_rule("a SID without a sub-authority");
  RuleShape shape = TRY(ShapeOf(*ace.condition()));
  Rule rule;
  rule.id = IdOf(id);
  rule.name = Shortened(NameOf(shape.condition));
  rule.description = kDescription;
  rule.user_or_group_sid = ace.sid;
  rule.action = is_deny ? Action::kDeny : Action::kAllow;
  rule.condition = std::move(shape.condition);
  rule.exceptions = std::move(shape.exceptions);
  return rule;
}

// Rules are tried deny before allow, and a collection without rules allows everything: a DACL that
// means anything else is none of rules.
Result<void> CheckDacl(const SecurityDescriptor& descriptor, const std::vector<uint64_t>& offsets) {
  if (!descriptor.Has(descriptor_control::kDaclPresent)) return Refuse("no DACL");
  if (!descriptor.dacl) return Refuse("a null DACL, which grants everything");
  const std::vector<Ace>& aces = descriptor.dacl->aces;
  if (aces.empty()) {
    return Refuse("a DACL without entries denies everything; a collection without rules does not");
  }
  bool has_allowance = false;
  for (size_t i = 0; i < aces.size(); ++i) {
    has_allowance = has_allowance || (IsAllowance(aces[i].type) && !IsForPackages(aces[i]));
    if (!has_allowance || !IsDenial(aces[i].type)) continue;
    return Refuse(
        fmt::format("entry {} at offset {} is a denial behind an allowance, which counts "
                    "less than a deny rule",
                    i, offsets.empty() ? 0 : offsets[i]));
  }
  return {};
}

Result<DecompiledDescriptor> Decompile(const SecurityDescriptor& descriptor,
                                       const std::vector<uint64_t>& offsets,
                                       const DecompileOptions& options) {
  TRY_VOID(CheckDacl(descriptor, offsets));
  const std::vector<Ace>& aces = descriptor.dacl->aces;
  DecompiledDescriptor result;
  for (size_t i = 0; i < aces.size(); ++i) {
    if (IsForPackages(aces[i])) {
      ++result.package_entries;
      continue;
    }
    auto rule = RuleFromAce(aces[i], options.first_id + result.rules.size());
    if (rule) {
      result.rules.push_back(*std::move(rule));
      result.rule_entries.push_back(i);
    } else {
      result.unread.push_back({i, offsets.empty() ? 0 : offsets[i], rule.error().message});
    }
  }
  return result;
}

// The only entry of a descriptor of one rule.
Result<Ace> OnlyAce(const SecurityDescriptor& descriptor) {
  TRY_VOID(CheckDacl(descriptor, {}));
  const std::vector<Ace>& aces = descriptor.dacl->aces;
  if (aces.size() == 1) return aces.front();
  return Refuse(fmt::format("{} entries where one rule should stand", aces.size()));
}

bool IsDescriptor(std::string_view text) {
  text = TrimAsciiSpace(text);
  return text.size() > 1 && text[1] == ':';
}

}  // namespace

Result<DecompiledDescriptor> DecompileDescriptor(Bytes self_relative,
                                                 const DecompileOptions& options) {
  const SecurityDescriptor descriptor = TRY(SecurityDescriptor::Parse(self_relative));
  return Decompile(descriptor, TRY(AceOffsets(self_relative)), options);
}

Result<DecompiledDescriptor> DecompileDescriptor(const SecurityDescriptor& descriptor,
                                                 const DecompileOptions& options) {
  return Decompile(descriptor, {}, options);
}

Result<Rule> RuleFromSddl(std::string_view text, const DecompileOptions& options) {
  const Ace ace = IsDescriptor(text)
                      ? TRY(OnlyAce(TRY(ParseSddl(text))))
                      : TRY(ParseSddlAce(text, well_known_sids::kAuthenticatedUsers));
  return RuleFromAce(ace, options.first_id);
}

}  // namespace portcullis::applocker
