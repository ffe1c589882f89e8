// SPDX-License-Identifier: Apache-2.0
// What a PolicySet holds. For policy/ alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/applocker/judge.h"
#include "policy/layer_rules.h"
#include "policy/policy_set.h"

namespace portcullis {

struct PolicySet::Impl {
  struct Layer {
    std::vector<std::string> names;  // of the policies that were merged, by Rule::source
    std::unique_ptr<LayerRules> rules;
    applocker::CompiledPolicy compiled;  // may borrow the image of `rules`
  };

  uint64_t generation = 1;
  MatchingSettings settings;
  std::vector<Layer> layers;
  // Software Restriction Policies, where they are asked.
  struct Srp {
    srp::Environment environment;  // for the trace
    srp::CompiledPolicy compiled;
    std::vector<std::string> names;  // of its policies
    bool is_beside_rules = false;    // AppLocker has rules too
  };
  std::unique_ptr<const Srp> srp;
};

}  // namespace portcullis
