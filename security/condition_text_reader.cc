// SPDX-License-Identifier: Apache-2.0
// The operators of a condition, by recursive descent: || binds less than &&, which binds less than
// everything else.
#include <fmt/core.h>

#include <array>
#include <utility>

#include "security/ascii.h"
#include "security/attribute_name.h"
#include "security/condition_text.h"

namespace portcullis {
namespace {

using Op = ConditionOperator;

// The longer symbol first.
constexpr auto kSymbols = std::to_array<std::pair<std::string_view, Op>>({
    {"==", Op::kEqual},
    {"!=", Op::kNotEqual},
    {"<=", Op::kLessOrEqual},
    {">=", Op::kGreaterOrEqual},
    {"<", Op::kLess},
    {">", Op::kGreater},
});
constexpr auto kWordsBetween = {Op::kContains, Op::kAnyOf, Op::kNotContains, Op::kNotAnyOf};
constexpr auto kWordsInFront = {
    Op::kExists,         Op::kNotExists,           Op::kMemberOf,    Op::kDeviceMemberOf,
    Op::kMemberOfAny,    Op::kDeviceMemberOfAny,   Op::kNotMemberOf, Op::kNotDeviceMemberOf,
    Op::kNotMemberOfAny, Op::kNotDeviceMemberOfAny};
constexpr auto kPrefixes = std::to_array<std::pair<std::string_view, AttributeSource>>({
    {"@User.", AttributeSource::kUser},
    {"@Device.", AttributeSource::kDevice},
    {"@Resource.", AttributeSource::kResource},
});

template <typename Words>
std::optional<Op> FindWord(const Words& words, std::string_view word) {
  for (const Op op : words) {
    if (EqualsIgnoringCase(NameOf(op), word)) return op;
  }
  return std::nullopt;
}

class ConditionReader {
 public:
  ConditionReader(TextCursor& cursor, const std::optional<Sid>& domain)
      : cursor_(cursor), domain_(domain) {}

  Result<ConditionalExpression> Read() {
    TRY_VOID(ReadInParentheses());
    auto expression = ConditionalExpression::Create(std::move(nodes_));
    if (expression) return *std::move(expression);
    const auto& misfit = expression.error();
    const size_t offset = misfit.node < offsets_.size() ? offsets_[misfit.node] : cursor_.offset();
    return cursor_.RefuseAt(offset, misfit.why);
  }

 private:
  void Push(ConditionNode node, size_t offset) {
    nodes_.push_back(std::move(node));
    offsets_.push_back(offset);
  }

  Result<void> Open() {
    if (depth_ == kMaxConditionDepth) {
      return cursor_.Refuse(
          fmt::format("more than {} parentheses in each other", kMaxConditionDepth),
          ErrorCode::kLimitExceeded);
    }
    if (!cursor_.Consume("(")) return cursor_.Refuse("no ( where one should stand");
    ++depth_;
    return {};
  }

  Result<void> Close() {
    cursor_.SkipSpace();
    if (!cursor_.Consume(")")) return cursor_.Refuse("no ) where one should stand");
    --depth_;
    return {};
  }

  Result<void> ReadInParentheses() {
    cursor_.SkipSpace();
    TRY_VOID(Open());
    TRY_VOID(ReadAlternatives());
    return Close();
  }

  Result<void> ReadAlternatives() {
    TRY_VOID(ReadConjunction());
    for (cursor_.SkipSpace(); cursor_.Peek() == '|'; cursor_.SkipSpace()) {
      const size_t offset = cursor_.offset();
      if (!cursor_.Consume("||")) return cursor_.Refuse("a single |");
      TRY_VOID(ReadConjunction());
      Push(Op::kOr, offset);
    }
    return {};
  }

  Result<void> ReadConjunction() {
    TRY_VOID(ReadFactor());
    for (cursor_.SkipSpace(); cursor_.Peek() == '&'; cursor_.SkipSpace()) {
      const size_t offset = cursor_.offset();
      if (!cursor_.Consume("&&")) return cursor_.Refuse("a single &");
      TRY_VOID(ReadFactor());
      Push(Op::kAnd, offset);
    }
    return {};
  }

  Result<void> ReadFactor() {
    cursor_.SkipSpace();
    const size_t offset = cursor_.offset();
    if (nodes_.size() > kMaxConditionNodes) {
      return cursor_.Refuse("too long a condition", ErrorCode::kLimitExceeded);
    }
    if (cursor_.Consume("!")) {
      TRY_VOID(ReadInParentheses());
      Push(Op::kNot, offset);
      return {};
    }
    if (cursor_.Peek() == '(') {
      const size_t before = nodes_.size();
      TRY_VOID(ReadInParentheses());
      const bool is_attribute =
          nodes_.size() == before + 1 && std::holds_alternative<ConditionAttribute>(nodes_.back());
      return is_attribute ? ReadRelation() : Result<void>();
    }
    if (cursor_.Peek() == '@') {
      Push(TRY(ReadPrefixedAttribute()), offset);
      return ReadRelation();
    }
    return ReadWord();
  }

  // An operator in front of its operand, or a local attribute.
  Result<void> ReadWord() {
    const size_t offset = cursor_.offset();
    const std::string_view word = cursor_.TakeWhile(IsSimpleNameChar);
    if (word.empty()) return cursor_.Refuse("no condition where one should stand");
    if (const auto op = FindWord(kWordsInFront, word)) {
      TRY_VOID(KindOf(*op) == OperatorKind::kExistence ? ReadAttribute() : ReadOperand());
      Push(*op, offset);
      return {};
    }
    Push(TRY(Attribute(AttributeSource::kLocal, word, offset)), offset);
    return ReadRelation();
  }

  // What may follow an attribute: an operator and the operand on its right.
  Result<void> ReadRelation() {
    cursor_.SkipSpace();
    const size_t offset = cursor_.offset();
    std::optional<Op> op;
    for (const auto& [symbol, its_op] : kSymbols) {
      if (!op && cursor_.Consume(symbol)) op = its_op;
    }
    if (!op && IsAsciiLetter(cursor_.Peek())) {
      const std::string_view word = cursor_.TakeWhile(IsSimpleNameChar);
      op = FindWord(kWordsBetween, word);
      if (!op) return cursor_.RefuseAt(offset, "an unknown operator");
    }
    if (!op) return {};
    TRY_VOID(ReadOperand());
    Push(*op, offset);
    return {};
  }

  // A literal or an attribute with a prefix, in any number of parentheses.
  Result<void> ReadOperand() {
    cursor_.SkipSpace();
    const size_t offset = cursor_.offset();
    if (cursor_.Peek() == '(') {
      TRY_VOID(Open());
      TRY_VOID(ReadOperand());
      return Close();
    }
    if (cursor_.Peek() == '@') {
      Push(TRY(ReadPrefixedAttribute()), offset);
    } else {
      Push(TRY(ReadLiteral(cursor_, domain_)), offset);
    }
    return {};
  }

  Result<void> ReadAttribute() {
    cursor_.SkipSpace();
    const size_t offset = cursor_.offset();
    if (cursor_.Peek() == '(') {
      TRY_VOID(Open());
      TRY_VOID(ReadAttribute());
      return Close();
    }
    if (cursor_.Peek() == '@') {
      Push(TRY(ReadPrefixedAttribute()), offset);
      return {};
    }
    const std::string_view word = cursor_.TakeWhile(IsSimpleNameChar);
    Push(TRY(Attribute(AttributeSource::kLocal, word, offset)), offset);
    return {};
  }

  Result<ConditionAttribute> ReadPrefixedAttribute() {
    const size_t offset = cursor_.offset();
    for (const auto& [prefix, source] : kPrefixes) {
      if (!EqualsIgnoringCase(cursor_.rest().substr(0, prefix.size()), prefix)) continue;
      cursor_.Advance(prefix.size());
      return Attribute(source, cursor_.TakeWhile(IsPrefixedNameChar), offset);
    }
    return cursor_.Refuse("@ without User., Device. or Resource. after it");
  }

  Result<ConditionAttribute> Attribute(AttributeSource source, std::string_view text,
                                       size_t offset) const {
    auto name = DecodeAttributeName(text);
    if (!name) return cursor_.RefuseAt(offset, "a name with a % that does not encode a character");
    if (name->empty()) return cursor_.RefuseAt(offset, "no name of an attribute");
    return ConditionAttribute{source, *std::move(name)};
  }

  TextCursor& cursor_;
  const std::optional<Sid>& domain_;
  std::vector<ConditionNode> nodes_;
  std::vector<size_t> offsets_;
  size_t depth_ = 0;
};

}  // namespace

Result<ConditionalExpression> ReadCondition(TextCursor& cursor, const std::optional<Sid>& domain) {
  return ConditionReader(cursor, domain).Read();
}

}  // namespace portcullis
