// SPDX-License-Identifier: Apache-2.0
// The literals of a condition: numbers, strings, octets, SIDs and composites of them.
#include <charconv>
#include <limits>
#include <utility>

#include "base/bytes.h"
#include "base/utf.h"
#include "security/ascii.h"
#include "security/condition_text.h"
#include "security/sid_text.h"

namespace portcullis {
namespace {

bool IsWordChar(char c) { return IsAsciiAlphanumeric(c) || c == '_'; }

ConditionInteger WithMagnitude(ConditionInteger integer, uint64_t magnitude) {
  const uint64_t bits = integer.sign == IntegerSign::kMinus ? 0 - magnitude : magnitude;
  integer.value = static_cast<int64_t>(bits);
  return integer;
}

IntegerSign ReadSign(TextCursor& cursor) {
  if (cursor.Consume("-")) return IntegerSign::kMinus;
  if (cursor.Consume("+")) return IntegerSign::kPlus;
  return IntegerSign::kNone;
}

IntegerBase ReadBase(TextCursor& cursor) {
  if (cursor.Consume("0x") || cursor.Consume("0X")) return IntegerBase::kHex;
  const std::string_view rest = cursor.rest();
  if (rest.size() > 1 && rest[0] == '0' && IsAsciiDigit(rest[1])) {
    cursor.Advance();
    return IntegerBase::kOctal;
  }
  return IntegerBase::kDecimal;
}

int RadixOf(IntegerBase base) {
  if (base == IntegerBase::kHex) return 16;
  return base == IntegerBase::kOctal ? 8 : 10;
}

Result<ConditionScalar> ReadInteger(TextCursor& cursor) {
  const size_t start = cursor.offset();
  ConditionInteger integer;
  integer.sign = ReadSign(cursor);
  integer.base = ReadBase(cursor);
  const std::string_view digits = cursor.TakeWhile(IsWordChar);
  uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, magnitude, RadixOf(integer.base));
  const uint64_t limit = integer.sign == IntegerSign::kMinus ? uint64_t{1} << 63
                                                             : std::numeric_limits<uint64_t>::max();
  if (error == std::errc::result_out_of_range || (error == std::errc() && magnitude > limit)) {
    return cursor.RefuseAt(start, "a number of more than 64 bits");
  }
  if (digits.empty() || error != std::errc() || stop != end) {
    return cursor.RefuseAt(start, "not a number");
  }
  return WithMagnitude(integer, magnitude);
}

// A # among the digits is a 0, and so is the one in front where the digits are odd in number.
ConditionScalar ReadOctets(TextCursor& cursor) {
  std::string_view digits =
      cursor.TakeWhile([](char c) { return c == '#' || HexDigitValue(c) >= 0; });
  if (digits.size() % 2 != 0) digits.remove_prefix(1);
  const auto value = [](char c) { return c == '#' ? 0 : HexDigitValue(c); };
  ConditionOctets octets;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    octets.bytes.push_back(static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1])));
  }
  return octets;
}

Result<ConditionScalar> ReadSid(TextCursor& cursor, const std::optional<Sid>& domain) {
  cursor.Advance(3);
  cursor.SkipSpace();
  if (!cursor.Consume("(")) return cursor.Refuse("no ( after SID");
  const size_t start = cursor.offset();
  const std::string_view text = cursor.TakeWhile([](char c) { return c != ')'; });
  const auto sid = ParseSidText(text, domain);
  if (!sid) return cursor.RefuseAt(start, sid.error().message, sid.error().code);
  if (!cursor.Consume(")")) return cursor.Refuse("no ) after a SID");
  return ConditionScalar(*sid);
}

bool IsAtSid(const TextCursor& cursor) {
  const std::string_view rest = cursor.rest();
  return rest.size() > 3 && EqualsIgnoringCase(rest.substr(0, 3), "SID") && !IsWordChar(rest[3]);
}

Result<ConditionScalar> ReadScalar(TextCursor& cursor, const std::optional<Sid>& domain) {
  const char first = cursor.Peek();
  if (first == '"') return ConditionScalar(ConditionString{TRY(ReadQuoted(cursor))});
  if (first == '#') return ReadOctets(cursor);
  if (first == '+' || first == '-' || IsAsciiDigit(first)) return ReadInteger(cursor);
  if (IsAtSid(cursor)) return ReadSid(cursor, domain);
  return cursor.Refuse("neither a literal nor an attribute with a prefix");
}

Result<ConditionNode> ReadComposite(TextCursor& cursor, const std::optional<Sid>& domain) {
  cursor.Advance();
  ConditionComposite composite;
  cursor.SkipSpace();
  if (cursor.Consume("}")) return composite;
  while (true) {
    if (composite.members.size() == kMaxCompositeMembers) {
      return cursor.Refuse("too many members of a composite", ErrorCode::kLimitExceeded);
    }
    cursor.SkipSpace();
    if (cursor.Peek() == '{') return cursor.Refuse("a composite in a composite");
    composite.members.push_back(TRY(ReadScalar(cursor, domain)));
    cursor.SkipSpace();
    if (cursor.Consume("}")) return composite;
    if (!cursor.Consume(",")) return cursor.Refuse("neither , nor } after a member of a composite");
  }
}

}  // namespace

Result<std::string> ReadQuoted(TextCursor& cursor) {
  const size_t start = cursor.offset();
  if (!cursor.Consume("\"")) return cursor.Refuse("no \" where a string should begin");
  const std::string_view text = cursor.TakeWhile([](char c) { return c != '"'; });
  if (!cursor.Consume("\"")) return cursor.RefuseAt(start, "a string without an end");
  if (!IsValidUtf8(text)) return cursor.RefuseAt(start, "a string that is not UTF-8");
  return std::string(text);
}

Result<ConditionNode> ReadLiteral(TextCursor& cursor, const std::optional<Sid>& domain) {
  cursor.SkipSpace();
  if (cursor.Peek() == '{') return ReadComposite(cursor, domain);
  auto scalar = TRY(ReadScalar(cursor, domain));
  return std::visit(
      [](auto&& value) { return ConditionNode(std::forward<decltype(value)>(value)); },
      std::move(scalar));
}

}  // namespace portcullis
