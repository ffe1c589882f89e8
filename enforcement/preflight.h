// SPDX-License-Identifier: Apache-2.0
// Whether a policy would lock the administrator out: what the machine needs (host/needed_files.h),
// judged by the engine that will judge it.
//
// Shape:   a finding for each needed file and collection that would be denied to somebody who needs
//          it: to whom, by which rule or by default, and what to add (rule_advice.h).
// Limits:  those of needed_files.h; kMaxAdministrators accounts ask besides root. Files are hashed
//          only for a policy that has rules of hashes or publishers.
// Errors:  none: a file that can not be read is judged by what is known of it.
// Threads: reentrant.
// Source:  docs/roll-out.md.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "enforcement/finding.h"
#include "enforcement/rule_advice.h"
#include "enforcement/service_config.h"
#include "host/host_config.h"
#include "host/needed_files.h"
#include "host/path_spellings.h"
#include "identity/identify.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxAdministrators = 4;
// So many files below %WINDIR% that no rule allows are better allowed by the folder.
inline constexpr size_t kFilesUntilFolder = 6;

struct PreflightSetup {
  std::string root;  // stands for /; empty: this machine
  const PathSpeller* speller = nullptr;
  ServiceProcess service_process = ServiceProcess::kLoginUid;
  const TrustStore* trust = nullptr;
  const CatalogStore* catalogs = nullptr;
  UnixTime at = 0;
  std::vector<std::string> own_programs;
  // A path on each file system that is judged, where not all are.
  std::vector<std::string> file_systems;
};

struct NeededFileBlocked {
  std::string group;
  std::string path;
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  bool is_audited = false;          // it runs all the same, until the collection is enforced
  std::vector<std::string> askers;  // "root in a session", "the administrator alice"
  std::string rule_id, rule_name;   // empty: no rule, by default
  std::vector<RuleAdvice> advice;   // all of it is needed

  std::string ToSentence() const;
};

std::vector<NeededFileBlocked> RunPreflight(const PolicySet& policies, const PreflightSetup& setup);

// For doctor: one finding a group that would be blocked, or one that says that none is.
std::vector<Finding> CheckNeededFiles(const std::vector<NeededFileBlocked>& blocked);

}  // namespace portcullis::enforcement
