// SPDX-License-Identifier: Apache-2.0
// Publisher rules: files whose signature says the same at the level asked for share one.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "authoring/generate/draft_rule.h"
#include "policy/applocker/limits.h"

namespace portcullis {
namespace {

using applocker::FilePublisherCondition;

// In a rule `*` alone is any publisher or product, and a wildcard in a binary name is one: a file
// that calls itself so must not widen its own rule.
bool IsLiteralName(std::string_view text) {
  return IsRuleText(text, applocker::kMaxPublisherTextLength) && text != "*";
}
bool IsLiteralBinary(std::string_view text) { return IsLiteralName(text) && !HasWildcard(text); }

// Why the level asked for can not be had; empty where it can.
std::string_view Obstacle(const SeenFile& file, PublisherLevel level) {
  if (!file.publisher) return "it counts as unsigned";
  if (level >= PublisherLevel::kPublisher && !IsLiteralName(file.publisher->publisher)) {
    return "a rule can not say the name of its publisher";
  }
  if (level >= PublisherLevel::kProduct && !IsLiteralName(file.publisher->product)) {
    return "it names no product that a rule could say";
  }
  if (level >= PublisherLevel::kFile && !IsLiteralBinary(file.publisher->binary)) {
    return "it names no original file name that a rule could say";
  }
  return {};
}

applocker::BinaryVersionRange RangeFor(FileVersion version, VersionChoice choice) {
  applocker::BinaryVersionRange range;
  const bool is_exact = choice == VersionChoice::kExactly;
  // Of no version at all every one is above.
  const bool is_above = choice == VersionChoice::kAtLeast && version != FileVersion();
  if (is_exact || is_above) range.low_section = version;
  if (is_exact || choice == VersionChoice::kAtMost) range.high_section = version;
  return range;
}

FilePublisherCondition ConditionFor(const FullyQualifiedBinaryName& name,
                                    const GenerateOptions& options) {
  const PublisherLevel level = options.LevelToUse();
  FilePublisherCondition condition{"*", "*", "*", {}};
  if (level >= PublisherLevel::kPublisher) condition.publisher_name = name.publisher;
  if (level >= PublisherLevel::kProduct) condition.product_name = name.product;
  if (level >= PublisherLevel::kFile) condition.binary_name = name.binary;
  if (level >= PublisherLevel::kVersion) {
    condition.binary_version_range = RangeFor(name.version, options.version);
  }
  return condition;
}

// "BINARY, version V and above, in PRODUCT, from PUBLISHER", as Windows' editor names them.
std::string NameFor(const FilePublisherCondition& condition) {
  if (condition.product_name == "*") return fmt::format("Signed by {}", condition.publisher_name);
  const std::string origin =
      fmt::format("{}, from {}", condition.product_name, condition.publisher_name);
  if (condition.binary_name == "*") return origin;
  const auto& [low, high] = condition.binary_version_range;
  if (low && high) {
    return fmt::format("{} version {} exactly in {} from {}", condition.binary_name,
                       low->ToString(), condition.product_name, condition.publisher_name);
  }
  std::string versions;
  if (low) versions = fmt::format(", version {} and above", low->ToString());
  if (high) versions = fmt::format(", version {} and below", high->ToString());
  return fmt::format("{}{}, in {}", condition.binary_name, versions, origin);
}

// Which files share a rule: those of one condition, of groups also those whose ranges make one.
using Key = std::tuple<applocker::CollectionType, std::string, std::string, std::string,
                       std::optional<FileVersion>, std::optional<FileVersion>>;

Key KeyFor(applocker::CollectionType collection, const FilePublisherCondition& condition,
           const GenerateOptions& options) {
  Key key{collection,
          condition.publisher_name,
          condition.product_name,
          condition.binary_name,
          condition.binary_version_range.low_section,
          condition.binary_version_range.high_section};
  const bool joins = options.grouping == Grouping::kOptimize;
  if (joins && options.version == VersionChoice::kAtLeast) std::get<4>(key).reset();
  if (joins && options.version == VersionChoice::kAtMost) std::get<5>(key).reset();
  return key;
}

// An open end is further than any version.
void Widen(applocker::BinaryVersionRange& range, const applocker::BinaryVersionRange& other) {
  range.low_section = std::min(range.low_section, other.low_section);  // absent is the least
  const bool is_open = !range.high_section || !other.high_section;
  range.high_section = is_open ? std::nullopt : std::max(range.high_section, other.high_section);
}

}  // namespace

Drafts DraftPublisherRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                           const GenerateOptions& options) {
  Drafts drafts;
  std::map<Key, DraftRule> rules;
  for (PendingFile& waiting : pending) {
    const SeenFile& file = files[waiting.file];
    const std::string_view obstacle = Obstacle(file, options.LevelToUse());
    if (!obstacle.empty()) {
      AddReason(waiting, obstacle);
      drafts.left.push_back(std::move(waiting));
      continue;
    }
    const FilePublisherCondition condition = ConditionFor(*file.publisher, options);
    auto [found, is_new] = rules.try_emplace(KeyFor(file.collection, condition, options));
    DraftRule& draft = found->second;
    if (is_new) draft = {file.collection, condition, {}, {}};
    Widen(std::get<FilePublisherCondition>(draft.condition).binary_version_range,
          condition.binary_version_range);
    draft.files.push_back(waiting.file);
  }
  for (auto& [key, draft] : rules) {
    draft.name = NameFor(std::get<FilePublisherCondition>(draft.condition));
    drafts.rules.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace portcullis
