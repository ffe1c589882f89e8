// SPDX-License-Identifier: Apache-2.0
// What a condition is worth for a token and the attributes of an object: true, false or unknown.
//
// Shape:   three-valued logic. An operator on an attribute that is not there is unknown; `false &&
//          unknown` is false and `true || unknown` is true. An operator whose operands do not fit
//          each other (a text and a number, a list where one value must stand) makes the whole
//          condition unknown, whatever stands beside it.
//          Text is compared as Windows upper-cases it unless its attribute is case-sensitive.
//          Attributes with a meaning of their own (AppLocker's paths, compared with wildcards) are
//          answered by whoever asks the check, through SpecialAttributes.
// Threads: a pure function of its arguments.
// Source:  MS-DTYP 2.4.4.17.6, 2.4.4.17.7 and 2.5.3.1.5.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "security/check_token.h"
#include "security/conditional_expression.h"

namespace portcullis {

enum class Truth : uint8_t { kFalse, kUnknown, kTrue };
std::string_view ToString(Truth truth);
// Unknown stands between false and true, so these are the inverse, the least and the greatest.
constexpr Truth Negated(Truth value) {
  return static_cast<Truth>(static_cast<uint8_t>(Truth::kTrue) - static_cast<uint8_t>(value));
}
constexpr Truth Both(Truth a, Truth b) { return a < b ? a : b; }
constexpr Truth Either(Truth a, Truth b) { return a < b ? b : a; }

class ConditionOperand;

// Attributes that are no claims of the token: whether they are there and what an operator with one
// on its left is worth. Such an attribute alone, without an operator, is unknown.
class SpecialAttributes {
 public:
  virtual ~SpecialAttributes() = default;
  // Whether the attribute is one of these; a claim of its name does not count then.
  virtual bool Has(const ConditionAttribute& attribute) const = 0;
  // May be unknown, where it could not be found out.
  virtual Truth Exists(const ConditionAttribute& attribute) const = 0;
  // Nothing where the operands do not fit each other. `op` is relational.
  virtual std::optional<Truth> Relate(const ConditionAttribute& attribute, ConditionOperator op,
                                      const ConditionOperand& right) const = 0;
};

struct ConditionContext {
  const CheckToken& token;
  const std::vector<ResourceAttribute>& resource_attributes;
  AceEffect effect;
  const SpecialAttributes* special = nullptr;
};

// The value of the sub-expression that ends with node `last`, in the order of the nodes.
struct ConditionStep {
  size_t last;
  Truth value;
  bool is_misfit;  // its operands do not fit
};

// `steps`, where it is given, gets the value of every operator and every attribute alone.
Truth EvaluateCondition(const ConditionalExpression& expression, const ConditionContext& context,
                        std::vector<ConditionStep>* steps = nullptr);

}  // namespace portcullis
