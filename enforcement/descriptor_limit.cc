// SPDX-License-Identifier: Apache-2.0
#include "enforcement/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace portcullis::enforcement {

int RaiseDescriptorLimit(int most) {
  rlimit limit{};
  const auto bound = static_cast<rlim_t>(most);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return most;
  const rlim_t wanted = std::min(limit.rlim_max, bound);
  const rlimit raised{wanted, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return static_cast<int>(wanted);
  return static_cast<int>(std::min(limit.rlim_cur, bound));
}

}  // namespace portcullis::enforcement
