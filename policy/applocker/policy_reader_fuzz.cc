// SPDX-License-Identifier: Apache-2.0
// Reads any bytes as a policy. What is accepted must be written and read back equal, and the text
// of the second writing must be that of the first.
#include <cstdint>
#include <cstdlib>

#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"

namespace {

using namespace portcullis;             // NOLINT(google-build-using-namespace)
using namespace portcullis::applocker;  // NOLINT(google-build-using-namespace)

void CheckRoundTrip(const AppLockerPolicy& policy) {
  const auto text = WritePolicy(policy);
  if (!text) std::abort();
  const auto again = ReadPolicy(MemorySource(AsBytes(*text)));
  if (!again.policy || !(*again.policy == policy)) std::abort();
  const auto second = WritePolicy(*again.policy);
  if (!second || *second != *text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemorySource source({data, size});
  const auto document = ReadPolicy(source);
  if (document.policy.has_value() != document.accepted()) std::abort();
  if (document.policy) CheckRoundTrip(*document.policy);

  // What is accepted strictly is accepted by the schema alone.
  const auto lax = ReadPolicy(source, {.schema_only = true, .max_errors = 3});
  if (document.accepted() && !lax.accepted()) std::abort();
  if (lax.errors.size() > 4) std::abort();
  return 0;
}
