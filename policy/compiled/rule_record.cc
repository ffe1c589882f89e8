// SPDX-License-Identifier: Apache-2.0
#include "policy/compiled/rule_record.h"

#include <fmt/core.h>

#include <algorithm>

#include "policy/applocker/limits.h"

namespace portcullis::compiled {
namespace {

using applocker::Action;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;

constexpr size_t kBytesPerCharacter = 4;
constexpr size_t kMaxTextBytes = applocker::kMaxPathLength * kBytesPerCharacter;
constexpr size_t kMaxNameBytes = applocker::kMaxNameLength * kBytesPerCharacter;
// The shortest that a hash can be: a type, twenty bytes, two marks.
constexpr size_t kMinHashBytes = 23;

enum class Kind : uint8_t { kPath, kPublisher, kHash };

// An absent one is a 0, else a 1 stands in front.
void AppendOptionalText(std::string& bytes, const std::optional<std::string>& text) {
  AppendNumber(bytes, text ? 1 : 0, 1);
  if (text) AppendText(bytes, *text);
}

Result<std::optional<std::string>> ReadOptionalText(ByteReader& reader) {
  if (!TRY(ReadFlag(reader))) return std::nullopt;
  return TRY(ReadText(reader, kMaxTextBytes));
}

void AppendVersion(std::string& bytes, const std::optional<FileVersion>& version) {
  AppendNumber(bytes, version ? 1 : 0, 1);
  if (version) AppendNumber(bytes, version->packed, 8);
}

Result<std::optional<FileVersion>> ReadVersion(ByteReader& reader) {
  if (!TRY(ReadFlag(reader))) return std::nullopt;
  FileVersion version;
  version.packed = TRY(reader.Read<le64>());
  return version;
}

void AppendHash(std::string& bytes, const FileHash& hash) {
  AppendNumber(bytes, static_cast<uint64_t>(hash.digest.type), 1);
  bytes += AsText(Bytes(hash.digest.bytes).first(hash.digest.size()));
  AppendOptionalText(bytes, hash.source_file_name);
  AppendOptionalText(bytes, hash.source_file_length);
}

Result<FileHash> ReadHash(ByteReader& reader) {
  FileHash hash;
  const uint8_t type = TRY(ReadByteUpTo(reader, static_cast<uint8_t>(HashType::kSha1)));
  hash.digest.type = static_cast<HashType>(type);
  const Bytes digest = TRY(reader.ReadBytes(hash.digest.size()));
  std::ranges::copy(digest, hash.digest.bytes.begin());
  hash.source_file_name = TRY(ReadOptionalText(reader));
  hash.source_file_length = TRY(ReadOptionalText(reader));
  return hash;
}

void AppendPublisher(std::string& bytes, const FilePublisherCondition& publisher) {
  AppendText(bytes, publisher.publisher_name);
  AppendText(bytes, publisher.product_name);
  AppendText(bytes, publisher.binary_name);
  AppendVersion(bytes, publisher.binary_version_range.low_section);
  AppendVersion(bytes, publisher.binary_version_range.high_section);
}

Result<Condition> ReadPublisher(ByteReader& reader) {
  FilePublisherCondition publisher;
  publisher.publisher_name = TRY(ReadText(reader, kMaxTextBytes));
  publisher.product_name = TRY(ReadText(reader, kMaxTextBytes));
  publisher.binary_name = TRY(ReadText(reader, kMaxTextBytes));
  publisher.binary_version_range.low_section = TRY(ReadVersion(reader));
  publisher.binary_version_range.high_section = TRY(ReadVersion(reader));
  return publisher;
}

Result<Condition> ReadHashes(ByteReader& reader) {
  const uint32_t count = TRY(reader.Read<le32>());
  if (count > reader.remaining() / kMinHashBytes) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("rule: {} hashes at offset {}; {} bytes are left", count,
                            reader.offset(), reader.remaining()));
  }
  FileHashCondition hashes;
  hashes.hashes.reserve(count);
  for (uint32_t i = 0; i < count; ++i) hashes.hashes.push_back(TRY(ReadHash(reader)));
  return hashes;
}

void AppendCondition(std::string& bytes, const Condition& condition) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) {
    AppendNumber(bytes, static_cast<uint64_t>(Kind::kPath), 1);
    AppendText(bytes, path->path);
  } else if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    AppendNumber(bytes, static_cast<uint64_t>(Kind::kPublisher), 1);
    AppendPublisher(bytes, *publisher);
  } else {
    const auto& hashes = std::get<FileHashCondition>(condition).hashes;
    AppendNumber(bytes, static_cast<uint64_t>(Kind::kHash), 1);
    AppendNumber(bytes, hashes.size(), 4);
    for (const FileHash& hash : hashes) AppendHash(bytes, hash);
  }
}

Result<Condition> ReadCondition(ByteReader& reader) {
  switch (static_cast<Kind>(TRY(ReadByteUpTo(reader, static_cast<uint8_t>(Kind::kHash))))) {
    case Kind::kPath:
      return FilePathCondition{TRY(ReadText(reader, kMaxTextBytes))};
    case Kind::kPublisher:
      return ReadPublisher(reader);
    case Kind::kHash:
      break;
  }
  return ReadHashes(reader);
}

Result<void> ReadExceptions(ByteReader& reader, Rule& rule) {
  const uint32_t count = TRY(reader.Read<le32>());
  if (count > applocker::kMaxExceptionsPerRule) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("rule: {} exceptions; at most {}", count,
                                                       applocker::kMaxExceptionsPerRule));
  }
  for (uint32_t i = 0; i < count; ++i) rule.exceptions.push_back(TRY(ReadCondition(reader)));
  return {};
}

}  // namespace

void AppendNumber(std::string& bytes, uint64_t number, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

void AppendText(std::string& bytes, std::string_view text) {
  AppendNumber(bytes, text.size(), 4);
  bytes += text;
}

Result<std::string> ReadText(ByteReader& reader, size_t limit) {
  const uint32_t size = TRY(reader.Read<le32>());
  if (size > limit) {
    return Fail(
        ErrorCode::kLimitExceeded,
        fmt::format("a text of {} bytes at offset {}; at most {}", size, reader.offset(), limit));
  }
  return std::string(AsText(TRY(reader.ReadBytes(size))));
}

Result<uint8_t> ReadByteUpTo(ByteReader& reader, uint8_t last) {
  const uint64_t offset = reader.offset();
  const uint8_t byte = TRY(reader.Read<uint8_t>());
  if (byte <= last) return byte;
  return Fail(ErrorCode::kMalformed,
              fmt::format("{} at offset {}; at most {} is known", byte, offset, last));
}

Result<bool> ReadFlag(ByteReader& reader) { return TRY(ReadByteUpTo(reader, 1)) != 0; }

std::string WriteRuleRecord(const Rule& rule) {
  std::string bytes;
  bytes += AsText(rule.id.bytes);
  AppendNumber(bytes, rule.id.upper_case_digits, 4);
  AppendNumber(bytes, static_cast<uint64_t>(rule.action), 1);
  AppendNumber(bytes, rule.source, 2);
  AppendNumber(bytes, rule.line, 4);
  rule.user_or_group_sid.AppendBinary(bytes);
  AppendText(bytes, rule.name);
  AppendText(bytes, rule.description);
  AppendCondition(bytes, rule.condition);
  AppendNumber(bytes, rule.exceptions.size(), 4);
  for (const Condition& exception : rule.exceptions) AppendCondition(bytes, exception);
  return bytes;
}

Result<Rule> ReadRuleRecord(Bytes record) {
  ByteReader reader(record, "rule");
  Rule rule;
  const Bytes id = TRY(reader.ReadBytes(rule.id.bytes.size()));
  std::ranges::copy(id, rule.id.bytes.begin());
  rule.id.upper_case_digits = TRY(reader.Read<le32>());
  rule.action = static_cast<Action>(TRY(ReadByteUpTo(reader, static_cast<uint8_t>(Action::kDeny))));
  rule.source = TRY(reader.Read<le16>());
  rule.line = TRY(reader.Read<le32>());
  rule.user_or_group_sid = TRY(Sid::Read(reader));
  rule.name = TRY(ReadText(reader, kMaxNameBytes));
  rule.description = TRY(ReadText(reader, kMaxNameBytes));
  rule.condition = TRY(ReadCondition(reader));
  TRY_VOID(ReadExceptions(reader, rule));
  if (reader.empty()) return rule;
  return Fail(ErrorCode::kMalformed,
              fmt::format("rule: {} bytes stand behind it", reader.remaining()));
}

}  // namespace portcullis::compiled
