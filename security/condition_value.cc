// SPDX-License-Identifier: Apache-2.0
#include "security/condition_value.h"

#include <compare>
#include <string>
#include <unordered_set>

#include "base/little_endian.h"
#include "base/utf.h"

namespace portcullis {
namespace {

using Op = ConditionOperator;
using Order = std::strong_ordering;

bool IsNegative(const ConditionInteger& integer) {
  return integer.sign == IntegerSign::kMinus && integer.value < 0;
}

// Compares one value of each of two operands.
class Comparer {
 public:
  Comparer(const ConditionOperand& left, const ConditionOperand& right)
      : left_(left), right_(right) {}

  std::optional<Order> Compare(const ConditionScalar& a, const ConditionScalar& b) const {
    if (a.index() != b.index()) return std::nullopt;
    if (const auto* number = std::get_if<ConditionInteger>(&a)) {
      return CompareNumbers(*number, std::get<ConditionInteger>(b));
    }
    if (const auto* text = std::get_if<ConditionString>(&a)) {
      return CompareTexts(text->text, std::get<ConditionString>(b).text);
    }
    if (const auto* octets = std::get_if<ConditionOctets>(&a)) {
      return octets->bytes <=> std::get<ConditionOctets>(b).bytes;
    }
    return std::get<Sid>(a) <=> std::get<Sid>(b);
  }

  // Whether `value` of the one side is among `values` of the other.
  std::optional<bool> IsAmong(const ConditionScalar& value,
                              std::span<const ConditionScalar> values) const {
    for (const ConditionScalar& candidate : values) {
      const auto order = Compare(value, candidate);
      if (!order) return std::nullopt;
      if (*order == Order::equal) return true;
    }
    return false;
  }

  std::optional<bool> AreAllAmong(std::span<const ConditionScalar> some,
                                  std::span<const ConditionScalar> values) const {
    for (const ConditionScalar& value : some) {
      const auto found = IsAmong(value, values);
      if (!found || !*found) return found;
    }
    return true;
  }

 private:
  std::optional<Order> CompareNumbers(const ConditionInteger& a, const ConditionInteger& b) const {
    if (left_.is_boolean() != right_.is_boolean()) {
      const int64_t number = left_.is_boolean() ? b.value : a.value;
      if (number != 0 && number != 1) return std::nullopt;
    }
    if (!left_.is_unsigned() && !right_.is_unsigned()) return a.value <=> b.value;
    if (IsNegative(a) != IsNegative(b)) return IsNegative(a) ? Order::less : Order::greater;
    return static_cast<uint64_t>(a.value) <=> static_cast<uint64_t>(b.value);
  }

  Order CompareTexts(const std::string& a, const std::string& b) const {
    if (left_.is_case_sensitive() || right_.is_case_sensitive()) return a <=> b;
    return UpperCase(a) <=> UpperCase(b);
  }

  const ConditionOperand& left_;
  const ConditionOperand& right_;
};

std::optional<bool> AreEqual(const ConditionOperand& left, const ConditionOperand& right) {
  if (left.is_list() != right.is_list()) return std::nullopt;
  const Comparer comparer(left, right);
  const auto forth = comparer.AreAllAmong(left.values(), right.values());
  if (!forth || !*forth) return forth;
  return comparer.AreAllAmong(right.values(), left.values());
}

std::optional<bool> Contains(const ConditionOperand& left, const ConditionOperand& right) {
  if (right.values().empty()) return std::nullopt;
  return Comparer(left, right).AreAllAmong(right.values(), left.values());
}

std::optional<bool> AnyOf(const ConditionOperand& left, const ConditionOperand& right) {
  if (right.values().empty()) return std::nullopt;
  const Comparer comparer(left, right);
  for (const ConditionScalar& value : right.values()) {
    const auto found = comparer.IsAmong(value, left.values());
    if (!found || *found) return found;
  }
  return false;
}

std::optional<Order> OrderOf(const ConditionOperand& left, const ConditionOperand& right) {
  if (left.is_list() || right.is_list()) return std::nullopt;
  if (left.is_boolean() || right.is_boolean()) return std::nullopt;
  const ConditionScalar& a = left.values().front();
  if (std::holds_alternative<Sid>(a)) return std::nullopt;
  return Comparer(left, right).Compare(a, right.values().front());
}

std::optional<bool> ApplyOrdering(Op op, const ConditionOperand& left,
                                  const ConditionOperand& right) {
  const auto order = OrderOf(left, right);
  if (!order) return std::nullopt;
  switch (op) {
    case Op::kLess:
      return *order < 0;
    case Op::kLessOrEqual:
      return *order <= 0;
    case Op::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

std::optional<bool> Inverse(std::optional<bool> value) {
  if (value) return !*value;
  return std::nullopt;
}

// Two values are the same when their keys are.
std::string KeyOf(const ConditionScalar& value, bool is_case_sensitive) {
  std::string key;
  if (const auto* number = std::get_if<ConditionInteger>(&value)) {
    AppendLe64(key, static_cast<uint64_t>(number->value));
  } else if (const auto* text = std::get_if<ConditionString>(&value)) {
    key = is_case_sensitive ? text->text : UpperCase(text->text);
  } else if (const auto* octets = std::get_if<ConditionOctets>(&value)) {
    key = octets->bytes;
  } else {
    std::get<Sid>(value).AppendBinary(key);
  }
  return key;
}

}  // namespace

std::optional<bool> ApplyRelation(ConditionOperator op, const ConditionOperand& left,
                                  const ConditionOperand& right) {
  switch (op) {
    case Op::kEqual:
      return AreEqual(left, right);
    case Op::kNotEqual:
      return Inverse(AreEqual(left, right));
    case Op::kContains:
      return Contains(left, right);
    case Op::kNotContains:
      return Inverse(Contains(left, right));
    case Op::kAnyOf:
      return AnyOf(left, right);
    case Op::kNotAnyOf:
      return Inverse(AnyOf(left, right));
    default:
      return ApplyOrdering(op, left, right);
  }
}

bool HasRepeatedValues(const ResourceAttribute& attribute) {
  const bool is_case_sensitive = (attribute.flags & attribute_flags::kCaseSensitive) != 0;
  std::unordered_set<std::string> keys;
  for (const ConditionScalar& value : attribute.values) {
    if (!keys.insert(KeyOf(value, is_case_sensitive)).second) return true;
  }
  return false;
}

}  // namespace portcullis
