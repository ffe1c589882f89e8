// SPDX-License-Identifier: Apache-2.0
// Folders that an ordinary user may write and whose files the policy lets him run: the hole in most
// allow rules about places.
//
// Shape:   walks the folders of the file systems that are judged; of each that others than root may
//          write the policy itself is asked about a new file in it.
// Limits:  kMaxFoldersLookedAt folders; `is_complete` says whether that was enough. Of a rule
// kMaxShownFolders
//          are kept, and all are counted.
// Errors:  none: a folder that can not be read is passed over.
// Threads: reentrant; reads the disk.
// Source:  docs/semantics.md; the file is new, so it has no publisher and no hash that a rule
// knows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/path_spellings.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

inline constexpr uint64_t kMaxFoldersLookedAt = 2'000'000;
inline constexpr size_t kMaxShownFolders = 3;

struct WritablePlace {
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  std::string rule;  // its name, or its id; empty: allowed without a rule
  uint64_t folders = 0;
  std::vector<std::string> examples;
};

struct WritablePlaces {
  std::vector<WritablePlace> places;
  uint64_t looked_at = 0;
  bool is_complete = true;
};

// `points`: mount points of the file systems that are judged (mount_watch.h). Collections without
// rules are passed over, and so is a file of a collection that only audits.
WritablePlaces FindWritablePlaces(const PolicySet& policies, const PathSpeller& speller,
                                  const std::vector<std::string>& points,
                                  uint64_t limit = kMaxFoldersLookedAt);

}  // namespace portcullis::enforcement
