// SPDX-License-Identifier: Apache-2.0
// Where a generated test takes its choices from: a random number generator or a fuzzer's bytes.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace portcullis::testing {

class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed) {}
  // All choices are the first one after the bytes end.
  explicit Choices(std::span<const uint8_t> bytes) : bytes_(bytes), from_bytes_(true) {}

  // A number below `end`, which is at most 65536.
  size_t Below(size_t end) {
    if (!from_bytes_) return std::uniform_int_distribution<size_t>(0, end - 1)(random_);
    size_t value = 0;
    for (size_t limit = 1; limit < end && !bytes_.empty(); limit *= 256) {
      value = value * 256 + bytes_.front();
      bytes_ = bytes_.subspan(1);
    }
    return value % end;
  }
  bool OneIn(size_t n) { return Below(n) == n - 1; }
  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

 private:
  std::mt19937_64 random_;
  std::span<const uint8_t> bytes_;
  bool from_bytes_ = false;
};

}  // namespace portcullis::testing
