// SPDX-License-Identifier: Apache-2.0
// The values that the operators of a condition compare.
//
// Shape:   an operand is one value, or a list where an attribute has several or a composite stands.
// Lifetime: an operand views the values of an attribute or a composite; these must outlive it.
// Errors:  nothing where the operands do not fit each other.
// Threads: pure functions.
// Source:  MS-DTYP 2.4.4.17.6.
#pragma once

#include <optional>
#include <span>

#include "security/conditional_expression.h"
#include "security/resource_attribute.h"

namespace portcullis {

class ConditionOperand {
 public:
  explicit ConditionOperand(ConditionScalar scalar) : own_(std::move(scalar)) {}
  explicit ConditionOperand(const ConditionComposite& composite)
      : view_(composite.members), is_list_(true) {}
  // An attribute with at least one value.
  explicit ConditionOperand(const ResourceAttribute& attribute)
      : view_(attribute.values),
        is_list_(attribute.values.size() > 1),
        is_boolean_(attribute.type == AttributeType::kBoolean),
        is_unsigned_(attribute.type == AttributeType::kUnsigned),
        is_case_sensitive_((attribute.flags & attribute_flags::kCaseSensitive) != 0) {}

  std::span<const ConditionScalar> values() const {
    return own_ ? std::span<const ConditionScalar>(&*own_, 1) : view_;
  }
  bool is_list() const { return is_list_; }
  bool is_boolean() const { return is_boolean_; }
  bool is_unsigned() const { return is_unsigned_; }
  bool is_case_sensitive() const { return is_case_sensitive_; }

 private:
  std::optional<ConditionScalar> own_;
  std::span<const ConditionScalar> view_;
  bool is_list_ = false;
  bool is_boolean_ = false;
  bool is_unsigned_ = false;
  bool is_case_sensitive_ = false;
};

std::optional<bool> ApplyRelation(ConditionOperator op, const ConditionOperand& left,
                                  const ConditionOperand& right);

// Whether two of the values are the same, which makes them no claim.
bool HasRepeatedValues(const ResourceAttribute& attribute);

}  // namespace portcullis
