// SPDX-License-Identifier: Apache-2.0
#include "security/access_check.h"

#include <algorithm>

#include "security/access_mask.h"

namespace portcullis {
namespace {

constexpr Sid kOwnerRights{3, {4}};

std::optional<AceEffect> EffectOf(AceType type) {
  switch (type) {
    case AceType::kAllowed:
    case AceType::kAllowedObject:
    case AceType::kAllowedCallback:
    case AceType::kAllowedCallbackObject:
      return AceEffect::kAllow;
    case AceType::kDenied:
    case AceType::kDeniedObject:
    case AceType::kDeniedCallback:
    case AceType::kDeniedCallbackObject:
      return AceEffect::kDeny;
    default:
      return std::nullopt;
  }
}

// One walk over a DACL, for the token's SIDs or for its restricted ones.
class Walk {
 public:
  Walk(const SecurityDescriptor& descriptor, const CheckToken& token,
       const std::vector<ResourceAttribute>& attributes, const SpecialAttributes* special,
       const std::vector<Sid>* restricted)
      : descriptor_(descriptor),
        token_(token),
        attributes_(attributes),
        special_(special),
        restricted_(restricted) {}

  AccessCheckResult Run(uint32_t desired, std::vector<AceStep>* steps) {
    const std::vector<Ace>& aces = descriptor_.dacl->aces;
    remaining_ = desired;
    if (IsOwner() && !HasOwnerRightsAce()) {
      remaining_ &= ~(access_rights::kReadControl | access_rights::kWriteDac);
    }
    if (steps != nullptr) steps->resize(aces.size());
    AccessCheckResult result{remaining_ == 0, std::nullopt};
    for (size_t i = 0; i < aces.size() && remaining_ != 0; ++i) {
      AceStep step = Ask(aces[i], steps != nullptr);
      const AceOutcome outcome = step.outcome;
      if (steps != nullptr) (*steps)[i] = std::move(step);
      if (outcome == AceOutcome::kDenied) return {false, i};
      if (outcome == AceOutcome::kAllowed && remaining_ == 0) result = {true, i};
    }
    return result;
  }

 private:
  bool HasTheSid(const Sid& sid, AceEffect effect) const {
    if (restricted_ == nullptr) return HasSid(token_.subject, sid, effect);
    return std::ranges::find(*restricted_, sid) != restricted_->end();
  }
  bool IsOwner() const {
    return descriptor_.owner && HasTheSid(*descriptor_.owner, AceEffect::kAllow);
  }
  bool HasOwnerRightsAce() const {
    return std::ranges::any_of(descriptor_.dacl->aces, [](const Ace& ace) {
      return ace.sid == kOwnerRights && EffectOf(ace.type).has_value() &&
             (ace.flags & ace_flags::kInheritOnly) == 0;
    });
  }
  bool IsMeant(const Sid& sid, AceEffect effect) const {
    return sid == kOwnerRights ? IsOwner() : HasTheSid(sid, effect);
  }

  AceStep Ask(const Ace& ace, bool is_traced) {
    AceStep step;
    const auto effect = EffectOf(ace.type);
    // No entry gives what a privilege gives.
    const uint32_t rights = ace.mask & ~access_rights::kSystemSecurity & remaining_;
    if (!effect) {
      step.outcome = AceOutcome::kNoAccess;
    } else if ((ace.flags & ace_flags::kInheritOnly) != 0) {
      step.outcome = AceOutcome::kInheritOnly;
    } else if (!IsMeant(ace.sid, *effect)) {
      step.outcome = AceOutcome::kOtherSid;
    } else if (rights == 0) {
      step.outcome = AceOutcome::kOtherRights;
    } else if (ace.object_type && *effect == AceEffect::kAllow) {
      step.outcome = AceOutcome::kOtherObject;
    } else {
      step.condition = ConditionOf(ace, *effect, is_traced ? &step.sub_expressions : nullptr);
      step.outcome = Apply(*effect, step.condition.value_or(Truth::kTrue), rights);
    }
    return step;
  }

  // Nothing for an entry without a condition; unknown for a callback that is not one.
  std::optional<Truth> ConditionOf(const Ace& ace, AceEffect effect,
                                   std::vector<ConditionStep>* steps) const {
    const AceTypeInfo* const info = FindAceType(ace.type);
    if (info == nullptr || info->data != AceDataKind::kCondition) return std::nullopt;
    if (ace.condition() == nullptr) return Truth::kUnknown;
    return EvaluateCondition(*ace.condition(), {token_, attributes_, effect, special_}, steps);
  }

  AceOutcome Apply(AceEffect effect, Truth condition, uint32_t rights) {
    if (effect == AceEffect::kDeny) {
      return condition == Truth::kFalse ? AceOutcome::kConditionFails : AceOutcome::kDenied;
    }
    if (condition != Truth::kTrue) return AceOutcome::kConditionFails;
    remaining_ &= ~rights;
    return AceOutcome::kAllowed;
  }

  const SecurityDescriptor& descriptor_;
  const CheckToken& token_;
  const std::vector<ResourceAttribute>& attributes_;
  const SpecialAttributes* special_;
  const std::vector<Sid>* restricted_;
  uint32_t remaining_ = 0;
};

}  // namespace

std::string_view ToString(AceOutcome outcome) {
  switch (outcome) {
    case AceOutcome::kNotAsked:
      return "not asked";
    case AceOutcome::kInheritOnly:
      return "inherit only";
    case AceOutcome::kOtherSid:
      return "other SID";
    case AceOutcome::kOtherRights:
      return "other rights";
    case AceOutcome::kOtherObject:
      return "other object";
    case AceOutcome::kConditionFails:
      return "condition fails";
    case AceOutcome::kNoAccess:
      return "no access";
    case AceOutcome::kAllowed:
      return "allowed";
    case AceOutcome::kDenied:
      break;
  }
  return "denied";
}

std::vector<ResourceAttribute> ResourceAttributesOf(const SecurityDescriptor& descriptor) {
  std::vector<ResourceAttribute> attributes;
  if (!descriptor.sacl) return attributes;
  for (const Ace& ace : descriptor.sacl->aces) {
    const auto* const attribute = std::get_if<ResourceAttribute>(&ace.data);
    const bool is_inherit_only = (ace.flags & ace_flags::kInheritOnly) != 0;
    if (attribute != nullptr && !is_inherit_only) attributes.push_back(*attribute);
  }
  return attributes;
}

AccessCheckResult CheckAccess(const SecurityDescriptor& descriptor, const CheckToken& token,
                              uint32_t desired_access, AccessCheckTrace* trace,
                              const SpecialAttributes* special) {
  if (desired_access == 0 || !descriptor.Has(descriptor_control::kDaclPresent)) return {};
  if (!descriptor.dacl) {
    return {(desired_access & access_rights::kSystemSecurity) == 0, std::nullopt};
  }
  const auto attributes = ResourceAttributesOf(descriptor);
  const AccessCheckResult result = Walk(descriptor, token, attributes, special, nullptr)
                                       .Run(desired_access, trace ? &trace->aces : nullptr);
  if (!result.granted || !token.restricted_sids) return result;
  return Walk(descriptor, token, attributes, special, &*token.restricted_sids)
      .Run(desired_access, trace ? &trace->restricted_aces : nullptr);
}

}  // namespace portcullis
