// SPDX-License-Identifier: Apache-2.0
// Security descriptors for property tests: valid, small and of every shape that SDDL can write.
//
// Shape:   the same for the same seed. Conditions use every operator, kind of operand and way of
//          writing a number; names and strings have characters that text must encode.
#pragma once

#include <cstdint>

#include "security/security_descriptor.h"

namespace portcullis::testing {

SecurityDescriptor RandomDescriptor(uint64_t seed);

}  // namespace portcullis::testing
