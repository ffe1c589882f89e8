// SPDX-License-Identifier: Apache-2.0
#include "security/resource_attribute.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace portcullis {
namespace {

AttributeType TypeOf(const ConditionScalar& value) {
  if (std::holds_alternative<ConditionInteger>(value)) return AttributeType::kInteger;
  if (std::holds_alternative<ConditionString>(value)) return AttributeType::kString;
  if (std::holds_alternative<ConditionOctets>(value)) return AttributeType::kOctets;
  return AttributeType::kSid;
}

// The values of a literal; none for what is not one.
struct ValuesOf {
  std::vector<ConditionScalar> operator()(const ConditionComposite& composite) const {
    return composite.members;
  }
  std::vector<ConditionScalar> operator()(const ConditionAttribute&) const { return {}; }
  std::vector<ConditionScalar> operator()(ConditionOperator) const { return {}; }
  template <typename Scalar>
  std::vector<ConditionScalar> operator()(const Scalar& scalar) const {
    return {ConditionScalar(scalar)};
  }
};

}  // namespace

Result<ResourceAttribute> AttributeFromLiteral(std::string name, const ConditionNode& literal) {
  ResourceAttribute attribute{std::move(name), AttributeType::kString, 0, {}};
  attribute.values = std::visit(ValuesOf(), literal);
  if (attribute.values.empty()) {
    return Fail(ErrorCode::kMalformed, fmt::format("attribute {}: no value", attribute.name));
  }
  attribute.type = TypeOf(attribute.values.front());
  const bool is_uniform = std::ranges::all_of(attribute.values, [&](const ConditionScalar& value) {
    return TypeOf(value) == attribute.type;
  });
  if (!is_uniform) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("attribute {}: values of several types", attribute.name));
  }
  return attribute;
}

}  // namespace portcullis
