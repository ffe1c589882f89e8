// SPDX-License-Identifier: Apache-2.0
// Collects what a reader of policies finds, within bounds.
//
// Limits:  ReadOptions::max_errors errors, as many warnings.
// Threads: one thread a Report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/xml/parser.h"
#include "policy/applocker/diagnostic.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis::applocker {

class Report {
 public:
  explicit Report(const ReadOptions& options);

  void Error(xml::Position where, std::string_view id, std::string message);
  // What Microsoft's schema lets pass and this project does not.
  void BeyondSchema(xml::Position where, std::string_view id, std::string message);
  void Warning(xml::Position where, std::string_view id, std::string message);
  // A warning, but an error where the policy will be put in force.
  void WarningUnlessStrict(xml::Position where, std::string_view id, std::string message);

  bool has_errors() const { return !errors_.empty(); }
  // No further error is taken; the reading should end.
  bool is_full() const { return errors_.size() >= options_.max_errors; }
  // Everything within the schema and beyond is in order.
  bool is_clean() const { return errors_.empty() && !is_beyond_schema_; }

  // Moves the findings, in the order of the text, into `document`.
  void MoveInto(PolicyDocument& document);

 private:
  ReadOptions options_;
  bool is_beyond_schema_ = false;
  size_t dropped_warnings_ = 0;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace portcullis::applocker
