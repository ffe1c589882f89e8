// SPDX-License-Identifier: Apache-2.0
// The words of one line of a case file, and what single words stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/file_identity.h"
#include "policy/matching_settings.h"
#include "security/sid.h"

namespace portcullis::testing {

// Takes the words of a line one after the other. A failure names no line; the caller adds it.
class CaseWords {
 public:
  // kMalformed for a quote that does not end.
  static Result<CaseWords> Split(std::string_view line);

  bool empty() const { return next_ == words_.size(); }
  std::string_view Peek() const { return empty() ? std::string_view() : words_[next_]; }
  // Takes the word if it is the next.
  bool Accept(std::string_view word);
  // Takes any word; `what` is for the message where there is none.
  Result<std::string> Take(std::string_view what);

 private:
  std::vector<std::string> words_;
  size_t next_ = 0;
};

Result<Sid> ParseCaseSid(std::string_view word);
Result<FileDigest> TakeDigest(CaseWords& words);
// "*" is none.
Result<std::optional<FileVersion>> TakeVersionSection(CaseWords& words);
Result<void> ApplySetting(CaseWords& words, MatchingSettings& settings);

}  // namespace portcullis::testing
