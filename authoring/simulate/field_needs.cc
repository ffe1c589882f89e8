// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/field_needs.h"

#include <variant>

namespace portcullis::simulation {

using applocker::Condition;

void FieldNeeds::AddCondition(Needs& needs, const Condition& condition) {
  if (const auto* hashes = std::get_if<applocker::FileHashCondition>(&condition)) {
    for (const applocker::FileHash& hash : hashes->hashes) {
      needs.sha256 |= hash.digest.type == HashType::kSha256;
      needs.sha256_flat |= hash.digest.type == HashType::kSha256Flat;
      needs.sha1 |= hash.digest.type == HashType::kSha1;
    }
    return;
  }
  needs.publisher |= std::holds_alternative<applocker::FilePublisherCondition>(condition);
  needs.path |= std::holds_alternative<applocker::FilePathCondition>(condition);
}

void FieldNeeds::Add(const PolicySet& policies) {
  for (size_t i = 0; i < policies.layers(); ++i) {
    for (const applocker::RuleCollection& collection : policies.layer(i).collections) {
      if (!collection.type) continue;
      Needs& needs = of_collections_.at(static_cast<size_t>(*collection.type));
      for (const applocker::Rule& rule : collection.rules) {
        AddCondition(needs, rule.condition);
        for (const Condition& exception : rule.exceptions) AddCondition(needs, exception);
      }
    }
  }
}

Lacking FieldNeeds::LackedBy(const FileReport& report, const FileAttributes& file) const {
  Lacking lacking;
  if (!report.collection) return lacking;
  const Needs& needs = of_collections_.at(static_cast<size_t>(*report.collection));
  const bool knows_publisher = report.publisher_told && !report.identity.unknown.publisher;
  lacking.publisher = needs.publisher && !file.publisher && !knows_publisher;
  lacking.hash = (needs.sha256 && !file.sha256) || (needs.sha256_flat && !file.sha256_flat) ||
                 (needs.sha1 && !file.sha1);
  lacking.path = needs.path && file.paths.empty();
  return lacking;
}

}  // namespace portcullis::simulation
