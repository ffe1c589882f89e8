// SPDX-License-Identifier: Apache-2.0
// A conditional expression read back as the condition of a rule and its exceptions.
//
// Shape:   what rule_condition.h makes, and what means the same: && and || grouped and ordered in
//          any way, exceptions joined by || inside of one negation, `==` for Contains with a path
//          and `==` or Contains for Any_of with one hash, a path in braces.
// Limits:  the lengths of paths and names of policy/applocker/limits.h. Exceptions are bounded by
//          the nodes of an expression (kMaxConditionNodes), below kMaxExceptionsPerRule.
// Errors:  kUnsupported with the reason for what is no rule, kLimitExceeded; kMalformed for text
//          that a policy in XML can not hold.
// Threads: a pure function.
#pragma once

#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "security/conditional_expression.h"

namespace portcullis::applocker {

struct RuleShape {
  Condition condition;
  std::vector<Condition> exceptions;
};

Result<RuleShape> ShapeOf(const ConditionalExpression& expression);

}  // namespace portcullis::applocker
