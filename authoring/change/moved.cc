// SPDX-License-Identifier: Apache-2.0
// The longest ascending run of places stays; by patience sorting in n log n.
#include "authoring/change/moved.h"

#include <algorithm>
#include <cstdint>

namespace portcullis::authoring {

std::vector<bool> ToBeMoved(const std::vector<size_t>& places) {
  constexpr size_t kNone = SIZE_MAX;
  // last[n]: the index of the smallest place that ends an ascending run of n + 1.
  std::vector<size_t> last;
  std::vector<size_t> before(places.size(), kNone);
  for (size_t i = 0; i < places.size(); ++i) {
    const auto run =
        std::ranges::lower_bound(last, places[i], {}, [&](size_t index) { return places[index]; });
    if (run != last.begin()) before[i] = *(run - 1);
    if (run == last.end()) {
      last.push_back(i);
    } else {
      *run = i;
    }
  }
  std::vector<bool> moved(places.size(), true);
  for (size_t i = last.empty() ? kNone : last.back(); i != kNone; i = before[i]) moved[i] = false;
  return moved;
}

}  // namespace portcullis::authoring
