// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/little_endian.h"
#include "base/utf.h"
#include "security/resource_attribute.h"

namespace portcullis {
namespace {

constexpr std::string_view kWhat = "resource attribute";

struct Head {
  le32 name;
  le16 type;
  le16 reserved;
  le32 flags;
  le32 count;
};

Unexpected Refuse(uint64_t offset, std::string_view why, ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, fmt::format("{} at offset {}: {}", kWhat, offset, why));
}

bool IsKnown(uint16_t type) {
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::kInteger:
    case AttributeType::kUnsigned:
    case AttributeType::kString:
    case AttributeType::kSid:
    case AttributeType::kBoolean:
    case AttributeType::kOctets:
      return true;
  }
  return false;
}

// Reads what the offsets of an attribute point at.
class AttributeReader {
 public:
  AttributeReader(Bytes bytes, uint64_t offset) : bytes_(bytes), offset_(offset) {}

  Result<ResourceAttribute> Read() {
    ByteReader reader(bytes_, kWhat, offset_);
    const auto head = TRY(reader.Read<Head>());
    if (!IsKnown(head.type)) {
      return Refuse(offset_ + 4, fmt::format("type {} is unknown", head.type.value()));
    }
    if (head.count > kMaxAttributeValues) {
      return Refuse(
          offset_ + 12,
          fmt::format("{} values, allowed are {}", head.count.value(), kMaxAttributeValues),
          ErrorCode::kLimitExceeded);
    }
    ResourceAttribute attribute;
    attribute.type = static_cast<AttributeType>(head.type.value());
    attribute.flags = head.flags;
    std::vector<uint32_t> offsets;
    for (uint32_t i = 0; i < head.count; ++i) offsets.push_back(TRY(reader.Read<le32>()));
    used_ = body_ = reader.position();
    attribute.name = TRY(ReadText(head.name));
    if (attribute.name.empty()) return Refuse(offset_, "no name");
    if (attribute.name.size() > kMaxAttributeName) return Refuse(offset_, "the name is too long");
    for (const uint32_t at : offsets) {
      attribute.values.push_back(TRY(ReadValue(attribute.type, at)));
      // Else a small attribute could ask for the same large value thousands of times.
      if (used_ > bytes_.size()) return Refuse(offset_, "values that share their bytes");
    }
    return attribute;
  }

 private:
  Result<ByteReader> ReaderAt(uint32_t at) const {
    if (at < body_) return Refuse(offset_, fmt::format("offset {} points into the head", at));
    if (at > bytes_.size()) {
      return Refuse(offset_, fmt::format("offset {} points past the end", at),
                    ErrorCode::kTruncated);
    }
    return ByteReader(bytes_.subspan(at), kWhat, offset_ + at);
  }

  Result<std::string> ReadText(uint32_t at) {
    const auto reader = TRY(ReaderAt(at));
    const Bytes rest = bytes_.subspan(at);
    size_t length = 0;
    while (length + 1 < rest.size() && (rest[length] != 0 || rest[length + 1] != 0)) length += 2;
    if (length + 1 >= rest.size()) return Refuse(reader.offset(), "text without an end");
    used_ += length + 2;
    auto text = Utf16LeToUtf8(rest.first(length));
    if (!text) return Refuse(reader.offset(), text.error().message);
    return text;
  }

  Result<ConditionScalar> ReadNumber(ByteReader reader, AttributeType type) {
    ConditionInteger integer;
    used_ += sizeof(le64);
    integer.value = static_cast<int64_t>(TRY(reader.Read<le64>()).value());
    if (type == AttributeType::kBoolean && integer.value != 0 && integer.value != 1) {
      return Refuse(reader.offset(), "a boolean that is neither 0 nor 1");
    }
    if (type == AttributeType::kInteger && integer.value < 0) integer.sign = IntegerSign::kMinus;
    return integer;
  }

  Result<ConditionScalar> ReadValue(AttributeType type, uint32_t at) {
    if (type == AttributeType::kString) return ConditionScalar(ConditionString{TRY(ReadText(at))});
    auto reader = TRY(ReaderAt(at));
    if (type != AttributeType::kOctets && type != AttributeType::kSid) {
      return ReadNumber(reader, type);
    }
    const uint32_t size = TRY(reader.Read<le32>());
    const uint64_t start = reader.offset();
    const Bytes bytes = TRY(reader.ReadBytes(size));
    used_ += sizeof(le32) + bytes.size();
    if (type == AttributeType::kOctets) {
      return ConditionScalar(ConditionOctets{std::string(AsText(bytes))});
    }
    ByteReader inner(bytes, kWhat, start);
    const Sid sid = TRY(Sid::Read(inner));
    if (!inner.empty()) return Refuse(inner.offset(), "bytes behind a SID");
    return sid;
  }

  Bytes bytes_;
  uint64_t offset_;
  size_t body_ = 0;
  size_t used_ = 0;  // bytes of name and values
};

std::string Serialize(const ConditionInteger& integer) {
  std::string bytes;
  AppendLe64(bytes, static_cast<uint64_t>(integer.value));
  return bytes;
}
std::string Serialize(const ConditionString& string) {
  return ToUtf16Le(string.text) + std::string(2, '\0');
}
std::string Serialize(const ConditionOctets& octets) {
  std::string bytes;
  AppendLe32(bytes, static_cast<uint32_t>(octets.bytes.size()));
  return bytes + octets.bytes;
}
std::string Serialize(const Sid& sid) {
  std::string bytes;
  sid.AppendBinary(bytes);
  return Serialize(ConditionOctets{bytes});
}

}  // namespace

Result<ResourceAttribute> ParseResourceAttribute(Bytes bytes, uint64_t offset) {
  return AttributeReader(bytes, offset).Read();
}

std::string SerializeResourceAttribute(const ResourceAttribute& attribute) {
  std::string head;
  std::string body = Serialize(ConditionString{attribute.name});
  const auto body_offset = static_cast<uint32_t>(sizeof(Head) + 4 * attribute.values.size());
  AppendLe32(head, body_offset);
  AppendLe16(head, static_cast<uint16_t>(attribute.type));
  AppendLe16(head, 0);
  AppendLe32(head, attribute.flags);
  AppendLe32(head, static_cast<uint32_t>(attribute.values.size()));
  for (const ConditionScalar& value : attribute.values) {
    AppendLe32(head, body_offset + static_cast<uint32_t>(body.size()));
    body += std::visit([](const auto& scalar) { return Serialize(scalar); }, value);
  }
  return head + body;
}

}  // namespace portcullis
