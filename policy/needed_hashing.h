// SPDX-License-Identifier: Apache-2.0
// Which digests of a file the rules of a set can ask for; nobody need compute the rest.
//
// Threads: a pure function.
#pragma once

#include "identity/identify.h"
#include "policy/policy_set.h"

namespace portcullis {

Hashing NeededHashing(const PolicySet& policies);

}  // namespace portcullis
