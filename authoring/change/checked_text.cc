// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/checked_text.h"

#include <fmt/core.h>

#include "base/byte_source.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"

namespace portcullis::authoring {

Result<std::string> WriteCheckedPolicy(const applocker::AppLockerPolicy& policy) {
  std::string text = TRY(applocker::WritePolicy(policy));
  const auto read = applocker::ReadPolicyOrFail(MemorySource(AsBytes(text)));
  if (read) return text;
  return Fail(read.error().code,
              fmt::format("the policy that came of it is refused: {}", read.error().message));
}

}  // namespace portcullis::authoring
