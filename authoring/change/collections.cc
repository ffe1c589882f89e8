// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/collections.h"

#include <algorithm>

namespace portcullis::authoring {

using applocker::AppLockerPolicy;
using applocker::RuleCollection;

std::string NameOf(const RuleCollection& collection) {
  return collection.type ? ToString(*collection.type) : collection.type_text;
}

const RuleCollection* FindCollection(const AppLockerPolicy& policy, std::string_view name) {
  const auto found = std::ranges::find(policy.collections, name, NameOf);
  return found == policy.collections.end() ? nullptr : &*found;
}

RuleCollection* FindCollection(AppLockerPolicy& policy, std::string_view name) {
  const auto found = std::ranges::find(policy.collections, name, NameOf);
  return found == policy.collections.end() ? nullptr : &*found;
}

RuleCollection ShellOf(const RuleCollection& collection) {
  return {.type = collection.type,
          .type_text = collection.type_text,
          .enforcement_mode = collection.enforcement_mode,
          .rules = {},
          .extensions = collection.extensions};
}

}  // namespace portcullis::authoring
