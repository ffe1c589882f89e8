// SPDX-License-Identifier: Apache-2.0
#include "authoring/rule_id.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "authoring/condition_text.h"
#include "base/bytes.h"
#include "formats/authenticode/digest.h"

namespace portcullis::authoring {
namespace {

using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;

// No part can run over into the next.
void Append(std::string& text, std::string_view part) {
  text += fmt::format("{}:", part.size());
  text.append(part);
}

void AppendSet(std::string& text, std::vector<std::string> parts) {
  std::ranges::sort(parts);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  Append(text, fmt::format("{}", parts.size()));
  for (const std::string& part : parts) Append(text, part);
}

std::string TextOf(const FilePublisherCondition& condition) {
  std::string text = "publisher,";
  Append(text, condition.publisher_name);
  Append(text, condition.product_name);
  Append(text, condition.binary_name);
  Append(text, BoundText(condition.binary_version_range.low_section));
  Append(text, BoundText(condition.binary_version_range.high_section));
  return text;
}

std::string TextOf(const FilePathCondition& condition) {
  std::string text = "path,";
  Append(text, condition.path);
  return text;
}

std::string TextOf(const FileHashCondition& condition) {
  std::vector<std::string> digests;
  for (const FileHash& hash : condition.hashes) {
    digests.push_back(fmt::format("{} {}", ToString(hash.digest.type),
                                  HexUpper(Bytes(hash.digest.bytes).first(hash.digest.size()))));
  }
  std::string text = "hash,";
  AppendSet(text, std::move(digests));
  return text;
}

std::string TextOf(const Condition& condition) {
  return std::visit([](const auto& kind) { return TextOf(kind); }, condition);
}

std::string CanonicalText(std::string_view collection, const applocker::Rule& rule) {
  std::string text = "portcullis rule 1,";
  Append(text, collection);
  Append(text, rule.user_or_group_sid.ToString());
  Append(text, ToString(rule.action));
  Append(text, TextOf(rule.condition));
  std::vector<std::string> exceptions;
  for (const Condition& exception : rule.exceptions) exceptions.push_back(TextOf(exception));
  AppendSet(text, std::move(exceptions));
  return text;
}

// RFC 9562, section 5.8: all bits are ours but those of version and variant.
applocker::RuleId Version8(Bytes digest) {
  applocker::RuleId id;
  std::ranges::copy(digest.first(id.bytes.size()), id.bytes.begin());
  id.bytes[6] = static_cast<uint8_t>(0x80 | (id.bytes[6] & 0x0F));
  id.bytes[8] = static_cast<uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

}  // namespace

Result<applocker::RuleId> DeriveRuleId(std::string_view collection, const applocker::Rule& rule) {
  auto digest = TRY(authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256));
  digest.Update(AsBytes(CanonicalText(collection, rule)));
  return Version8(digest.Finish());
}

}  // namespace portcullis::authoring
