// SPDX-License-Identifier: Apache-2.0
// How much a test does where the environment says so, and how long it may take for it.
//
// Shape:   numbers by the names of environment variables; ./test --long sets them.
// Limits:  a test ends itself after Seconds (PrivateMounts::Enter); ctest's own limit, which can
// not
//          know the environment, is only the last resort behind it (tests/kernel/CMakeLists.txt).
#pragma once

#include <cstddef>
#include <cstdlib>

namespace portcullis::testing {

inline size_t NumberOf(const char* variable, size_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<size_t>(std::atoll(text));
}

// Ten minutes for any test, and what a busy machine may take for each of `rounds`.
inline unsigned SecondsFor(size_t rounds) {
  constexpr size_t kForAny = 600, kRoundsASecond = 3;
  return static_cast<unsigned>(kForAny + rounds / kRoundsASecond);
}

}  // namespace portcullis::testing
