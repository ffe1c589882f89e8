// SPDX-License-Identifier: Apache-2.0
// The open questions of AppLocker's matching, each a named setting with its default.
//
// Shape:   numbers are those of docs/semantics.md, "Open questions"; each setting has a case file
// in
//          tests/policy for both values. Those under "Spellings" act where the attributes of a file
//          are made (MakeFileAttributes), number 9 where a token is made, all others where a policy
//          is built or asked.
// Threads: a value.
#pragma once

#include <cstdint>

#include "security/access_token.h"

namespace portcullis {

enum class ReportedRule : uint8_t {
  kFirstInPolicy,
  kSmallestId,  // the order in which Windows' registry lists the rules' keys
};

struct MatchingSettings {
  // Spellings.
  // 3: off: the stream in `C:\A.EXE:S` is cut before matching.
  bool stream_is_part_of_path = true;
  // 3: off: dots and spaces at the end of a Windows path are cut before matching.
  bool trailing_dots_and_spaces_count = true;
  // 3: on: `\\SERVER\SHARE` is also spelled `\DEVICE\MUP\SERVER\SHARE`.
  bool network_paths_have_device_spelling = false;
  // 3: on: what the caller said (the path of a link, say) counts like the file's own path.
  bool claimed_paths_count_as_verified = false;

  // Conditions.
  // 4: `?` in a path is any one character; off: it stands for itself.
  bool question_mark_is_wildcard = true;
  // 5: on: a binary name without wildcards matches any name that contains it.
  bool binary_name_is_substring = false;
  // 5: a binary name of `?` alone means any name, as documented; off: any one character.
  bool lone_question_mark_is_any_name = true;
  // 11: a Windows Installer file matches by its Authenticode digest too.
  bool msi_authenticode_hash_matches = true;

  // Who is asked about, and what is answered.
  // 6: which rule is named when several match.
  ReportedRule reported_rule = ReportedRule::kFirstInPolicy;
  // 10: scripts and installers see an administrator's linked groups, as programs do.
  bool scripts_use_exe_view = true;
  // 17: off: a collection that stands in a policy without rules denies by default.
  bool empty_collection_allows = true;
  // 21: packaged apps are judged by publisher alone; off: by path and hash as well.
  bool packages_match_by_publisher_only = true;
  // 9: what makes a token that of a service; for who makes tokens to hand to LooksLikeService.
  ServiceTokens service_tokens = ServiceTokens::kSystemAccountsAndServiceGroup;

  friend bool operator==(const MatchingSettings&, const MatchingSettings&) = default;
};

}  // namespace portcullis
