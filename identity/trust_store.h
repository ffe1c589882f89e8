// SPDX-License-Identifier: Apache-2.0
// The trust anchors that Identify judges signatures by. Whoever finds the files (the host room, by
// docs/trust-anchors.md) hands their bytes to Add; after that the store is shared by all threads.
#pragma once

#include "formats/authenticode/trust_store.h"

namespace portcullis {

using TrustStore = authenticode::TrustStore;

}  // namespace portcullis
