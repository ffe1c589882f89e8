// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/file_facts.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "policy/applocker/descriptor/file_operand.h"
#include "policy/applocker/reference_text.h"
#include "security/condition_value.h"

namespace portcullis::reference {
namespace {

using applocker::FileOperand;
using Op = ConditionOperator;

Truth ToTruth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

// `op` without its negation.
Op Affirmed(Op op) {
  switch (op) {
    case Op::kNotEqual:
      return Op::kEqual;
    case Op::kNotContains:
      return Op::kContains;
    case Op::kNotAnyOf:
      return Op::kAnyOf;
    default:
      return op;
  }
}

// What ==, Contains and Any_of are worth, where `matches` says it of one value of the right side;
// nothing for other operators and for values that are no `Scalar`.
template <typename Scalar, typename Matches>
std::optional<Truth> Compare(Op op, const ConditionOperand& right, Matches matches) {
  const Op affirmed = Affirmed(op);
  if (affirmed != Op::kEqual && affirmed != Op::kContains && affirmed != Op::kAnyOf) {
    return std::nullopt;
  }
  if (right.values().empty() || (affirmed == Op::kEqual && right.is_list())) return std::nullopt;
  const bool is_any = affirmed == Op::kAnyOf;
  Truth value = ToTruth(!is_any);
  for (const ConditionScalar& scalar : right.values()) {
    const auto* const one = std::get_if<Scalar>(&scalar);
    if (one == nullptr) return std::nullopt;
    value = is_any ? Either(value, matches(*one)) : Both(value, matches(*one));
  }
  return affirmed == op ? value : Negated(value);
}

bool CompareVersions(Op op, uint64_t file, uint64_t rule) {
  switch (op) {
    case Op::kLess:
      return file < rule;
    case Op::kLessOrEqual:
      return file <= rule;
    case Op::kGreater:
      return file > rule;
    case Op::kGreaterOrEqual:
      return file >= rule;
    default:
      return file == rule;
  }
}

bool IsComparison(Op op) {
  return op == Op::kEqual || op == Op::kLess || op == Op::kLessOrEqual || op == Op::kGreater ||
         op == Op::kGreaterOrEqual;
}

bool IsDigest(const std::optional<FileDigest>& digest, const std::string& wanted) {
  return digest && AsText(Bytes(digest->bytes).first(digest->size())) == wanted;
}

}  // namespace

bool FileFacts::Has(const ConditionAttribute& attribute) const {
  return applocker::FindFileOperand(attribute).has_value();
}

Truth FileFacts::Exists(const ConditionAttribute& attribute) const {
  const FileOperand operand = *applocker::FindFileOperand(attribute);
  if (operand == FileOperand::kPath) return ToTruth(HasPaths());
  if (operand != FileOperand::kPublisher) return ExistsHash(*applocker::HashTypeOf(operand));
  if (file_.unknown.publisher) return Truth::kUnknown;
  return ToTruth(file_.publisher.has_value());
}

std::optional<Truth> FileFacts::Relate(const ConditionAttribute& attribute, Op op,
                                       const ConditionOperand& right) const {
  const FileOperand operand = *applocker::FindFileOperand(attribute);
  if (operand == FileOperand::kPath) {
    return Compare<ConditionString>(
        op, right, [this](const ConditionString& value) { return MatchPath(value.text); });
  }
  if (operand == FileOperand::kPublisher) return ComparePublisher(op, right);
  const HashType type = *applocker::HashTypeOf(operand);
  return Compare<ConditionOctets>(op, right, [this, type](const ConditionOctets& value) {
    return MatchHash(type, value.bytes);
  });
}

Truth FileFacts::MatchPath(const std::string& pattern) const {
  if (pattern == "*") return Truth::kTrue;
  if (!HasPaths()) return Truth::kFalse;
  Truth value = Truth::kFalse;
  for (const PathAttribute& path : file_.paths) {
    if (!PathMatches(pattern, path, path.case_sensitive, settings_)) continue;
    value = Either(value, path.verified ? Truth::kTrue : Truth::kUnknown);
  }
  return value;
}

Truth FileFacts::ExistsHash(HashType type) const {
  if (sees_ == Sees::kPublisherOnly) return Truth::kFalse;
  if (file_.unknown.hash) return Truth::kUnknown;
  switch (type) {
    case HashType::kSha256:
      return ToTruth(file_.sha256 ||
                     (file_.sha256_second && settings_.msi_authenticode_hash_matches));
    case HashType::kSha256Flat:
      return ToTruth(file_.sha256_flat.has_value());
    case HashType::kSha1:
      break;
  }
  return ToTruth(file_.sha1.has_value());
}

// An operator on an attribute that is not there is unknown, as everywhere.
Truth FileFacts::MatchHash(HashType type, const std::string& digest) const {
  if (ExistsHash(type) != Truth::kTrue) return Truth::kUnknown;
  switch (type) {
    case HashType::kSha256:
      return ToTruth(IsDigest(file_.sha256, digest) || (settings_.msi_authenticode_hash_matches &&
                                                        IsDigest(file_.sha256_second, digest)));
    case HashType::kSha256Flat:
      return ToTruth(IsDigest(file_.sha256_flat, digest));
    case HashType::kSha1:
      break;
  }
  return ToTruth(IsDigest(file_.sha1, digest));
}

std::optional<Truth> FileFacts::ComparePublisher(Op op, const ConditionOperand& right) const {
  if (!IsComparison(op) || right.values().size() != 2) return std::nullopt;
  const auto* const text = std::get_if<ConditionString>(&right.values()[0]);
  const auto* const version = std::get_if<ConditionInteger>(&right.values()[1]);
  if (text == nullptr || version == nullptr || version->sign == IntegerSign::kMinus) {
    return std::nullopt;
  }
  const auto fields = applocker::SplitPublisherName(text->text);
  if (!fields) return std::nullopt;
  if (!file_.publisher || file_.unknown.publisher) return Truth::kUnknown;
  const FullyQualifiedBinaryName& name = file_.publisher->name();
  const bool is_name = LiteralFieldMatches(fields->publisher, name.publisher) &&
                       LiteralFieldMatches(fields->product, name.product) &&
                       BinaryNameMatches(fields->binary, name.binary, settings_);
  return ToTruth(is_name &&
                 CompareVersions(op, name.version.packed, static_cast<uint64_t>(version->value)));
}

}  // namespace portcullis::reference
