// SPDX-License-Identifier: Apache-2.0
#include "security/conditional_expression.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portcullis {
namespace {

struct OperatorEntry {
  ConditionOperator op;
  OperatorKind kind;
  std::string_view name;
};

using Op = ConditionOperator;
constexpr auto kOperators = std::to_array<OperatorEntry>({
    {Op::kEqual, OperatorKind::kRelational, "=="},
    {Op::kNotEqual, OperatorKind::kRelational, "!="},
    {Op::kLess, OperatorKind::kRelational, "<"},
    {Op::kLessOrEqual, OperatorKind::kRelational, "<="},
    {Op::kGreater, OperatorKind::kRelational, ">"},
    {Op::kGreaterOrEqual, OperatorKind::kRelational, ">="},
    {Op::kContains, OperatorKind::kRelational, "Contains"},
    {Op::kExists, OperatorKind::kExistence, "Exists"},
    {Op::kAnyOf, OperatorKind::kRelational, "Any_of"},
    {Op::kMemberOf, OperatorKind::kMembership, "Member_of"},
    {Op::kDeviceMemberOf, OperatorKind::kMembership, "Device_Member_of"},
    {Op::kMemberOfAny, OperatorKind::kMembership, "Member_of_any"},
    {Op::kDeviceMemberOfAny, OperatorKind::kMembership, "Device_Member_of_any"},
    {Op::kNotExists, OperatorKind::kExistence, "Not_Exists"},
    {Op::kNotContains, OperatorKind::kRelational, "Not_Contains"},
    {Op::kNotAnyOf, OperatorKind::kRelational, "Not_Any_of"},
    {Op::kNotMemberOf, OperatorKind::kMembership, "Not_Member_of"},
    {Op::kNotDeviceMemberOf, OperatorKind::kMembership, "Not_Device_Member_of"},
    {Op::kNotMemberOfAny, OperatorKind::kMembership, "Not_Member_of_any"},
    {Op::kNotDeviceMemberOfAny, OperatorKind::kMembership, "Not_Device_Member_of_any"},
    {Op::kAnd, OperatorKind::kLogical, "&&"},
    {Op::kOr, OperatorKind::kLogical, "||"},
    {Op::kNot, OperatorKind::kNot, "!"},
});

const OperatorEntry& EntryOf(ConditionOperator op) {
  return *std::ranges::find(kOperators, op, &OperatorEntry::op);
}

// Checks the shape of an expression by running it without values.
class ShapeChecker {
 public:
  // Empty: it fits.
  std::string_view Add(const ConditionNode& node, size_t index) {
    if (const auto* op = std::get_if<ConditionOperator>(&node)) return Apply(*op);
    const auto* const attribute = std::get_if<ConditionAttribute>(&node);
    if (attribute == nullptr) {
      stack_.push_back({Kind::kLiteral, index, 1});
      return {};
    }
    if (attribute->name.empty()) return "an attribute without a name";
    if (attribute->name.size() > kMaxAttributeName) return "the name of an attribute is too long";
    const bool is_local = attribute->source == AttributeSource::kLocal;
    stack_.push_back({is_local ? Kind::kLocal : Kind::kPrefixed, index, 1});
    return {};
  }

  std::string_view Finish() const {
    if (stack_.empty()) return "an empty condition";
    if (stack_.size() > 1) return "operands without an operator";
    if (stack_.back().kind == Kind::kLiteral) return "a literal alone is not a condition";
    return {};
  }

  size_t first() const { return stack_.back().first; }

 private:
  enum class Kind : uint8_t { kLiteral, kLocal, kPrefixed, kTruth };
  struct Item {
    Kind kind;
    size_t first;
    size_t depth;
  };

  static bool IsAttribute(const Item& item) {
    return item.kind == Kind::kLocal || item.kind == Kind::kPrefixed;
  }
  static bool IsCondition(const Item& item) { return item.kind != Kind::kLiteral; }

  std::string_view Apply(ConditionOperator op) {
    const OperatorKind kind = KindOf(op);
    const bool is_binary = kind == OperatorKind::kRelational || kind == OperatorKind::kLogical;
    if (stack_.size() < (is_binary ? 2U : 1U)) return "an operator lacks an operand";
    const Item right = stack_.back();
    stack_.pop_back();
    Item left = right;
    if (is_binary) {
      left = stack_.back();
      stack_.pop_back();
    }
    const std::string_view why = Misfit(kind, left, right);
    if (!why.empty()) return why;
    const size_t depth = std::max(left.depth, right.depth) + 1;
    if (depth > kMaxConditionDepth) return "too many operators in each other";
    stack_.push_back({Kind::kTruth, left.first, depth});
    return {};
  }

  static std::string_view Misfit(OperatorKind kind, const Item& left, const Item& right) {
    switch (kind) {
      case OperatorKind::kRelational:
        if (!IsAttribute(left)) return "no attribute on the left of an operator";
        if (right.kind == Kind::kLiteral || right.kind == Kind::kPrefixed) return {};
        return "neither a literal nor an attribute with a prefix on the right of an operator";
      case OperatorKind::kMembership:
        return right.kind == Kind::kLiteral ? "" : "a Member_of operator without a literal";
      case OperatorKind::kExistence:
        return IsAttribute(right) ? "" : "an Exists operator without an attribute";
      case OperatorKind::kNot:
      case OperatorKind::kLogical:
        return IsCondition(left) && IsCondition(right) ? "" : "a literal instead of a condition";
    }
    return "an unknown operator";
  }

  std::vector<Item> stack_;
};

}  // namespace

OperatorKind KindOf(ConditionOperator op) { return EntryOf(op).kind; }
std::string_view NameOf(ConditionOperator op) { return EntryOf(op).name; }

std::optional<ConditionOperator> FindOperator(uint8_t code) {
  const auto* const entry =
      std::ranges::find(kOperators, static_cast<ConditionOperator>(code), &OperatorEntry::op);
  if (entry == kOperators.end()) return std::nullopt;
  return entry->op;
}

tl::expected<ConditionalExpression, ConditionalExpression::Misfit> ConditionalExpression::Create(
    std::vector<ConditionNode> nodes) {
  if (nodes.size() > kMaxConditionNodes) {
    return tl::unexpected(Misfit{kMaxConditionNodes, "too many operands and operators"});
  }
  ShapeChecker checker;
  std::vector<uint32_t> first_of;
  first_of.reserve(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string_view why = checker.Add(nodes[i], i);
    if (!why.empty()) return tl::unexpected(Misfit{i, why});
    first_of.push_back(static_cast<uint32_t>(checker.first()));
  }
  const std::string_view why = checker.Finish();
  if (!why.empty()) return tl::unexpected(Misfit{nodes.empty() ? 0 : nodes.size() - 1, why});
  return ConditionalExpression(std::move(nodes), std::move(first_of));
}

uint64_t MagnitudeOf(const ConditionInteger& integer) {
  const auto bits = static_cast<uint64_t>(integer.value);
  return integer.sign == IntegerSign::kMinus ? 0 - bits : bits;
}

}  // namespace portcullis
