// SPDX-License-Identifier: Apache-2.0
// How many descriptors a process of the service may have.
//
// Shape:   RaiseDescriptorLimit sets the soft limit to the hard one, but no higher than
//          `most`, and returns what holds then.
// Limits:  a dead gate's events are found by trying every number that a descriptor of it can have
//          had, so no process may go further than the sweep does.
#pragma once

namespace portcullis::enforcement {

inline constexpr int kMostDescriptors = 1 << 16;

int RaiseDescriptorLimit(int most = kMostDescriptors);

}  // namespace portcullis::enforcement
