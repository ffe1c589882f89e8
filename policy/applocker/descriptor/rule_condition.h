// SPDX-License-Identifier: Apache-2.0
// The condition of a rule as a conditional expression: what every other spelling is made of.
//
// Shape:   path           APPID://PATH Contains "P"
//          hashes         Exists H && H Any_of {#..., ...}, one H a type in the order SHA256, flat,
//                         SHA1, joined by ||
//          publisher      Exists F && F >= {"P\Q\B", low} && F <= {"P\Q\B", high}; the lower end is
//                         tested (0 where it is absent) unless the upper end alone is given
//          exceptions     condition && !e1 && !e2 ...; of more than kMaxExceptionsInARow each so
//                         many are joined by themselves, or the operators would stand too deep
// Errors:  kUnsupported for a product or binary name with a backslash, by which names are split,
//          for text that is not UTF-8 and a condition without hashes; kLimitExceeded for more than
//          a conditional expression can hold.
// Threads: pure functions.
// Source:  section 7.3 of the reference.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "security/conditional_expression.h"

namespace portcullis::applocker {

inline constexpr size_t kMaxExceptionsInARow = 256;

// Windows compiles all text in upper case. As written is for judging files of this host, whose
// paths may be compared with case.
enum class LetterCase : uint8_t { kUpper, kAsWritten };

Result<ConditionalExpression> ConditionOf(const Rule& rule, LetterCase letters);

}  // namespace portcullis::applocker
