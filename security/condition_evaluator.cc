// SPDX-License-Identifier: Apache-2.0
#include "security/condition_evaluator.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/utf.h"
#include "security/condition_value.h"

namespace portcullis {
namespace {

using Op = ConditionOperator;

Truth ToTruth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

// What an attribute alone is worth.
Truth TruthOf(const ConditionOperand& operand) {
  if (operand.is_list()) return Truth::kUnknown;
  const ConditionScalar& value = operand.values().front();
  if (const auto* number = std::get_if<ConditionInteger>(&value))
    return ToTruth(number->value != 0);
  if (const auto* text = std::get_if<ConditionString>(&value)) return ToTruth(!text->text.empty());
  return Truth::kUnknown;
}

bool IsNegated(Op op) {
  return op == Op::kNotMemberOf || op == Op::kNotDeviceMemberOf || op == Op::kNotMemberOfAny ||
         op == Op::kNotDeviceMemberOfAny;
}
bool IsOfDevice(Op op) {
  return op == Op::kDeviceMemberOf || op == Op::kDeviceMemberOfAny ||
         op == Op::kNotDeviceMemberOf || op == Op::kNotDeviceMemberOfAny;
}
bool IsOfAny(Op op) {
  return op == Op::kMemberOfAny || op == Op::kDeviceMemberOfAny || op == Op::kNotMemberOfAny ||
         op == Op::kNotDeviceMemberOfAny;
}

class Evaluator {
 public:
  Evaluator(const ConditionContext& context, std::vector<ConditionStep>* steps)
      : context_(context), steps_(steps) {}

  void Add(const ConditionNode& node, size_t index) {
    std::visit([&](const auto& value) { Push(value, index); }, node);
  }

  Truth Finish() const { return has_misfit_ ? Truth::kUnknown : TruthOfItem(stack_.back()); }

 private:
  struct Missing {};
  // Views the node of an attribute that SpecialAttributes answers for.
  using Special = const ConditionAttribute*;
  using Item = std::variant<Missing, ConditionOperand, Truth, Special>;

  static Truth TruthOfItem(const Item& item) {
    if (const auto* truth = std::get_if<Truth>(&item)) return *truth;
    const auto* const operand = std::get_if<ConditionOperand>(&item);
    return operand != nullptr ? TruthOf(*operand) : Truth::kUnknown;
  }

  template <typename Scalar>
  void Push(const Scalar& scalar, size_t) {
    stack_.emplace_back(ConditionOperand(ConditionScalar(scalar)));
  }
  void Push(const ConditionComposite& composite, size_t) {
    stack_.emplace_back(ConditionOperand(composite));
  }
  void Push(const ConditionAttribute& attribute, size_t index) {
    if (context_.special != nullptr && context_.special->Has(attribute)) {
      stack_.emplace_back(Special(&attribute));
    } else if (const ResourceAttribute* const found = Find(attribute)) {
      stack_.emplace_back(ConditionOperand(*found));
    } else {
      stack_.emplace_back(Missing{});
    }
    if (steps_ != nullptr) steps_->push_back({index, TruthOfItem(stack_.back()), false});
  }
  void Push(Op op, size_t index) {
    const Item right = Pop();
    std::optional<Truth> value;
    switch (KindOf(op)) {
      case OperatorKind::kRelational:
        value = Relate(op, Pop(), right);
        break;
      case OperatorKind::kMembership:
        value = Membership(op, std::get<ConditionOperand>(right).values());
        break;
      case OperatorKind::kExistence:
        value = op == Op::kNotExists ? Negated(Exists(right)) : Exists(right);
        break;
      case OperatorKind::kNot:
        value = Negated(TruthOfItem(right));
        break;
      case OperatorKind::kLogical:
        value = op == Op::kAnd ? Both(TruthOfItem(Pop()), TruthOfItem(right))
                               : Either(TruthOfItem(Pop()), TruthOfItem(right));
        break;
    }
    if (!value) has_misfit_ = true;
    stack_.emplace_back(value.value_or(Truth::kUnknown));
    if (steps_ != nullptr) {
      steps_->push_back({index, value.value_or(Truth::kUnknown), !value.has_value()});
    }
  }

  Item Pop() {
    Item item = std::move(stack_.back());
    stack_.pop_back();
    return item;
  }

  const std::vector<ResourceAttribute>& AttributesOf(AttributeSource source) const {
    switch (source) {
      case AttributeSource::kUser:
        return context_.token.user_claims;
      case AttributeSource::kDevice:
        return context_.token.device_claims;
      case AttributeSource::kResource:
        return context_.resource_attributes;
      case AttributeSource::kLocal:
        break;
    }
    return context_.token.local_claims;
  }

  const ResourceAttribute* Find(const ConditionAttribute& wanted) const {
    const std::string name = UpperCase(wanted.name);
    for (const ResourceAttribute& attribute : AttributesOf(wanted.source)) {
      if (UpperCase(attribute.name) != name) continue;
      return Counts(attribute) ? &attribute : nullptr;
    }
    return nullptr;
  }

  bool Counts(const ResourceAttribute& attribute) const {
    const bool is_disabled = (attribute.flags & attribute_flags::kDisabled) != 0;
    const bool is_deny_only = (attribute.flags & attribute_flags::kUseForDenyOnly) != 0;
    if (is_disabled || (is_deny_only && context_.effect == AceEffect::kAllow)) return false;
    return !attribute.values.empty() && !HasRepeatedValues(attribute);
  }

  Truth Exists(const Item& item) const {
    if (const auto* special = std::get_if<Special>(&item)) {
      return context_.special->Exists(**special);
    }
    return ToTruth(!std::holds_alternative<Missing>(item));
  }

  std::optional<Truth> Relate(Op op, const Item& left, const Item& right) const {
    if (std::holds_alternative<Special>(right)) return std::nullopt;
    const auto* const b = std::get_if<ConditionOperand>(&right);
    if (b == nullptr) return Truth::kUnknown;
    if (const auto* special = std::get_if<Special>(&left)) {
      return context_.special->Relate(**special, op, *b);
    }
    const auto* const a = std::get_if<ConditionOperand>(&left);
    if (a == nullptr) return Truth::kUnknown;
    const auto value = ApplyRelation(op, *a, *b);
    if (!value) return std::nullopt;
    return ToTruth(*value);
  }

  std::optional<Truth> Membership(Op op, std::span<const ConditionScalar> sids) const {
    if (sids.empty()) return std::nullopt;
    size_t members = 0;
    for (const ConditionScalar& value : sids) {
      const Sid* const sid = std::get_if<Sid>(&value);
      if (sid == nullptr) return std::nullopt;
      const bool is_member = IsOfDevice(op) ? HasDeviceSid(context_.token, *sid, context_.effect)
                                            : HasSid(context_.token.subject, *sid, context_.effect);
      members += is_member ? 1U : 0U;
    }
    const bool holds = IsOfAny(op) ? members > 0 : members == sids.size();
    return ToTruth(holds != IsNegated(op));
  }

  const ConditionContext& context_;
  std::vector<ConditionStep>* steps_;
  std::vector<Item> stack_;
  bool has_misfit_ = false;
};

}  // namespace

std::string_view ToString(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return "false";
    case Truth::kTrue:
      return "true";
    case Truth::kUnknown:
      break;
  }
  return "unknown";
}

Truth EvaluateCondition(const ConditionalExpression& expression, const ConditionContext& context,
                        std::vector<ConditionStep>* steps) {
  Evaluator evaluator(context, steps);
  const auto nodes = expression.nodes();
  for (size_t i = 0; i < nodes.size(); ++i) evaluator.Add(nodes[i], i);
  return evaluator.Finish();
}

}  // namespace portcullis
