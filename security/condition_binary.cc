// SPDX-License-Identifier: Apache-2.0
#include "security/condition_binary.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/little_endian.h"
#include "base/utf.h"

namespace portcullis {
namespace {

constexpr std::string_view kWhat = "conditional expression";
constexpr size_t kMaxPadding = 3;
constexpr uint8_t kStringToken = 0x10;
constexpr uint8_t kOctetToken = 0x18;
constexpr uint8_t kCompositeToken = 0x50;
constexpr uint8_t kSidToken = 0x51;

struct IntegerToken {
  le64 value;
  uint8_t sign;
  uint8_t base;
};

Unexpected Refuse(uint64_t offset, std::string_view why, ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, fmt::format("{} at offset {}: {}", kWhat, offset, why));
}

bool FitsWidth(int64_t value, IntegerWidth width) {
  switch (width) {
    case IntegerWidth::k8:
      return value >= std::numeric_limits<int8_t>::min() &&
             value <= std::numeric_limits<int8_t>::max();
    case IntegerWidth::k16:
      return value >= std::numeric_limits<int16_t>::min() &&
             value <= std::numeric_limits<int16_t>::max();
    case IntegerWidth::k32:
      return value >= std::numeric_limits<int32_t>::min() &&
             value <= std::numeric_limits<int32_t>::max();
    case IntegerWidth::k64:
      break;
  }
  return true;
}

Result<ConditionScalar> ReadInteger(ByteReader& reader, IntegerWidth width) {
  const uint64_t offset = reader.offset();
  const auto token = TRY(reader.Read<IntegerToken>());
  if (token.sign < 1 || token.sign > 3) return Refuse(offset, "an unknown sign of a number");
  if (token.base < 1 || token.base > 3) return Refuse(offset, "an unknown base of a number");
  const ConditionInteger integer{static_cast<int64_t>(token.value.value()),
                                 static_cast<IntegerSign>(token.sign),
                                 static_cast<IntegerBase>(token.base), width};
  if (!FitsWidth(integer.value, width))
    return Refuse(offset, "a number that its width can not hold");
  if (integer.sign == IntegerSign::kMinus && integer.value > 0) {
    return Refuse(offset, "a positive number with a minus");
  }
  return integer;
}

Result<Bytes> ReadCounted(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const uint32_t size = TRY(reader.Read<le32>());
  if (size > reader.remaining()) {
    return Refuse(offset,
                  fmt::format("a length of {} where {} bytes are left", size, reader.remaining()),
                  ErrorCode::kTruncated);
  }
  return reader.ReadBytes(size);
}

Result<std::string> ReadText(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  auto text = Utf16LeToUtf8(TRY(ReadCounted(reader)));
  if (!text) return Refuse(offset, text.error().message);
  return text;
}

Result<ConditionScalar> ReadSid(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const Bytes bytes = TRY(ReadCounted(reader));
  ByteReader inner(bytes, kWhat, offset + 4);
  const Sid sid = TRY(Sid::Read(inner));
  if (!inner.empty()) return Refuse(inner.offset(), "bytes behind a SID");
  return sid;
}

// Nothing where the token is not that of a scalar; then nothing was read.
Result<std::optional<ConditionScalar>> ReadScalar(ByteReader& reader, uint8_t token) {
  if (token >= 0x01 && token <= 0x04) {
    return TRY(ReadInteger(reader, static_cast<IntegerWidth>(token)));
  }
  switch (token) {
    case kStringToken:
      return ConditionScalar(ConditionString{TRY(ReadText(reader))});
    case kOctetToken:
      return ConditionScalar(ConditionOctets{std::string(AsText(TRY(ReadCounted(reader))))});
    case kSidToken:
      return TRY(ReadSid(reader));
    default:
      return std::nullopt;
  }
}

Result<ConditionComposite> ReadComposite(ByteReader& reader) {
  const uint64_t start = reader.offset();
  ByteReader inner(TRY(ReadCounted(reader)), kWhat, start + 4);
  ConditionComposite composite;
  while (!inner.empty()) {
    const uint64_t offset = inner.offset();
    if (composite.members.size() == kMaxCompositeMembers) {
      return Refuse(offset, "too many members of a composite", ErrorCode::kLimitExceeded);
    }
    const uint8_t token = TRY(inner.Read<uint8_t>());
    if (token == kCompositeToken) return Refuse(offset, "a composite in a composite");
    auto scalar = TRY(ReadScalar(inner, token));
    if (!scalar) {
      return Refuse(offset, fmt::format("token 0x{:02x} in a composite", token));
    }
    composite.members.push_back(*std::move(scalar));
  }
  return composite;
}

Result<ConditionNode> ReadNode(ByteReader& reader) {
  const uint64_t offset = reader.offset();
  const uint8_t token = TRY(reader.Read<uint8_t>());
  if (token == kCompositeToken) return TRY(ReadComposite(reader));
  if (token >= static_cast<uint8_t>(AttributeSource::kLocal) &&
      token <= static_cast<uint8_t>(AttributeSource::kDevice)) {
    return ConditionAttribute{static_cast<AttributeSource>(token), TRY(ReadText(reader))};
  }
  if (const auto op = FindOperator(token)) return *op;
  auto scalar = TRY(ReadScalar(reader, token));
  if (!scalar) return Refuse(offset, fmt::format("token 0x{:02x} is unknown", token));
  return std::visit(
      [](auto&& value) { return ConditionNode(std::forward<decltype(value)>(value)); },
      *std::move(scalar));
}

bool IsPadding(Bytes bytes) {
  return bytes.size() <= kMaxPadding &&
         std::ranges::all_of(bytes, [](uint8_t b) { return b == 0; });
}

class Serializer {
 public:
  void Append(const ConditionInteger& integer) {
    Token(static_cast<uint8_t>(integer.width));
    AppendLe64(bytes_, static_cast<uint64_t>(integer.value));
    Token(static_cast<uint8_t>(integer.sign));
    Token(static_cast<uint8_t>(integer.base));
  }
  void Append(const ConditionString& string) { Counted(kStringToken, ToUtf16Le(string.text)); }
  void Append(const ConditionOctets& octets) { Counted(kOctetToken, octets.bytes); }
  void Append(const Sid& sid) {
    std::string binary;
    sid.AppendBinary(binary);
    Counted(kSidToken, binary);
  }
  void Append(const ConditionComposite& composite) {
    Serializer members;
    for (const ConditionScalar& member : composite.members) {
      std::visit([&](const auto& scalar) { members.Append(scalar); }, member);
    }
    Counted(kCompositeToken, members.bytes_);
  }
  void Append(const ConditionAttribute& attribute) {
    Counted(static_cast<uint8_t>(attribute.source), ToUtf16Le(attribute.name));
  }
  void Append(ConditionOperator op) { Token(static_cast<uint8_t>(op)); }

  std::string Take() { return std::move(bytes_); }

 private:
  void Token(uint8_t token) { bytes_.push_back(static_cast<char>(token)); }
  void Counted(uint8_t token, std::string_view content) {
    Token(token);
    AppendLe32(bytes_, static_cast<uint32_t>(content.size()));
    bytes_ += content;
  }

  std::string bytes_;
};

}  // namespace

bool IsCondition(Bytes application_data) {
  return AsText(application_data).starts_with(kConditionSignature);
}

Result<ConditionalExpression> ParseCondition(Bytes bytes, uint64_t offset) {
  ByteReader reader(bytes, kWhat, offset);
  if (!IsCondition(bytes)) return Refuse(offset, "no artx in front");
  TRY_VOID(reader.Skip(kConditionSignature.size()));
  std::vector<ConditionNode> nodes;
  std::vector<uint64_t> offsets;
  while (!IsPadding(bytes.subspan(reader.position()))) {
    if (nodes.size() == kMaxConditionNodes) {
      return Refuse(reader.offset(), "too long", ErrorCode::kLimitExceeded);
    }
    offsets.push_back(reader.offset());
    nodes.push_back(TRY(ReadNode(reader)));
  }
  auto expression = ConditionalExpression::Create(std::move(nodes));
  if (expression) return *std::move(expression);
  const size_t node = expression.error().node;
  return Refuse(node < offsets.size() ? offsets[node] : reader.offset(), expression.error().why);
}

std::string SerializeCondition(const ConditionalExpression& expression) {
  Serializer serializer;
  for (const ConditionNode& node : expression.nodes()) {
    std::visit([&](const auto& value) { serializer.Append(value); }, node);
  }
  return std::string(kConditionSignature) + serializer.Take();
}

}  // namespace portcullis
