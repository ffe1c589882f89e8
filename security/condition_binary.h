// SPDX-License-Identifier: Apache-2.0
// A condition as the bytes of a conditional ACE: "artx" and tokens in postfix order.
//
// Shape:   docs/formats/sddl.md lists the tokens. Behind the last one stand up to three zero bytes.
// Limits:  those of conditional_expression.h; every length is checked against what is left.
// Errors:  ParseCondition refuses, with the offset and the reason, an unknown token, a length past
//          the end, a composite in a composite, a number that does not fit its width or its sign,
//          text that is not UTF-16, and what conditional_expression.h calls a misfit.
// Threads: pure functions.
// Source:  MS-DTYP 2.4.4.17.4 to 2.4.4.17.8.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "security/conditional_expression.h"

namespace portcullis {

inline constexpr std::string_view kConditionSignature = "artx";

bool IsCondition(Bytes application_data);
// `offset` is where the bytes stand, for messages.
Result<ConditionalExpression> ParseCondition(Bytes bytes, uint64_t offset = 0);
// Without the zero bytes behind.
std::string SerializeCondition(const ConditionalExpression& expression);

}  // namespace portcullis
