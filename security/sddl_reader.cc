// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <utility>

#include "base/quote.h"
#include "security/access_mask.h"
#include "security/condition_text.h"
#include "security/sddl.h"
#include "security/sddl_flags.h"
#include "security/sid_text.h"
#include "security/text_cursor.h"

namespace portcullis {
namespace {

bool IsSection(std::string_view text) {
  return text.size() > 1 && std::string_view("OGDS").find(text[0]) != std::string_view::npos &&
         text[1] == ':';
}

class SddlReader {
 public:
  SddlReader(std::string_view text, const std::optional<Sid>& domain,
             std::optional<Sid> default_sid = std::nullopt)
      : cursor_(text, "SDDL"), domain_(domain), default_sid_(default_sid) {}

  Result<SecurityDescriptor> Read() {
    for (cursor_.SkipSpace(); !cursor_.AtEnd(); cursor_.SkipSpace()) TRY_VOID(ReadSection());
    return std::move(descriptor_);
  }

  Result<Ace> ReadAceAlone() {
    cursor_.SkipSpace();
    const bool is_in_parentheses = cursor_.Consume("(");
    Ace ace = TRY(ReadFields(AclKind::kDiscretionary));
    cursor_.SkipSpace();
    if (is_in_parentheses && !cursor_.Consume(")")) {
      return cursor_.Refuse("no ) at the end of an ACE");
    }
    cursor_.SkipSpace();
    if (!cursor_.AtEnd()) return cursor_.Refuse("something behind the ACE");
    return ace;
  }

 private:
  Result<void> ReadSection() {
    const size_t offset = cursor_.offset();
    if (!IsSection(cursor_.rest()))
      return cursor_.Refuse("no O:, G:, D: or S: where one should stand");
    const char section = cursor_.Peek();
    if (sections_.find(section) != std::string::npos) {
      return cursor_.Refuse(fmt::format("a second {}:", section));
    }
    sections_ += section;
    cursor_.Advance(2);
    if (section == 'O') return ReadSid(descriptor_.owner);
    if (section == 'G') return ReadSid(descriptor_.group);
    return ReadAcl(section == 'D' ? AclKind::kDiscretionary : AclKind::kSystem, offset);
  }

  // Reaches to the letter of the next section, which may look like a digit of the SID.
  Result<void> ReadSid(std::optional<Sid>& sid) {
    const size_t start = cursor_.offset();
    const std::string_view rest = cursor_.rest();
    const size_t colon = rest.find(':');
    size_t length = colon == std::string_view::npos ? rest.size() : colon;
    if (colon != std::string_view::npos && colon > 0) --length;
    cursor_.Advance(length);
    auto parsed = ParseSidText(TrimAsciiSpace(rest.substr(0, length)), domain_);
    if (!parsed) return cursor_.RefuseAt(start, parsed.error().message, parsed.error().code);
    sid = *parsed;
    return {};
  }

  void ReadAclFlags(AclKind kind) {
    for (bool again = true; again;) {
      again = false;
      cursor_.SkipSpace();
      if (IsSection(cursor_.rest())) return;
      for (const auto& flag : sddl::kAclFlags) {
        if (!cursor_.Consume(flag.name)) continue;
        descriptor_.control |= kind == AclKind::kDiscretionary ? flag.of_dacl : flag.of_sacl;
        again = true;
        break;
      }
    }
  }

  Result<void> ReadAcl(AclKind kind, size_t offset) {
    const bool is_dacl = kind == AclKind::kDiscretionary;
    descriptor_.control |=
        is_dacl ? descriptor_control::kDaclPresent : descriptor_control::kSaclPresent;
    ReadAclFlags(kind);
    if (cursor_.Consume(sddl::kNullAcl)) return {};
    Acl acl;
    for (cursor_.SkipSpace(); cursor_.Peek() == '('; cursor_.SkipSpace()) {
      if (acl.aces.size() == kMaxAces) {
        return cursor_.Refuse("too many ACEs", ErrorCode::kLimitExceeded);
      }
      acl.aces.push_back(TRY(ReadAce(kind)));
    }
    acl.revision = RevisionFor(acl.aces);
    std::string binary;
    if (const auto fits = acl.AppendBinary(binary); !fits) {
      return cursor_.RefuseAt(offset, fits.error().message, fits.error().code);
    }
    (is_dacl ? descriptor_.dacl : descriptor_.sacl) = std::move(acl);
    return {};
  }

  // The text up to the next semicolon, and the semicolon.
  Result<std::string_view> TakeField(std::string_view what) {
    const std::string_view field =
        cursor_.TakeWhile([](char c) { return c != ';' && c != '(' && c != ')'; });
    if (!cursor_.Consume(";"))
      return cursor_.Refuse(fmt::format("no ; after the {} of an ACE", what));
    return field;
  }

  Result<Ace> ReadAce(AclKind kind) {
    cursor_.Advance();
    Ace ace = TRY(ReadFields(kind));
    cursor_.SkipSpace();
    if (!cursor_.Consume(")")) return cursor_.Refuse("no ) at the end of an ACE");
    return ace;
  }

  Result<Ace> ReadFields(AclKind kind) {
    Ace ace;
    const AceTypeInfo& info = *TRY(ReadType(kind));
    ace.type = info.type;
    ace.flags = TRY(ReadAceFlags());
    ace.mask = TRY(ReadMask());
    ace.object_type = TRY(ReadGuid(info));
    ace.inherited_object_type = TRY(ReadGuid(info));
    ace.sid = TRY(ReadAceSid());
    if (info.data != AceDataKind::kNone) {
      if (!cursor_.Consume(";")) return cursor_.Refuse("no ; after the SID of an ACE");
      ace.data = TRY(ReadData(info.data));
    }
    return ace;
  }

  Result<AceData> ReadData(AceDataKind kind) {
    if (kind == AceDataKind::kCondition) return AceData(TRY(ReadCondition(cursor_, domain_)));
    return AceData(TRY(ReadResourceAttribute(cursor_, domain_)));
  }

  Result<const AceTypeInfo*> ReadType(AclKind kind) {
    const size_t offset = cursor_.offset();
    const std::string_view name = TrimAsciiSpace(TRY(TakeField("type")));
    const AceTypeInfo* const info = FindAceType(name);
    if (info == nullptr) {
      return cursor_.RefuseAt(offset, fmt::format("{} is not a type of an ACE", Quote(name)));
    }
    if (info->acl != kind) {
      return cursor_.RefuseAt(offset,
                              fmt::format("an ACE of type {} does not belong into a {}", info->name,
                                          kind == AclKind::kDiscretionary ? "DACL" : "SACL"));
    }
    return info;
  }

  Result<uint8_t> ReadAceFlags() {
    const size_t offset = cursor_.offset();
    std::string_view text = SkipAsciiSpace(TRY(TakeField("flags")));
    uint8_t flags = 0;
    while (!text.empty()) {
      uint8_t found = 0;
      for (const auto& [name, flag] : sddl::kAceFlags) {
        if (EqualsIgnoringCase(name, text.substr(0, 2))) found = flag;
      }
      if (found == 0) {
        return cursor_.RefuseAt(
            offset, fmt::format("{} does not begin with a flag of an ACE", Quote(text)));
      }
      flags |= found;
      text = SkipAsciiSpace(text.substr(2));
    }
    return flags;
  }

  Result<uint32_t> ReadMask() {
    const size_t offset = cursor_.offset();
    const auto mask = ParseAccessMask(TRY(TakeField("rights")));
    if (!mask) return cursor_.RefuseAt(offset, mask.error().message, mask.error().code);
    return mask;
  }

  Result<std::optional<Guid>> ReadGuid(const AceTypeInfo& info) {
    const size_t offset = cursor_.offset();
    const std::string_view text = SkipAsciiSpace(TRY(TakeField("GUID")));
    if (text.empty()) return std::nullopt;
    const auto guid = Guid::Parse(text);
    if (!guid) return cursor_.RefuseAt(offset, fmt::format("{} is not a GUID", Quote(text)));
    if (!info.has_guids) {
      return cursor_.RefuseAt(offset, fmt::format("an ACE of type {} has no GUID", info.name));
    }
    return guid;
  }

  Result<Sid> ReadAceSid() {
    const size_t offset = cursor_.offset();
    const std::string_view text =
        cursor_.TakeWhile([](char c) { return c != ';' && c != '(' && c != ')'; });
    if (default_sid_ && TrimAsciiSpace(text).empty()) return *default_sid_;
    const auto sid = ParseSidText(text, domain_);
    if (!sid) return cursor_.RefuseAt(offset, sid.error().message, sid.error().code);
    return *sid;
  }

  TextCursor cursor_;
  const std::optional<Sid>& domain_;
  std::optional<Sid> default_sid_;
  SecurityDescriptor descriptor_;
  std::string sections_;
};

Result<void> CheckSize(std::string_view text) {
  if (text.size() <= kMaxSddlSize) return {};
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("SDDL: {} bytes, allowed are {}", text.size(), kMaxSddlSize));
}

}  // namespace

Result<SecurityDescriptor> ParseSddl(std::string_view text, const std::optional<Sid>& domain) {
  TRY_VOID(CheckSize(text));
  return SddlReader(text, domain).Read();
}

Result<Ace> ParseSddlAce(std::string_view text, const std::optional<Sid>& default_sid) {
  TRY_VOID(CheckSize(text));
  const std::optional<Sid> no_domain;
  Ace ace = TRY(SddlReader(text, no_domain, default_sid).ReadAceAlone());
  std::string binary;
  TRY_VOID(ace.AppendBinary(binary));
  return ace;
}

}  // namespace portcullis
