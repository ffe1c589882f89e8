// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/rule_sddl.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::applocker {
namespace {

constexpr std::string_view kName = "APPID://FQBN";

std::string_view AttributeOf(HashType type) {
  switch (type) {
    case HashType::kSha256:
      return "APPID://SHA256HASH";
    case HashType::kSha256Flat:
      return "APPID://SHA256FLATHASH";
    case HashType::kSha1:
      return "APPID://SHA1HASH";
  }
  return "APPID://SHA256HASH";
}

Result<std::string> StringLiteral(std::string_view text) {
  if (text.find('"') != std::string_view::npos) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("SDDL can not hold a quotation mark: {}", Quote(text)));
  }
  return fmt::format("\"{}\"", UpperCase(text));
}

Result<std::string> ConditionText(const FilePathCondition& condition) {
  return fmt::format("APPID://PATH Contains {}", TRY(StringLiteral(condition.path)));
}

// The lower end is tested unless the upper end alone is given.
Result<std::string> ConditionText(const FilePublisherCondition& condition) {
  const std::string name = TRY(StringLiteral(fmt::format(
      "{}\\{}\\{}", condition.publisher_name, condition.product_name, condition.binary_name)));
  const auto compare = [&](std::string_view sign, const FileVersion& version) {
    return fmt::format(" && (({}) {} ({{{},{}}}))", kName, sign, name, version.packed);
  };
  const BinaryVersionRange& range = condition.binary_version_range;
  std::string text = fmt::format("(Exists {})", kName);
  if (range.low_section || !range.high_section) {
    text += compare(">=", range.low_section.value_or(FileVersion()));
  }
  if (range.high_section) text += compare("<=", *range.high_section);
  return text;
}

// The digests of one type; empty where the condition has none.
std::string DigestsText(const FileHashCondition& condition, HashType type) {
  std::string digests;
  for (const FileHash& hash : condition.hashes) {
    if (hash.digest.type != type) continue;
    if (!digests.empty()) digests += ", ";
    digests += '#';
    digests += HexLower(Bytes(hash.digest.bytes).first(hash.digest.size()));
  }
  if (digests.empty()) return digests;
  const std::string_view attribute = AttributeOf(type);
  return fmt::format("(Exists {0}) && ({0} Any_of {{{1}}})", attribute, digests);
}

Result<std::string> ConditionText(const FileHashCondition& condition) {
  std::vector<std::string> groups;
  for (const HashType type : {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1}) {
    std::string group = DigestsText(condition, type);
    if (!group.empty()) groups.push_back(std::move(group));
  }
  if (groups.size() == 1) return std::move(groups.front());
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format("{}({})", text.empty() ? "" : " || ", group);
  }
  return text;
}

Result<std::string> ConditionText(const Condition& condition) {
  return std::visit([](const auto& kind) { return ConditionText(kind); }, condition);
}

}  // namespace

Result<std::string> RuleToSddl(const Rule& rule) {
  std::string condition = TRY(ConditionText(rule.condition));
  if (!rule.exceptions.empty()) condition = fmt::format("({})", condition);
  for (const Condition& exception : rule.exceptions) {
    condition += fmt::format(" && (!({}))", TRY(ConditionText(exception)));
  }
  return fmt::format("D:({};;FX;;;{};({}))", rule.action == Action::kDeny ? "XD" : "XA",
                     rule.user_or_group_sid.ToString(), condition);
}

}  // namespace portcullis::applocker
