// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <array>
#include <charconv>
#include <utility>

#include "security/ascii.h"
#include "security/attribute_name.h"
#include "security/condition_text.h"
#include "security/resource_attribute.h"
#include "security/sid_text.h"

namespace portcullis {
namespace {

constexpr auto kTypeNames = std::to_array<std::pair<std::string_view, AttributeType>>({
    {"TI", AttributeType::kInteger},
    {"TU", AttributeType::kUnsigned},
    {"TS", AttributeType::kString},
    {"TD", AttributeType::kSid},
    {"TX", AttributeType::kOctets},
    {"TB", AttributeType::kBoolean},
});

std::string_view NameOf(AttributeType type) {
  for (const auto& [name, its_type] : kTypeNames) {
    if (its_type == type) return name;
  }
  return "TS";
}

bool IsFieldChar(char c) { return c != ',' && c != ')'; }

// The text up to the next comma or parenthesis.
std::string_view TakeField(TextCursor& cursor) {
  cursor.SkipSpace();
  return TrimAsciiSpace(cursor.TakeWhile(IsFieldChar));
}

Result<uint32_t> ReadFlags(TextCursor& cursor) {
  const size_t offset = cursor.offset();
  std::string_view text = TakeField(cursor);
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  uint32_t flags = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, flags, is_hex ? 16 : 10);
  if (text.empty() || error != std::errc() || stop != end) {
    return cursor.RefuseAt(offset, "the flags of an attribute are not a number of 32 bits");
  }
  return flags;
}

Result<AttributeType> ReadType(TextCursor& cursor) {
  const size_t offset = cursor.offset();
  const std::string_view text = TakeField(cursor);
  for (const auto& [name, type] : kTypeNames) {
    if (EqualsIgnoringCase(name, text)) return type;
  }
  return cursor.RefuseAt(offset, "an unknown type of an attribute");
}

Result<ConditionScalar> ReadNumber(TextCursor& cursor, AttributeType type) {
  cursor.SkipSpace();
  const size_t offset = cursor.offset();
  if (cursor.Peek() != '+' && cursor.Peek() != '-' && !IsAsciiDigit(cursor.Peek())) {
    return cursor.Refuse("not a number");
  }
  const ConditionNode literal = TRY(ReadLiteral(cursor, std::nullopt));
  ConditionInteger integer;
  integer.value = std::get<ConditionInteger>(literal).value;
  const bool is_negative = std::get<ConditionInteger>(literal).sign == IntegerSign::kMinus;
  if (type == AttributeType::kInteger) {
    if (is_negative != (integer.value < 0) && integer.value != 0) {
      return cursor.RefuseAt(offset, "a number of more than 63 bits");
    }
    if (integer.value < 0) integer.sign = IntegerSign::kMinus;
  } else if (is_negative) {
    return cursor.RefuseAt(offset, "a number below 0");
  }
  if (type == AttributeType::kBoolean && integer.value != 0 && integer.value != 1) {
    return cursor.RefuseAt(offset, "a boolean that is neither 0 nor 1");
  }
  return integer;
}

Result<ConditionScalar> ReadOctets(TextCursor& cursor) {
  const size_t offset = cursor.offset();
  std::string_view digits = TakeField(cursor);
  if (digits.starts_with('#')) digits.remove_prefix(1);
  const auto bytes = FromHex(digits);
  if (!bytes) return cursor.RefuseAt(offset, "octets that are not pairs of hex digits");
  return ConditionOctets{*bytes};
}

// With or without SID( ) around it.
Result<ConditionScalar> ReadSidValue(TextCursor& cursor, const std::optional<Sid>& domain) {
  cursor.SkipSpace();
  if (EqualsIgnoringCase(cursor.rest().substr(0, 4), "SID(")) {
    return std::get<Sid>(TRY(ReadLiteral(cursor, domain)));
  }
  const size_t offset = cursor.offset();
  const auto sid = ParseSidText(TakeField(cursor), domain);
  if (!sid) return cursor.RefuseAt(offset, sid.error().message, sid.error().code);
  return *sid;
}

Result<ConditionScalar> ReadValue(TextCursor& cursor, AttributeType type,
                                  const std::optional<Sid>& domain) {
  switch (type) {
    case AttributeType::kString:
      cursor.SkipSpace();
      return ConditionString{TRY(ReadQuoted(cursor))};
    case AttributeType::kSid:
      return ReadSidValue(cursor, domain);
    case AttributeType::kOctets:
      return ReadOctets(cursor);
    case AttributeType::kInteger:
    case AttributeType::kUnsigned:
    case AttributeType::kBoolean:
      break;
  }
  return ReadNumber(cursor, type);
}

Result<void> Expect(TextCursor& cursor, std::string_view token) {
  cursor.SkipSpace();
  if (cursor.Consume(token)) return {};
  return cursor.Refuse(fmt::format("no {} where one should stand", token));
}

Result<std::string> ReadName(TextCursor& cursor) {
  cursor.SkipSpace();
  const size_t offset = cursor.offset();
  auto name = DecodeAttributeName(TRY(ReadQuoted(cursor)));
  if (!name) return cursor.RefuseAt(offset, "a name with a % that does not encode a character");
  if (name->empty() || name->size() > kMaxAttributeName) {
    return cursor.RefuseAt(offset, "a name that is empty or too long");
  }
  if (name->find('\0') != std::string::npos) {
    return cursor.RefuseAt(offset, "a name with a NUL in it");
  }
  return *std::move(name);
}

class ValueWriter {
 public:
  ValueWriter(AttributeType type, const std::optional<Sid>& domain)
      : type_(type), domain_(domain) {}

  Result<std::string> operator()(const ConditionInteger& value) const {
    return type_ == AttributeType::kInteger ? fmt::format("{}", value.value)
                                            : fmt::format("{}", static_cast<uint64_t>(value.value));
  }
  Result<std::string> operator()(const ConditionString& value) const {
    return FormatQuoted(value.text);
  }
  Result<std::string> operator()(const ConditionOctets& value) const {
    return HexLower(AsBytes(value.bytes));
  }
  Result<std::string> operator()(const Sid& value) const { return FormatSidText(value, domain_); }

 private:
  AttributeType type_;
  const std::optional<Sid>& domain_;
};

}  // namespace

Result<ResourceAttribute> ReadResourceAttribute(TextCursor& cursor,
                                                const std::optional<Sid>& domain) {
  ResourceAttribute attribute;
  TRY_VOID(Expect(cursor, "("));
  attribute.name = TRY(ReadName(cursor));
  TRY_VOID(Expect(cursor, ","));
  attribute.type = TRY(ReadType(cursor));
  TRY_VOID(Expect(cursor, ","));
  attribute.flags = TRY(ReadFlags(cursor));
  for (cursor.SkipSpace(); cursor.Consume(","); cursor.SkipSpace()) {
    if (attribute.values.size() == kMaxAttributeValues) {
      return cursor.Refuse("too many values of an attribute", ErrorCode::kLimitExceeded);
    }
    const size_t offset = cursor.offset();
    attribute.values.push_back(TRY(ReadValue(cursor, attribute.type, domain)));
    const auto* const string = std::get_if<ConditionString>(&attribute.values.back());
    if (string != nullptr && string->text.find('\0') != std::string::npos) {
      return cursor.RefuseAt(offset, "a string with a NUL in it");
    }
  }
  TRY_VOID(Expect(cursor, ")"));
  return attribute;
}

Result<std::string> FormatResourceAttribute(const ResourceAttribute& attribute,
                                            const std::optional<Sid>& domain) {
  std::string text = fmt::format("(\"{}\",{},0x{:x}",
                                 EncodeAttributeName(attribute.name, AttributeNameForm::kPrefixed),
                                 NameOf(attribute.type), attribute.flags);
  for (const ConditionScalar& value : attribute.values) {
    text += ',';
    text += TRY(std::visit(ValueWriter(attribute.type, domain), value));
  }
  return text + ")";
}

}  // namespace portcullis
