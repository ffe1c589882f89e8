// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/policy_builder.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "policy/applocker/limits.h"

namespace portcullis::applocker {
namespace {

// A policy has six kinds of collections; a few unknown ones may stand beside them.
constexpr size_t kMaxCollections = 64;

}  // namespace

void PolicyBuilder::Begin(Node node, xml::Position where) {
  where_ = where;
  switch (node) {
    case Node::kCollection:
      return BeginCollection(where);
    case Node::kPublisherRule:
      return BeginRule(FilePublisherCondition(), where);
    case Node::kPathRule:
      return BeginRule(FilePathCondition(), where);
    case Node::kHashRule:
      return BeginRule(FileHashCondition(), where);
    case Node::kExceptions:
      is_in_exceptions_ = true;
      return;
    case Node::kPublisherCondition:
      return BeginCondition(FilePublisherCondition(), where);
    case Node::kPathCondition:
      return BeginCondition(FilePathCondition(), where);
    case Node::kHashCondition:
      return BeginCondition(FileHashCondition(), where);
    case Node::kFileHash:
      return BeginHash(where);
    case Node::kCollectionExtensions:
      return BeginExtensions(where);
    case Node::kCollectionRedstone:
      collection_->extensions->has_redstone = true;
      return;
    case Node::kOriginDataRevocation:
      collection_->extensions->origin_data_revocation.emplace();
      return;
    default:
      return;
  }
}

void PolicyBuilder::End(Node node) {
  switch (node) {
    case Node::kExceptions:
      is_in_exceptions_ = false;
      return;
    case Node::kVersionRange:
      return EndVersionRange();
    case Node::kFileHash:
      return EndHash();
    default:
      return;
  }
}

void PolicyBuilder::Keep(Node node, std::string text) {
  if (node == Node::kPolicyExtensions) {
    policy_.policy_extensions = std::move(text);
  } else {
    collection_->extensions->other_elements += text;
  }
}

void PolicyBuilder::MoveInto(PolicyDocument& document) {
  ids_.Check(report_);
  if (report_.is_clean()) document.policy = std::move(policy_);
  document.collections = std::move(summaries_);
}

void PolicyBuilder::StopAt(xml::Position where, std::string_view id, std::string message) {
  report_.Error(where, id, std::move(message));
  must_stop_ = true;
}

void PolicyBuilder::BeginCollection(xml::Position where) {
  if (policy_.collections.size() == kMaxCollections) {
    StopAt(where, "too-many-collections", fmt::format("more than {} collections", kMaxCollections));
  }
  collection_ = &policy_.collections.emplace_back();
  summaries_.emplace_back();
}

void PolicyBuilder::BeginRule(Condition condition, xml::Position where) {
  std::vector<Rule>& rules = collection_->rules;
  if (report_.has_errors()) rules.clear();
  rule_ = &rules.emplace_back();
  rule_->line = where.line;
  rule_->condition = std::move(condition);
  condition_ = &rule_->condition;
  is_in_exceptions_ = false;
  if (++summaries_.back().rules == kMaxRulesPerCollection + 1) {
    report_.BeyondSchema(where, "too-many-rules",
                         fmt::format("more than {} rules in a collection; Windows takes no more",
                                     kMaxRulesPerCollection));
  }
}

void PolicyBuilder::BeginCondition(Condition condition, xml::Position where) {
  if (!is_in_exceptions_) {
    rule_->condition = std::move(condition);
    condition_ = &rule_->condition;
    return;
  }
  if (rule_->exceptions.size() == kMaxExceptionsPerRule) {
    StopAt(where, "too-many-exceptions",
           fmt::format("more than {} exceptions in a rule", kMaxExceptionsPerRule));
  }
  condition_ = &rule_->exceptions.emplace_back(std::move(condition));
}

void PolicyBuilder::BeginHash(xml::Position where) {
  if (++hashes_ > kMaxHashesPerPolicy) {
    StopAt(where, "too-many-hashes",
           fmt::format("more than {} hashes in a policy", kMaxHashesPerPolicy));
  }
  std::get<FileHashCondition>(*condition_).hashes.emplace_back();
  hash_type_.reset();
  hash_digits_.reset();
}

void PolicyBuilder::BeginExtensions(xml::Position where) {
  collection_->extensions.emplace();
  const auto type = collection_->type;
  if (type == CollectionType::kExe || type == CollectionType::kDll) return;
  report_.Warning(where, "extensions-without-effect",
                  "RuleCollectionExtensions have a meaning in the collections Exe and Dll only");
}

void PolicyBuilder::EndHash() {
  if (!hash_type_ || !hash_digits_) return;
  FileDigest& digest = std::get<FileHashCondition>(*condition_).hashes.back().digest;
  digest.type = *hash_type_;
  if (hash_digits_->size != digest.size()) {
    report_.BeyondSchema(
        where_, "hash-length",
        fmt::format("{} digits for a hash of type {}; {} are needed to match a file",
                    2 * hash_digits_->size, ToString(digest.type), 2 * digest.size()));
    return;
  }
  digest.bytes = hash_digits_->bytes;
}

void PolicyBuilder::EndVersionRange() {
  const auto& range = std::get<FilePublisherCondition>(*condition_).binary_version_range;
  if (!range.low_section || !range.high_section || *range.low_section <= *range.high_section)
    return;
  report_.Warning(where_, "version-range-empty",
                  fmt::format("LowSection {} is above HighSection {}: no file matches",
                              range.low_section->ToString(), range.high_section->ToString()));
}

}  // namespace portcullis::applocker
