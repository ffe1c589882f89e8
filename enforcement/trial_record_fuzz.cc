// SPDX-License-Identifier: Apache-2.0
// Reads anything as a trial's record; what is accepted reads back as it was written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "enforcement/trial_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  using enforcement::TrialRecord;
  const auto record = TrialRecord::Parse(AsText({data, size}));
  if (!record) return 0;
  if (record->deadline_ns < 0 || !record->policy.starts_with('/')) std::abort();
  const auto again = TrialRecord::Parse(record->ToText());
  if (!again || *again != *record) std::abort();
  return 0;
}
