// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/policy_reader.h"

#include <fmt/core.h>

#include <utility>

#include "formats/xml/parser.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/xml/policy_builder.h"
#include "policy/applocker/xml/report.h"
#include "policy/applocker/xml/schema_walker.h"

namespace portcullis::applocker {

static_assert(kMaxPolicyBytes == xml::kMaxDocumentBytes && kMaxXmlDepth == xml::kMaxDepth);

PolicyDocument ReadPolicy(xml::ByteStream& stream, const ReadOptions& options) {
  PolicyDocument document;
  Report report(options);
  PolicyBuilder builder(report);
  SchemaWalker walker(builder, report);
  const auto refusal = xml::Parse(stream, walker);
  if (refusal) report.Error(refusal->position, refusal->id, refusal->message);
  document.is_fragment = walker.is_fragment();
  builder.MoveInto(document);
  report.MoveInto(document);
  return document;
}

PolicyDocument ReadPolicy(const ByteSource& source, const ReadOptions& options) {
  xml::SourceStream stream(source);
  return ReadPolicy(stream, options);
}

Result<AppLockerPolicy> ReadPolicyOrFail(const ByteSource& source, const ReadOptions& options) {
  PolicyDocument document = ReadPolicy(source, options);
  if (document.policy) return *std::move(document.policy);
  // With schema_only the trouble may be among the warnings.
  const auto& found = document.errors.empty() ? document.warnings : document.errors;
  if (found.size() == 1) return Fail(ErrorCode::kMalformed, ToString(found.front()));
  return Fail(ErrorCode::kMalformed,
              fmt::format("{}, and {} more", ToString(found.front()), found.size() - 1));
}

}  // namespace portcullis::applocker
