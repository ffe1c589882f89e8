// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/rule_condition.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/quote.h"
#include "base/utf.h"
#include "policy/applocker/descriptor/file_operand.h"

namespace portcullis::applocker {
namespace {

using Op = ConditionOperator;

class ConditionBuilder {
 public:
  explicit ConditionBuilder(LetterCase letters) : letters_(letters) {}

  Result<void> Add(const Rule& rule) {
    TRY_VOID(Add(rule.condition));
    const bool in_a_row = rule.exceptions.size() <= kMaxExceptionsInARow;
    for (size_t i = 0; i < rule.exceptions.size(); ++i) {
      TRY_VOID(Add(rule.exceptions[i]));
      Push(Op::kNot);
      const bool begins_row = !in_a_row && i % kMaxExceptionsInARow == 0;
      if (!begins_row) Push(Op::kAnd);
      const bool ends_row = (i + 1) % kMaxExceptionsInARow == 0 || i + 1 == rule.exceptions.size();
      if (!in_a_row && ends_row) Push(Op::kAnd);
    }
    return {};
  }

  std::vector<ConditionNode> Take() { return std::move(nodes_); }

 private:
  void Push(ConditionNode node) { nodes_.push_back(std::move(node)); }
  void PushOperand(FileOperand operand) {
    Push(ConditionAttribute{AttributeSource::kLocal, std::string(NameOf(operand))});
  }
  void PushExists(FileOperand operand) {
    PushOperand(operand);
    Push(Op::kExists);
  }

  Result<ConditionString> Text(std::string text) const {
    if (!IsValidUtf8(text)) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("a descriptor can not hold text that is not UTF-8: {}", Quote(text)));
    }
    return ConditionString{letters_ == LetterCase::kUpper ? UpperCase(text) : std::move(text)};
  }

  Result<void> Add(const Condition& condition) {
    return std::visit([this](const auto& kind) { return AddKind(kind); }, condition);
  }

  Result<void> AddKind(const FilePathCondition& condition) {
    PushOperand(FileOperand::kPath);
    Push(TRY(Text(condition.path)));
    Push(Op::kContains);
    return {};
  }

  Result<void> AddKind(const FilePublisherCondition& condition) {
    const ConditionString name = TRY(PublisherName(condition));
    const BinaryVersionRange& range = condition.binary_version_range;
    PushExists(FileOperand::kPublisher);
    if (range.low_section || !range.high_section) {
      Compare(Op::kGreaterOrEqual, name, range.low_section.value_or(FileVersion()));
    }
    if (range.high_section) Compare(Op::kLessOrEqual, name, *range.high_section);
    return {};
  }

  Result<ConditionString> PublisherName(const FilePublisherCondition& condition) const {
    for (const std::string* field : {&condition.product_name, &condition.binary_name}) {
      if (field->find('\\') == std::string::npos) continue;
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("a descriptor can not hold a product or binary name with a backslash "
                              "in it: {}",
                              Quote(*field)));
    }
    return Text(fmt::format("{}\\{}\\{}", condition.publisher_name, condition.product_name,
                            condition.binary_name));
  }

  void Compare(Op op, const ConditionString& name, FileVersion version) {
    PushOperand(FileOperand::kPublisher);
    Push(ConditionComposite{
        {name, ConditionInteger{.value = static_cast<int64_t>(version.packed)}}});
    Push(op);
    Push(Op::kAnd);
  }

  Result<void> AddKind(const FileHashCondition& condition) {
    bool is_first = true;
    for (const HashType type : {HashType::kSha256, HashType::kSha256Flat, HashType::kSha1}) {
      ConditionComposite digests;
      for (const FileHash& hash : condition.hashes) {
        if (hash.digest.type != type) continue;
        const Bytes bytes = Bytes(hash.digest.bytes).first(hash.digest.size());
        digests.members.emplace_back(ConditionOctets{std::string(AsText(bytes))});
      }
      if (digests.members.empty()) continue;
      PushExists(OperandOf(type));
      PushOperand(OperandOf(type));
      Push(std::move(digests));
      Push(Op::kAnyOf);
      Push(Op::kAnd);
      if (!std::exchange(is_first, false)) Push(Op::kOr);
    }
    if (is_first) return Fail(ErrorCode::kUnsupported, "a hash condition without hashes");
    return {};
  }

  LetterCase letters_;
  std::vector<ConditionNode> nodes_;
};

}  // namespace

Result<ConditionalExpression> ConditionOf(const Rule& rule, LetterCase letters) {
  ConditionBuilder builder(letters);
  TRY_VOID(builder.Add(rule));
  auto expression = ConditionalExpression::Create(builder.Take());
  if (expression) return *std::move(expression);
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("the rule's condition has {} exceptions: {}", rule.exceptions.size(),
                          expression.error().why));
}

}  // namespace portcullis::applocker
