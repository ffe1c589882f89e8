// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/cover_index.h"

#include "authoring/change/covers.h"
#include "base/bytes.h"
#include "base/utf.h"
#include "policy/path_text.h"
#include "policy/text_hash.h"

namespace portcullis::authoring {
namespace {

using applocker::Action;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;

// Whom a rule is for and what it says of them. A hash that two share costs time alone: who asks
// compares.
uint64_t CallersKey(Action action, const Sid& sid) {
  std::string bytes;
  sid.AppendBinary(bytes);
  return MixHash(HashText(bytes), static_cast<uint64_t>(action));
}

uint64_t PathScope(uint64_t callers) { return MixHash(callers, 1); }

uint64_t PublisherScope(uint64_t callers, const std::string& publisher,
                        const std::string& product) {
  return MixHash(MixHash(MixHash(callers, 2), HashText(UpperCase(publisher))),
                 HashText(UpperCase(product)));
}

uint64_t HashKey(uint64_t callers, const FileDigest& digest) {
  const Bytes bytes = Bytes(digest.bytes).first(digest.size());
  return MixHash(MixHash(callers, 3 + static_cast<uint64_t>(digest.type)), HashText(AsText(bytes)));
}

std::string PathText(const FilePathCondition& condition) {
  return PatternToAlphabet(condition.path, PathKind::kWindows).upper;
}

}  // namespace

CoverIndex::CoverIndex(const std::vector<Rule>& rules, const MatchingSettings& settings)
    : settings_(settings) {
  applocker::PatternIndexBuilder builder(applocker::QuestionMark::kWildcard);
  texts_.reserve(rules.size());
  for (size_t i = 0; i < rules.size(); ++i) Add(rules[i], static_cast<uint32_t>(i), builder);
  patterns_ = builder.Build();
  texts_ = {};
}

void CoverIndex::Add(const Rule& rule, uint32_t place, applocker::PatternIndexBuilder& builder) {
  const uint64_t callers = CallersKey(rule.action, rule.user_or_group_sid);
  if (const auto* path = std::get_if<FilePathCondition>(&rule.condition)) {
    if (path->path == "*") {
      any_path_[callers].push_back(place);
      return;
    }
    builder.Add(texts_.emplace_back(PathText(*path)), PathScope(callers), place);
  } else if (const auto* publisher = std::get_if<FilePublisherCondition>(&rule.condition)) {
    builder.Add(texts_.emplace_back(BinaryPattern(publisher->binary_name, settings_)),
                PublisherScope(callers, publisher->publisher_name, publisher->product_name), place);
  } else {
    for (const FileHash& hash : std::get<FileHashCondition>(rule.condition).hashes) {
      hashes_[HashKey(callers, hash.digest)].push_back(place);
    }
  }
}

bool CoverIndex::AnyPattern(std::string_view text, uint64_t scope,
                            const std::function<bool(size_t)>& try_rule) const {
  const auto components = SplitIntoComponents(text);
  bool found = false;
  patterns_.Candidates({text, &components}, 0, scope, patterns_.KindsOf(scope),
                       [&](uint32_t place) { found = found || try_rule(place); });
  return found;
}

bool CoverIndex::AnyIn(const std::unordered_map<uint64_t, Places>& table, uint64_t key,
                       const std::function<bool(size_t)>& try_rule) const {
  const auto found = table.find(key);
  return found != table.end() && std::ranges::any_of(found->second, try_rule);
}

bool CoverIndex::AnyOfCallers(const Rule& rule, uint64_t callers,
                              const std::function<bool(size_t)>& try_rule) const {
  if (AnyIn(any_path_, callers, try_rule)) return true;
  if (const auto* path = std::get_if<FilePathCondition>(&rule.condition)) {
    return AnyPattern(PathText(*path), PathScope(callers), try_rule);
  }
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&rule.condition)) {
    const std::string binary = BinaryPattern(publisher->binary_name, settings_);
    for (const std::string& name : {publisher->publisher_name, std::string("*")}) {
      for (const std::string& product : {publisher->product_name, std::string("*")}) {
        if (AnyPattern(binary, PublisherScope(callers, name, product), try_rule)) return true;
      }
    }
    return false;
  }
  // Who covers it has all of its hashes, so the first will do.
  const auto& hashes = std::get<FileHashCondition>(rule.condition).hashes;
  return !hashes.empty() && AnyIn(hashes_, HashKey(callers, hashes.front().digest), try_rule);
}

bool CoverIndex::AnyCandidate(const Rule& rule, const std::function<bool(size_t)>& try_rule) const {
  for (const Action action : {Action::kDeny, Action::kAllow}) {
    if (action == Action::kAllow && rule.action == Action::kDeny) continue;
    for (const Sid& sid : {rule.user_or_group_sid, well_known_sids::kEveryone}) {
      if (AnyOfCallers(rule, CallersKey(action, sid), try_rule)) return true;
    }
  }
  return false;
}

}  // namespace portcullis::authoring
