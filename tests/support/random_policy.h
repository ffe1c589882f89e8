// SPDX-License-Identifier: Apache-2.0
// Policies from a seed, with every element and attribute the schema has, for round trips and for
// second opinions. All of them are valid, beyond the schema as well.
#pragma once

#include <cstddef>
#include <random>

#include "policy/applocker/model.h"

namespace portcullis::applocker {

class RandomPolicy {
 public:
  explicit RandomPolicy(uint32_t seed) : random_(seed) {}

  AppLockerPolicy Make(size_t max_rules_per_collection = 4);

 private:
  size_t Below(size_t end);
  bool OneIn(size_t n) { return Below(n) == 0; }
  // Characters of every kind that XML carries, those it must escape among them.
  std::string Text(size_t min_length, size_t max_length);
  RuleId Id();
  Sid AnySid();
  std::optional<FileVersion> VersionSection();
  FileHash Hash();
  FilePublisherCondition Publisher();
  FilePathCondition Path();
  FileHashCondition Hashes();
  Condition AnyCondition();
  Rule AnyRule();
  RuleCollectionExtensions Extensions();

  std::mt19937 random_;
};

}  // namespace portcullis::applocker
