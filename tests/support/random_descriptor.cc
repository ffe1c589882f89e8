// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_descriptor.h"

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::testing {
namespace {

constexpr auto kAceTypes = std::to_array<AceType>({
    AceType::kAllowed,
    AceType::kDenied,
    AceType::kAllowedObject,
    AceType::kDeniedObject,
    AceType::kAllowedCallback,
    AceType::kDeniedCallback,
    AceType::kAllowedCallbackObject,
    AceType::kAudit,
    AceType::kAlarm,
    AceType::kAuditObject,
    AceType::kAlarmObject,
    AceType::kAuditCallback,
    AceType::kMandatoryLabel,
    AceType::kResourceAttribute,
    AceType::kScopedPolicy,
    AceType::kTrustLabel,
    AceType::kAccessFilter,
});
constexpr auto kAttributeTypes = std::to_array<AttributeType>(
    {AttributeType::kInteger, AttributeType::kUnsigned, AttributeType::kString, AttributeType::kSid,
     AttributeType::kBoolean, AttributeType::kOctets});
constexpr auto kTexts = std::to_array<std::string_view>(
    {"", "a", "APPID://PATH", "%WINDIR%\\*", "Exists", "member_of", "S-1-1-0", "B\xC3\xBCro", "5",
     "x y(z)=&|!<>%", "\xF0\x9F\x94\x91key", "{#'}", "O:BA", "#00"});

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  SecurityDescriptor Descriptor() {
    SecurityDescriptor descriptor;
    if (Chance(2)) descriptor.owner = AnySid();
    if (Chance(2)) descriptor.group = AnySid();
    for (const AclKind kind : {AclKind::kDiscretionary, AclKind::kSystem}) {
      if (Chance(3)) continue;
      const bool is_dacl = kind == AclKind::kDiscretionary;
      descriptor.control |=
          is_dacl ? descriptor_control::kDaclPresent : descriptor_control::kSaclPresent;
      descriptor.control |=
          static_cast<uint16_t>((is_dacl ? 0x1500U : 0x2A00U) & static_cast<unsigned>(random_()));
      if (Chance(8)) continue;
      (is_dacl ? descriptor.dacl : descriptor.sacl) = AnyAcl(kind);
    }
    return descriptor;
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool Chance(uint64_t one_in) { return Below(one_in) == 0; }
  template <typename List>
  auto Pick(const List& list) {
    return list[Below(list.size())];
  }

  Sid AnySid() {
    if (Chance(3)) return Pick(std::array{Sid{1, {0}}, Sid{5, {18}}, Sid{5, {32, 544}}});
    Sid sid(Chance(4) ? random_() : Below(30), {static_cast<uint32_t>(random_())});
    for (uint64_t more = Below(Sid::kMaxSubAuthorities); more > 0; --more) {
      sid = sid.Child(static_cast<uint32_t>(Below(1U << Below(32)))).value();
    }
    return sid;
  }

  std::string Text() { return std::string(Pick(kTexts)); }
  std::string Name() {
    std::string name = Text();
    return name.empty() ? "n" : name;
  }
  std::string Octets() {
    std::string bytes;
    for (uint64_t count = Below(6); count > 0; --count) {
      bytes.push_back(static_cast<char>(random_()));
    }
    return bytes;
  }

  ConditionInteger Integer() {
    ConditionInteger integer;
    integer.sign = static_cast<IntegerSign>(1 + Below(3));
    integer.base = static_cast<IntegerBase>(1 + Below(3));
    const uint64_t magnitude = random_() >> Below(64);
    integer.value = static_cast<int64_t>(integer.sign == IntegerSign::kMinus ? 0 - (magnitude >> 1)
                                                                             : magnitude);
    return integer;
  }

  ConditionScalar Scalar() {
    switch (Below(4)) {
      case 0:
        return Integer();
      case 1:
        return ConditionString{Text()};
      case 2:
        return ConditionOctets{Octets()};
      default:
        return AnySid();
    }
  }

  ConditionNode Literal() {
    if (Chance(3)) {
      ConditionComposite composite;
      for (uint64_t count = Below(4); count > 0; --count) composite.members.push_back(Scalar());
      return composite;
    }
    return std::visit([](auto value) { return ConditionNode(std::move(value)); }, Scalar());
  }

  ConditionAttribute Attribute(bool may_be_local) {
    const auto first = may_be_local ? 0xF8U : 0xF9U;
    return {static_cast<AttributeSource>(first + Below(0xFC - first)), Name()};
  }

  void AddCondition(std::vector<ConditionNode>& nodes, uint64_t depth) {
    const auto op = *FindOperator(
        static_cast<uint8_t>(depth == 0 || Chance(3) ? 0x80 + Below(0x14) : 0xA0 + Below(3)));
    switch (KindOf(op)) {
      case OperatorKind::kLogical:
        AddCondition(nodes, depth - 1);
        AddCondition(nodes, depth - 1);
        break;
      case OperatorKind::kNot:
        AddCondition(nodes, depth - 1);
        break;
      case OperatorKind::kMembership:
        nodes.push_back(Literal());
        break;
      case OperatorKind::kExistence:
        nodes.emplace_back(Attribute(true));
        if (Chance(2)) return;  // an attribute alone
        break;
      case OperatorKind::kRelational:
        nodes.emplace_back(Attribute(true));
        nodes.push_back(Chance(3) ? ConditionNode(Attribute(false)) : Literal());
        break;
    }
    nodes.emplace_back(op);
  }

  ConditionalExpression Condition() {
    std::vector<ConditionNode> nodes;
    AddCondition(nodes, Below(5));
    return ConditionalExpression::Create(std::move(nodes)).value();
  }

  ConditionScalar Value(AttributeType type) {
    ConditionInteger integer;
    integer.value = static_cast<int64_t>(random_() >> Below(64));
    switch (type) {
      case AttributeType::kString:
        return ConditionString{Text()};
      case AttributeType::kSid:
        return AnySid();
      case AttributeType::kOctets:
        return ConditionOctets{Octets()};
      case AttributeType::kBoolean:
        integer.value &= 1;
        return integer;
      case AttributeType::kInteger:
        if (integer.value < 0) integer.sign = IntegerSign::kMinus;
        return integer;
      case AttributeType::kUnsigned:
        break;
    }
    return integer;
  }

  ResourceAttribute AnyResourceAttribute() {
    ResourceAttribute attribute{
        Name(), Pick(kAttributeTypes), static_cast<uint32_t>(Below(32)), {}};
    for (uint64_t count = Below(4); count > 0; --count) {
      attribute.values.push_back(Value(attribute.type));
    }
    return attribute;
  }

  std::optional<Guid> AnyGuid() {
    if (Chance(2)) return std::nullopt;
    Guid guid;
    for (uint8_t& byte : guid.bytes) byte = static_cast<uint8_t>(random_());
    return guid;
  }

  Ace AnyAce(AclKind kind) {
    Ace ace;
    do {
      ace.type = Pick(kAceTypes);
    } while (FindAceType(ace.type)->acl != kind);
    ace.flags = static_cast<uint8_t>(Chance(2) ? 0 : random_());
    ace.mask = static_cast<uint32_t>(Chance(2) ? random_() : 1U << Below(32));
    ace.sid = AnySid();
    const AceTypeInfo& info = *FindAceType(ace.type);
    if (info.has_guids) {
      ace.object_type = AnyGuid();
      ace.inherited_object_type = AnyGuid();
    }
    if (info.data == AceDataKind::kCondition) ace.data = Condition();
    if (info.data == AceDataKind::kAttribute) ace.data = AnyResourceAttribute();
    return ace;
  }

  Acl AnyAcl(AclKind kind) {
    Acl acl;
    for (uint64_t count = Below(5); count > 0; --count) acl.aces.push_back(AnyAce(kind));
    acl.revision = RevisionFor(acl.aces);
    return acl;
  }

  std::mt19937_64 random_;
};

}  // namespace

SecurityDescriptor RandomDescriptor(uint64_t seed) { return Maker(seed).Descriptor(); }

}  // namespace portcullis::testing
