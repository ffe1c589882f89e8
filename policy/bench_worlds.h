// SPDX-License-Identifier: Apache-2.0
// Large policies and the files that they are asked about, for the benchmarks.
//
// Everything is drawn from a fixed seed. A file has four spellings as on Windows (device path,
// drive, %OSDRIVE% and a folder macro), three of four are signed, and all have three digests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy_set.h"

namespace portcullis::bench {

enum class RuleMix : uint8_t {
  kMix,  // 40 % prefix, 3 % suffix, 2 % infix, 30 % publisher, 25 % hash; 10 % deny
  kPrefix,
  kSuffix,
  kInfix,
  kBinaryWildcards,  // binary names with wildcards under one publisher
  kTenExceptions,    // prefix rules, each with ten exceptions
  kDenyAtTheEnd,     // the mix, and a deny rule for every file as the last
  // Sets built to be the worst.
  kSameInfix,        // `*\X*\*` with one X: all rules match
  kDistinctInfix,    // `*\X*\*`, each another X
  kAllButSid,        // all rules match every file but are for another user
  kAllButException,  // all rules match every file but except it
  kAllButVersion,    // all rules match every signed file but ask for another version
};

enum class Hits : uint8_t { kHalf, kNone };

struct World {
  PolicySet policies;
  AccessToken token;
  std::vector<FileAttributes> files;
  std::vector<Request> requests;  // into files and token
};

applocker::AppLockerPolicy MakePolicy(RuleMix mix, size_t rules);
// `requests` distinct files; Hits::kHalf: half of them are made from rules.
World MakeWorld(RuleMix mix, size_t rules, size_t requests, Hits hits);

}  // namespace portcullis::bench
