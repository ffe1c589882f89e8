// SPDX-License-Identifier: Apache-2.0
// Rules on the way: a condition and the files that it was made from.
//
// Shape:   each type of rule takes the files that are left and gives drafts, and the files that it
//          can do nothing for with the reason. What a draft says of its files is checked: a file
//          that its condition would not match is left as well, whatever the reason.
// Limits:  texts as policy/applocker/limits.h has them.
// Threads: pure functions but for what WriteAccess does.
// Source:  docs/authoring.md "Rules from files".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "authoring/generate/options.h"
#include "authoring/generate/seen_file.h"
#include "policy/applocker/model.h"

namespace portcullis {

struct DraftRule {
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  applocker::Condition condition;
  std::string name;
  std::vector<uint32_t> files;  // which of those that were seen
};

// A file without a rule as yet, and why each type that was tried made none.
struct PendingFile {
  uint32_t file = 0;
  std::string why = {};
};

struct Drafts {
  std::vector<DraftRule> rules;
  std::vector<PendingFile> left;
};

Drafts DraftPublisherRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                           const GenerateOptions& options);
Drafts DraftPathRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                      const GenerateOptions& options);
Drafts DraftHashRules(const std::vector<SeenFile>& files, std::vector<PendingFile> pending,
                      const GenerateOptions& options);

// Adds to why there is no rule yet.
void AddReason(PendingFile& pending, std::string_view why);

// A rule's text may hold it: XML can carry it, and it is not longer than `limit` characters.
bool IsRuleText(std::string_view text, size_t limit);
bool HasWildcard(std::string_view text);

// At most as long as a rule's name may be, cut at its end; bytes that are not UTF-8 and control
// characters are shown as such.
std::string RuleName(std::string_view text);

// Takes out of each draft the files that its condition does not match; they join those left, and a
// draft without files goes.
void KeepWhatMatches(const std::vector<SeenFile>& files, Drafts& drafts);

}  // namespace portcullis
