// SPDX-License-Identifier: Apache-2.0
#include "enforcement/rule_advice.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/bytes.h"
#include "formats/xml/escape.h"
#include "policy/applocker/policy_writer.h"
#include "policy/srp/rule_text.h"

namespace portcullis::enforcement {
namespace {

using applocker::Condition;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::Rule;

// The same rule for the same advice, so that it can be given twice. By FNV-1a.
applocker::RuleId IdOf(std::string_view text) {
  applocker::RuleId id;
  uint64_t hash = 0xCBF2'9CE4'8422'2325;
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    for (const uint8_t c : AsBytes(text)) hash = (hash ^ c) * 0x100'0000'01B3;
    id.bytes[i] = static_cast<uint8_t>(hash >> 32);
  }
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x80);  // version 8: our own making
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::string WhoText(const Sid& sid) {
  if (sid == well_known_sids::kEveryone) return "Everyone";
  return sid == well_known_sids::kAdministrators ? "Administrators" : sid.ToString();
}

std::string WhatText(const Condition& condition) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) return "path " + path->path;
  return "its hash";
}

FileHashCondition HashesOf(const FileIdentity& identity) {
  FileHashCondition condition;
  for (const FileHashCandidate& hash : identity.hashes) {
    condition.hashes.push_back({hash.digest, std::nullopt, std::nullopt});
  }
  return condition;
}

bool IsAmong(const applocker::FileHash& hash, const FileHashCondition& hashes) {
  return std::ranges::any_of(hashes.hashes,
                             [&](const auto& other) { return other.digest == hash.digest; });
}

Condition ConditionOf(const AdvisedFile& file) {
  const std::string pattern = PatternOf(*file.spellings);
  if (!pattern.empty()) return FilePathCondition{pattern};
  FileHashCondition hashes = HashesOf(*file.identity);
  if (!hashes.hashes.empty()) hashes.hashes.resize(1);
  return hashes;
}

}  // namespace

std::string PatternOf(const std::vector<PathSpelling>& spellings) {
  // The speller begins with the plain path and goes on with the nearest macro.
  const auto spelled = std::ranges::find_if(spellings, [](const PathSpelling& spelling) {
    return spelling.verified && spelling.text.starts_with('%');
  });
  if (spelled == spellings.end() && spellings.empty()) return {};
  std::string pattern = spelled != spellings.end() ? spelled->text : spellings.front().text;
  const auto is_odd = [](unsigned char c) {
    return c == '*' || c == '?' || c == '\\' || c < ' ' || c == 0x7F;
  };
  if (std::ranges::any_of(pattern, is_odd)) return {};
  if (spelled != spellings.end()) std::ranges::replace(pattern, '/', '\\');
  return pattern;
}

RuleAdvice AdviseAllow(const AdvisedFile& file, applocker::CollectionType collection,
                       const Sid& who, bool is_folder) {
  RuleAdvice advice{RuleAdvice::Kind::kAddRule, collection, {}, {}};
  Rule& rule = advice.rule;
  rule.condition = ConditionOf(file);
  if (auto* path = std::get_if<FilePathCondition>(&rule.condition); path != nullptr && is_folder) {
    path->path += "\\*";
  }
  rule.user_or_group_sid = who;
  rule.action = applocker::Action::kAllow;
  rule.name = fmt::format("What the machine needs: {}",
                          std::holds_alternative<FilePathCondition>(rule.condition)
                              ? std::get<FilePathCondition>(rule.condition).path
                              : file.path.substr(file.path.rfind('/') + 1));
  const std::string named = fmt::format("{} {} {}", ToString(collection), who.ToString(),
                                        rule.name + WhatText(rule.condition));
  rule.id = IdOf(named);
  return advice;
}

RuleAdvice AdviseSrp(const AdvisedFile& file) {
  RuleAdvice advice;
  advice.kind = RuleAdvice::Kind::kAddSrpRule;
  srp::Rule& rule = advice.srp;
  rule.level = srp::Level::kUnrestricted;
  rule.condition = srp::PathCondition{file.path, false};
  rule.description = "What the machine needs";
  rule.id.bytes = IdOf("srp " + file.path).bytes;
  return advice;
}

RuleAdvice AdviseException(const AdvisedFile& file, applocker::CollectionType collection,
                           const Rule& deny) {
  if (std::holds_alternative<FileHashCondition>(deny.condition)) {
    return {RuleAdvice::Kind::kTakeOutHash, collection, deny, HashesOf(*file.identity)};
  }
  return {RuleAdvice::Kind::kAddException, collection, deny, ConditionOf(file)};
}

void Apply(const RuleAdvice& advice, applocker::AppLockerPolicy& policy) {
  for (applocker::RuleCollection& collection : policy.collections) {
    if (collection.type != advice.collection) continue;
    const auto found = std::ranges::find(collection.rules, advice.rule.id, &Rule::id);
    if (advice.kind == RuleAdvice::Kind::kAddRule) {
      if (found == collection.rules.end()) collection.rules.push_back(advice.rule);
      continue;
    }
    if (found == collection.rules.end()) continue;
    if (advice.kind == RuleAdvice::Kind::kAddException) {
      found->exceptions.push_back(advice.condition);
      continue;
    }
    auto& hashes = std::get<FileHashCondition>(found->condition).hashes;
    const auto& out = std::get<FileHashCondition>(advice.condition);
    std::erase_if(hashes, [&](const auto& hash) { return IsAmong(hash, out); });
    if (hashes.empty()) collection.rules.erase(found);
  }
}

std::string RuleAdvice::ToWords() const {
  switch (kind) {
    case Kind::kAddRule:
      return fmt::format("add to the {} collection: allow {} {}", ToString(collection),
                         WhoText(rule.user_or_group_sid), WhatText(rule.condition));
    case Kind::kAddException:
      return fmt::format("add to the {} rule \"{}\" ({}) the exception {}", ToString(collection),
                         rule.name, rule.id.ToString(), WhatText(condition));
    case Kind::kAddSrpRule:
      return fmt::format("add to the Software Restriction Policies: Unrestricted path {}",
                         srp::TargetText(srp));
    case Kind::kTakeOutHash:
      break;
  }
  return fmt::format("take the file's hash out of the {} rule \"{}\" ({})", ToString(collection),
                     rule.name, rule.id.ToString());
}

// A rule of its own holds the condition, so that the writer's one form is all there is.
std::string RuleAdvice::ToXml() const {
  if (kind == Kind::kAddSrpRule) {
    std::string path;
    xml::AppendEscaped(path, srp::TargetText(srp));
    return fmt::format(R"(<PathRule Id="{}" Level="Unrestricted" Path="{}" Description="{}"/>)",
                       srp.id.ToString(), path, srp.description);
  }
  Rule shown = rule;
  if (kind == Kind::kAddException) {
    shown.exceptions.push_back(condition);
  } else if (kind == Kind::kTakeOutHash) {
    auto& hashes = std::get<FileHashCondition>(shown.condition).hashes;
    std::erase_if(hashes, [&](const auto& hash) {
      return !IsAmong(hash, std::get<FileHashCondition>(condition));
    });
  }
  return applocker::RuleToXml(shown).value_or("");
}

}  // namespace portcullis::enforcement
