// SPDX-License-Identifier: Apache-2.0
// WriteAccess that can also list every place, for who knows exceptions.
//
// Threads: reentrant.
// Source:  docs/authoring.md "Who may write".
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "authoring/write_access.h"

namespace portcullis {

class WritableTrees : public WriteAccess {
 public:
  // Hands over the topmost places that FindInTree speaks of, in the order of their paths, until
  // `take` says false. Where the folder itself may be put in place of another, only that.
  virtual Result<void> ForEachInTree(
      const std::string& folder, const Writers& writers,
      const std::function<bool(const WritablePlace&)>& take) const = 0;

  Result<std::optional<WritablePlace>> FindInTree(const std::string& folder,
                                                  const Writers& writers) const final {
    std::optional<WritablePlace> first;
    TRY_VOID(ForEachInTree(folder, writers, [&](const WritablePlace& place) {
      first = place;
      return false;
    }));
    return first;
  }
};

}  // namespace portcullis
