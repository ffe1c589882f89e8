// SPDX-License-Identifier: Apache-2.0
// A policy out of files that were seen: New-AppLockerPolicy and the wizard of Windows' editor.
//
// Shape:   files in, in any order; the policy and what is to be said about it out. Each file gets a
//          rule of the first type that is possible for it; rules that would be equal are one.
//          Collections and rules come in a fixed order, with ids that follow from what they say:
//          the same files give the same policy.
// Limits:  kMaxSeenFiles; those of policy/applocker/limits.h, which the policy is checked against.
// Errors:  kNotFound naming a file that no rule can be made for, unless those are passed over;
//          kNotFound where no rule comes of it at all; kLimitExceeded.
// Threads: reentrant, but for what WriteAccess does.
// Source:  sections 8.3, 8.6 and 8.7 of the reference; docs/authoring.md "Rules from files".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "authoring/generate/options.h"
#include "authoring/generate/seen_file.h"
#include "authoring/known_bypasses.h"
#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis {

// Where a rule comes from: files that were seen, or a row of the list of known bypasses.
struct RuleOrigin {
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  applocker::RuleId rule;
  std::string name;
  std::vector<uint32_t> files;          // indices of what was seen
  const KnownBypass* bypass = nullptr;  // of the shipped list

  friend bool operator==(const RuleOrigin&, const RuleOrigin&) = default;
};

struct SkippedFile {
  uint32_t file = 0;
  std::string why;
};

struct Generated {
  applocker::AppLockerPolicy policy;
  std::vector<RuleOrigin> origins;   // in the order of the rules; default rules have none
  std::vector<SkippedFile> skipped;  // by path
  std::vector<std::string> notes;    // sentences for whoever asked
};

Result<Generated> GeneratePolicy(const std::vector<SeenFile>& files,
                                 const GenerateOptions& options);

// The policy as XML, read again as strictly as one that is put in force. kLimitExceeded where it is
// larger than a policy may be.
Result<std::string> WriteGenerated(const Generated& generated);

}  // namespace portcullis
