// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/rule_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "authoring/condition_text.h"
#include "authoring/rule_id.h"
#include "base/bytes.h"
#include "base/quote.h"
#include "base/utf.h"
#include "policy/applocker/limits.h"

namespace portcullis::authoring {
namespace {

using applocker::Action;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;

Unexpected Wrong(std::string_view field, const std::string& found, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("{} {}: {}", field, Quote(found), allowed));
}

Result<Action> ActionOf(const std::string& text) {
  const std::string upper = UpperCase(text);
  if (upper == "ALLOW") return Action::kAllow;
  if (upper == "DENY") return Action::kDeny;
  return Wrong("action", text, "allow or deny is allowed");
}

Result<std::optional<FileVersion>> SectionOf(std::string_view field, const std::string& text) {
  if (text == "*") return std::nullopt;
  const auto version = FileVersion::Parse(text);
  if (!version) return Wrong(field, text, "* or a version of four parts (1.2.3.4) is allowed");
  return *version;
}

Result<FileHash> HashOf(std::string_view text) {
  const std::string_view digits = text.starts_with("0x") ? text.substr(2) : text;
  FileHash hash;
  const auto bytes = FromHex(digits);
  if (!bytes || bytes->size() != hash.digest.size()) {
    return Wrong("hash", std::string(text), "a SHA-256 of 64 hex digits is expected");
  }
  std::ranges::copy(*bytes, hash.digest.bytes.begin());
  return hash;
}

Result<Condition> PublisherOf(const RuleText& text) {
  FilePublisherCondition condition{*text.publisher, text.product, text.binary, {}};
  condition.binary_version_range.low_section = TRY(SectionOf("low", text.low));
  condition.binary_version_range.high_section = TRY(SectionOf("high", text.high));
  return condition;
}

Result<Condition> HashesOf(const RuleText& text) {
  FileHashCondition condition;
  for (const std::string& hash : text.hashes) condition.hashes.push_back(TRY(HashOf(hash)));
  condition.hashes.insert(condition.hashes.end(), text.files.begin(), text.files.end());
  return condition;
}

bool HasVersionOrProduct(const RuleText& text) {
  return text.product != "*" || text.binary != "*" || text.low != "*" || text.high != "*";
}

Result<Condition> ConditionOf(const RuleText& text) {
  const bool has_hash = !text.hashes.empty() || !text.files.empty();
  const int kinds = (text.path ? 1 : 0) + (text.publisher ? 1 : 0) + (has_hash ? 1 : 0);
  if (kinds != 1) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("a rule has one condition, a path, a publisher or hashes; {} are given",
                            kinds));
  }
  if (!text.publisher && HasVersionOrProduct(text)) {
    return Fail(ErrorCode::kMalformed, "product, binary, low and high belong to a publisher");
  }
  if (text.path) return FilePathCondition{*text.path};
  return text.publisher ? PublisherOf(text) : HashesOf(text);
}

// As much of it as a name can hold.
std::string NameFor(const Condition& condition) {
  std::string name = ConditionText(condition);
  if (name.size() <= applocker::kMaxNameLength) return name;
  name.resize(applocker::kMaxNameLength);
  while (!IsValidUtf8(name)) name.pop_back();
  return name;
}

}  // namespace

Result<NewRule> MakeRule(const RuleText& text) {
  NewRule made;
  const auto collection = applocker::ParseCollectionType(text.collection);
  if (!collection) {
    return Wrong("collection", text.collection,
                 "Exe, Dll, Script, Msi, Appx or ManagedInstaller is allowed");
  }
  made.collection = *collection;
  Rule& rule = made.rule;
  rule.action = TRY(ActionOf(text.action));
  const auto sid = Sid::Parse(text.user);
  if (!sid) return Wrong("user", text.user, sid.error().message);
  rule.user_or_group_sid = *sid;
  rule.condition = TRY(ConditionOf(text));
  for (const std::string& path : text.except_paths) {
    rule.exceptions.emplace_back(FilePathCondition{path});
  }
  if (!rule.exceptions.empty() && std::holds_alternative<FileHashCondition>(rule.condition)) {
    return Fail(ErrorCode::kMalformed, "a hash rule has no exceptions");
  }
  rule.name = text.name.value_or(NameFor(rule.condition));
  rule.description = text.description;
  const auto id = text.id ? applocker::RuleId::Parse(*text.id) : std::nullopt;
  if (text.id && !id) return Wrong("id", *text.id, "a GUID without braces is expected");
  rule.id = id ? *id : TRY(DeriveRuleId(ToString(made.collection), rule));
  return made;
}

}  // namespace portcullis::authoring
