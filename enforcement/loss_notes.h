// SPDX-License-Identifier: Apache-2.0
// When it is to be said that the kernel lost news, or could not open a file for the gate.
//
// Limits:  a sentence each kNotePeriodNs, with all that came meanwhile.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::enforcement {

inline constexpr int64_t kNotePeriodNs = 60'000'000'000;

class LossNotes {
 public:
  // Both counted since the start. Empty where there is nothing to say, or not yet.
  std::string Take(uint64_t overflows, uint64_t unopened, int64_t now_ns);

 private:
  uint64_t overflows_ = 0;
  uint64_t unopened_ = 0;
  int64_t told_ns_ = -kNotePeriodNs;
};

}  // namespace portcullis::enforcement
