// SPDX-License-Identifier: Apache-2.0
#include "enforcement/loss_notes.h"

#include <fmt/core.h>

#include <utility>

namespace portcullis::enforcement {

std::string LossNotes::Take(uint64_t overflows, uint64_t unopened, int64_t now_ns) {
  const bool is_new = overflows != overflows_ || unopened != unopened_;
  if (!is_new || now_ns - told_ns_ < kNotePeriodNs) return {};
  told_ns_ = now_ns;
  return fmt::format(
      "events are missing in the records: the kernel's queue of notifications overflowed {} times, "
      "and {} files that the kernel could not open for the service were refused",
      overflows - std::exchange(overflows_, overflows),
      unopened - std::exchange(unopened_, unopened));
}

}  // namespace portcullis::enforcement
