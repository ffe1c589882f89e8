// SPDX-License-Identifier: Apache-2.0
// Which of several things that changed places have to be moved, so that the others stand in order.
//
// Threads: a pure function.
#pragma once

#include <cstddef>
#include <vector>

namespace portcullis::authoring {

// `places[i]` is where the i-th of them stands afterwards; all differ. True for those to move: as
// few as can be.
std::vector<bool> ToBeMoved(const std::vector<size_t>& places);

}  // namespace portcullis::authoring
