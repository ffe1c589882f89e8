// SPDX-License-Identifier: Apache-2.0
// Says what is wrong with an AppLocker policy.
//
// Shape:   a policy and what is known beside it in, findings out, in the order of the policy's
//          text; those of one place in the order of the table of checks.
// Limits:  a rule is compared with at most kMaxCandidates that might cover it; below the
//          folder of a rule kMaxPlaces places are looked at, and that there are more is said.
// Errors:  a policy that can not be put in force (too many rules).
// Threads: reentrant; with a host's folders it reads the disk.
// Source:  docs/lint.md.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "authoring/access/writable_trees.h"
#include "authoring/file_report.h"
#include "authoring/lint/finding.h"
#include "authoring/lint/places.h"
#include "host/host_config.h"
#include "policy/matching_settings.h"

namespace portcullis::lint {

inline constexpr size_t kMaxCandidates = 4000;
inline constexpr size_t kMaxPlaces = 1000;

// The flat digests of files whose rules want the Authenticode digest.
class FlatHashes {
 public:
  void Add(const FileReport& fact);
  // The path of such a file.
  const std::string* Find(const FileDigest& digest) const;

 private:
  std::map<std::array<uint8_t, 32>, std::string> files_;
};

struct LintInput {
  const applocker::AppLockerPolicy& policy;
  const WritableTrees& access;        // who may write where
  const Places* places = nullptr;     // where the policy's tags stand
  const FlatHashes* facts = nullptr;  // of files that the policy is for
  HostConfig config = HostConfig::Default();
  MatchingSettings settings = {};
  // It is for Linux hosts: programs of Windows are not asked about, those of Linux are.
  bool is_for_linux = false;
};

struct LintChoice {
  std::set<std::string, std::less<>> disabled;  // ids
  Severity least = Severity::kNote;
};

// Every check, in the order of docs/lint.md.
std::vector<CheckInfo> AllChecks();

Result<std::vector<Finding>> LintPolicy(const LintInput& input, const LintChoice& choice = {});

}  // namespace portcullis::lint
