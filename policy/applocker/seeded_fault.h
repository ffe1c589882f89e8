// SPDX-License-Identifier: Apache-2.0
// Faults that a test plants in the fast engine to see that the property test finds them.
//
// Only tests/engine's own copy of the engine is compiled with PORTCULLIS_SEEDED_FAULTS; everywhere
// else Fault is false at compile time, and nothing of it is left in the program.
#pragma once

namespace portcullis::applocker {

#ifdef PORTCULLIS_SEEDED_FAULTS
inline int seeded_fault = 0;  // the fault that is switched on; 0 for none
inline bool Fault(int number) { return seeded_fault == number; }
#else
constexpr bool Fault(int /*number*/) { return false; }
#endif

}  // namespace portcullis::applocker
