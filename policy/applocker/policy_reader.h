// SPDX-License-Identifier: Apache-2.0
// Reads AppLocker policy XML, or the lone RuleCollection that a device management server delivers.
//
// Shape:   bytes (UTF-8 or UTF-16, with or without a byte-order mark) in; a PolicyDocument out: the
//          policy or the errors, never both, and the warnings.
// Limits:  policy/applocker/limits.h and formats/xml/parser.h; each refusal names its limit. The
//          text is read in pieces and never held whole.
// Errors:  every error where reading can sanely go on, ReadOptions::max_errors at most, in the
// order
//          of the text. What is not well-formed ends the reading.
// Threads: ReadPolicy may run on any number of threads.
// Source:  Microsoft's schema (applocker-csp.md "Policy XSD Schema");
//          docs/formats/applocker-policy.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/xml/byte_stream.h"
#include "policy/applocker/diagnostic.h"
#include "policy/applocker/model.h"

namespace portcullis::applocker {

struct ReadOptions {
  // For a policy that will be put in force: what would enforce nothing (a collection of unknown
  // type) is an error, not a warning.
  bool strict = false;
  // Refuse only what Microsoft's schema refuses. The further refusals become warnings with the same
  // id, and PolicyDocument::policy is absent where one of them spoke.
  bool schema_only = false;
  // After so many errors one more, `too-many-errors`, ends the reading.
  size_t max_errors = 100;
};

// What is known of a collection even when the policy around it is refused.
struct CollectionSummary {
  std::string type;  // canonical where it is known, else as written
  EnforcementMode enforcement = EnforcementMode::kNotConfigured;
  size_t rules = 0;

  friend bool operator==(const CollectionSummary&, const CollectionSummary&) = default;
};

struct PolicyDocument {
  // Absent unless the document was accepted: there is no half-read policy to use by mistake.
  std::optional<AppLockerPolicy> policy;
  // The document was a lone RuleCollection.
  bool is_fragment = false;
  std::vector<CollectionSummary> collections;
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;

  bool accepted() const { return errors.empty(); }
};

PolicyDocument ReadPolicy(const ByteSource& source, const ReadOptions& options = {});
// The same for a text that arrives in pieces and whose size is not known.
PolicyDocument ReadPolicy(xml::ByteStream& stream, const ReadOptions& options = {});

// The policy, or the first error as one line and how many follow it.
Result<AppLockerPolicy> ReadPolicyOrFail(const ByteSource& source, const ReadOptions& options = {});

}  // namespace portcullis::applocker
