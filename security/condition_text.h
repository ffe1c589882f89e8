// SPDX-License-Identifier: Apache-2.0
// A condition as SDDL writes it: `(@User.Title == "PM" && Member_of {SID(BA)})`.
//
// Shape:   docs/formats/sddl.md has the grammar. Printed is what Windows prints: every operand of
//          && and || in parentheses, prefixes in upper case, the names of operators in one
//          spelling. Printing and reading back gives the same expression, integers of 8 to 32 bits
//          apart, for which text has no form: they come back with 64.
// Limits:  those of conditional_expression.h; parentheses kMaxConditionDepth deep.
// Errors:  ReadCondition refuses with the offset and the reason. FormatCondition refuses a string
//          with a double quote in it, which SDDL can not write.
// Threads: pure functions.
// Source:  MS-DTYP 2.5.1.1.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "security/conditional_expression.h"
#include "security/sid.h"
#include "security/text_cursor.h"

namespace portcullis {

// Reads from the opening parenthesis and leaves the cursor behind the closing one.
Result<ConditionalExpression> ReadCondition(TextCursor& cursor, const std::optional<Sid>& domain);
// A literal alone: a scalar or a composite in braces.
Result<ConditionNode> ReadLiteral(TextCursor& cursor, const std::optional<Sid>& domain);
Result<std::string> ReadQuoted(TextCursor& cursor);

// With the parentheses around it.
Result<std::string> FormatCondition(const ConditionalExpression& expression,
                                    const std::optional<Sid>& domain);
// The sub-expression that ends with node `last`, without parentheses around it.
Result<std::string> FormatSubExpression(const ConditionalExpression& expression, size_t last,
                                        const std::optional<Sid>& domain);
std::string FormatInteger(const ConditionInteger& integer);
Result<std::string> FormatQuoted(std::string_view text);

}  // namespace portcullis
