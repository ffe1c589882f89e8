// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/default_rules.h"

#include "authoring/shipped_text.h"
#include "base/byte_source.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis {

Result<applocker::AppLockerPolicy> DefaultRules() {
  const MemorySource source(AsBytes(DefaultRulesText()));
  return applocker::ReadPolicyOrFail(source);
}

}  // namespace portcullis
