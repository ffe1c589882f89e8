// SPDX-License-Identifier: Apache-2.0
// The number that a blocked person is told, and that `portcullis events --request` finds.
//
// Shape:   12 characters of Crockford's base 32 in groups of four ("7K3Q-9XA0-DM2V"): no I, L, O or
//          U, read without regard to case. A keyed permutation of a counter: within a process none
//          comes twice in 2^60, and who knows some can not tell others.
// Limits:  60 bits. It names an event and gives no right to it.
// Errors:  none; without the kernel's random numbers the clock and the process's number key it.
// Threads: Next from any thread, without a system call.
// Source:  Crockford, "Base 32".
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::eventlog {

class RequestIds {
 public:
  // Asks the kernel for a key.
  RequestIds();
  explicit RequestIds(const uint64_t (&key)[2]) : key_{key[0], key[1]} {}
  std::string Next();

 private:
  uint64_t key_[2];
  std::atomic<uint64_t> count_{0};
};

// As typed by hand: any case, with or without hyphens, O for 0, I and L for 1. Returns it as Next
// wrote it; none where it is no request id.
std::optional<std::string> ParseRequestId(std::string_view typed);

}  // namespace portcullis::eventlog
