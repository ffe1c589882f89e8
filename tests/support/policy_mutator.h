// SPDX-License-Identifier: Apache-2.0
// A policy that is another one after changes of every kind, from a seed.
#pragma once

#include <algorithm>
#include <random>
#include <utility>

#include "policy/applocker/model.h"
#include "tests/support/random_policy.h"

namespace portcullis::applocker {

class PolicyMutator {
 public:
  explicit PolicyMutator(uint32_t seed) : random_(seed), fresh_(seed + 1) {}

  AppLockerPolicy Mutate(AppLockerPolicy policy) {
    for (size_t left = Below(6); left > 0; --left) MutateOnce(policy);
    return policy;
  }

 private:
  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  template <typename Item>
  Item& AnyOf(std::vector<Item>& items) {
    return items[Below(items.size())];
  }

  void MutateOnce(AppLockerPolicy& policy) {
    const auto fresh = fresh_.Make();
    if (policy.collections.empty() || fresh.collections.empty()) {
      policy.collections = fresh.collections;
      return;
    }
    switch (Below(4)) {
      case 0:
        policy.policy_extensions = fresh.policy_extensions;
        break;
      case 1:
        std::swap(AnyOf(policy.collections), AnyOf(policy.collections));
        break;
      case 2:
        policy.collections.erase(policy.collections.begin() +
                                 static_cast<std::ptrdiff_t>(Below(policy.collections.size())));
        break;
      default:
        MutateCollection(AnyOf(policy.collections), fresh.collections[0]);
    }
  }

  void MutateCollection(RuleCollection& collection, const RuleCollection& fresh) {
    auto& rules = collection.rules;
    if (rules.empty() || fresh.rules.empty()) {
      collection.enforcement_mode = fresh.enforcement_mode;
      collection.extensions = fresh.extensions;
      return;
    }
    const size_t at = Below(rules.size());
    const auto place = static_cast<std::ptrdiff_t>(at);
    switch (Below(6)) {
      case 0:
        rules.erase(rules.begin() + place);
        break;
      case 1:
        rules.insert(rules.begin() + place, fresh.rules[0]);
        break;
      case 2:
        std::shuffle(rules.begin(), rules.end(), random_);
        break;
      case 3:
        rules[at].id = fresh.rules[0].id;
        break;
      case 4:
        rules[at].condition = fresh.rules[0].condition;
        rules[at].exceptions.clear();
        break;
      default:
        rules[at].name = fresh.rules[0].name;
        rules[at].user_or_group_sid = fresh.rules[0].user_or_group_sid;
    }
  }

  std::mt19937 random_;
  RandomPolicy fresh_;
};

}  // namespace portcullis::applocker
