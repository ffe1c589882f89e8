// SPDX-License-Identifier: Apache-2.0
// May this token have these rights by this descriptor?
//
// Shape:   the entries of the DACL are asked in their order until every right is allowed or one is
//          denied; what is left unasked is denied. A denial with an unknown condition denies, an
//          allowance with one allows nothing. A token with restricted SIDs is asked twice.
//          docs/formats/sddl.md lists what stands apart: owners, object types, no DACL, a null one.
// Errors:  none; no right asked for is not granted.
// Threads: a pure function of its arguments.
// Source:  MS-DTYP 2.5.3.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "security/check_token.h"
#include "security/condition_evaluator.h"
#include "security/security_descriptor.h"

namespace portcullis {

enum class AceOutcome : uint8_t {
  kNotAsked,        // the answer was there before
  kInheritOnly,     // for children alone
  kOtherSid,        // for others
  kOtherRights,     // none of the rights still asked for
  kOtherObject,     // for a type of object that nobody asked for
  kConditionFails,  // false; for an allowance unknown too
  kNoAccess,        // of a type that neither allows nor denies
  kAllowed,
  kDenied,
};
std::string_view ToString(AceOutcome outcome);

struct AceStep {
  AceOutcome outcome = AceOutcome::kNotAsked;
  std::optional<Truth> condition;
  std::vector<ConditionStep> sub_expressions;
};

struct AccessCheckTrace {
  std::vector<AceStep> aces;             // one an entry of the DACL
  std::vector<AceStep> restricted_aces;  // likewise for the restricted SIDs, where there are any
};

struct AccessCheckResult {
  bool granted = false;
  // The entry that denied or that allowed the last right.
  std::optional<size_t> deciding_ace;
};

// `special` answers for attributes that are no claims of the token.
AccessCheckResult CheckAccess(const SecurityDescriptor& descriptor, const CheckToken& token,
                              uint32_t desired_access, AccessCheckTrace* trace = nullptr,
                              const SpecialAttributes* special = nullptr);

// The resource attributes that a descriptor gives its object.
std::vector<ResourceAttribute> ResourceAttributesOf(const SecurityDescriptor& descriptor);

}  // namespace portcullis
