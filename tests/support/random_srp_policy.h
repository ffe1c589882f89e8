// SPDX-License-Identifier: Apache-2.0
// Policies of Software Restriction Policies, made at random: every kind of rule, every setting,
// each of them sometimes absent. The same seed gives the same policy.
#pragma once

#include <cstdint>

#include "policy/srp/model.h"

namespace portcullis::srp {

// CheckPolicy is content with it, and XML can carry its texts.
Policy RandomSrpPolicy(uint32_t seed);

}  // namespace portcullis::srp
