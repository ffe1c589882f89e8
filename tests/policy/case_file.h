// SPDX-License-Identifier: Apache-2.0
// Policy behaviour as data: files of questions and answers that an administrator can read.
//
// Shape:   one statement a line; `#` starts a comment, double quotes hold a text as it is.
//            policy NAME [FILE.xml]       starts a group policy, merged over the ones before it
//            and-policy NAME [FILE.xml]   starts one that must allow as well
//            collection TYPE [Enabled|AuditOnly|NotConfigured] [services=MODE] [system-apps=on|off]
//            rule NAME [id=N]: allow|deny SID CONDITION [except CONDITION]...
//            setting NAME VALUE           one of policy/matching_settings.h
//            user SID [service] [groups SID...] [linked SID...]   a SID with :deny-only behind it;
//                                         `service` where LooksLikeService would not say so
//            judge TYPE|none FACT... -> VERDICT REASON [RULE] [blocks|passes] [matches A,B]
//          CONDITION is `path "T"`, `publisher "P" "Q" "B" LOW HIGH` or `hash TYPE N [TYPE N]...`,
//          where N stands for a digest. FACT is `at "T"` (with all spellings of that place),
//          `path "T"`, `exact-path "T"` (case counts), `claimed-path "T"`, `claimed-exact-path
//          "T"`, `publisher "P" "Q" "B" VERSION`, `hash TYPE N`, `unknown-publisher`,
//          `unknown-hash`, `msi`, `windows-signed`, `inert` or `load-ignore`. The words Everyone,
//          Users, Administrators and Service stand for SIDs.
// Errors:  kMalformed with file and line for every line that is not understood, for an unknown
//          rule, and for a file that asks nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/policy_set.h"

namespace portcullis::testing {

struct Expectation {
  Verdict verdict = Verdict::kAllowed;
  Reason reason = Reason::kRule;
  std::optional<std::string> rule;  // its name
  std::optional<bool> would_block;
  std::optional<std::vector<std::string>> matches;  // names, in the order of trial
};

struct Question {
  size_t line = 0;
  MatchingSettings settings;
  std::vector<std::vector<NamedPolicy>> layers;
  AccessToken token;
  std::optional<applocker::CollectionType> collection;
  FileIdentity identity;
  std::vector<PathSpelling> paths;
  CallerFlags flags;
  Expectation expected;
};

// `text` is the contents of `name`; XML files stand beside it in `folder`.
Result<std::vector<Question>> ParseCaseFile(std::string_view text, std::string_view name,
                                            const std::filesystem::path& folder);

}  // namespace portcullis::testing
