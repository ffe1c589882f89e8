// SPDX-License-Identifier: Apache-2.0
// What a PolicySet holds. For policy/ alone.
#pragma once

#include <string>
#include <vector>

#include "policy/applocker/judge.h"
#include "policy/policy_set.h"

namespace portcullis {

struct PolicySet::Impl {
  struct Layer {
    std::vector<std::string> names;  // of the policies that were merged, by Rule::source
    applocker::AppLockerPolicy policy;
    applocker::CompiledPolicy compiled;  // borrows `policy`
  };

  uint64_t generation = 1;
  MatchingSettings settings;
  std::vector<Layer> layers;
};

}  // namespace portcullis
