// SPDX-License-Identifier: Apache-2.0
// The condition of a conditional ACE: a question about the token and the file.
//
// Shape:   the nodes of a tree in postfix order: operands before their operator, which is also the
//          order of the bytes. `@User.Title == "PM" && Exists b` is the six nodes @User.Title,
//          "PM",
//          ==, b, Exists, &&. An expression that exists is well formed: every operator has operands
//          of the kinds it takes, and one truth value is left.
// Limits:  kMaxConditionNodes, kMaxConditionDepth, kMaxCompositeMembers, kMaxAttributeName.
// Errors:  Create refuses with the position of the node that does not fit.
// Threads: a value; immutable.
// Source:  MS-DTYP 2.4.4.17 and 2.5.1.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "security/sid.h"

namespace portcullis {

inline constexpr size_t kMaxConditionNodes = 20'000;  // an ACE has at most 65535 bytes
// Also how deep parentheses may stand in each other in text.
inline constexpr size_t kMaxConditionDepth = 400;
inline constexpr size_t kMaxCompositeMembers = 10'000;
inline constexpr size_t kMaxAttributeName = 1024;  // UTF-16 code units are half as many bytes

// The values are those of the bytes.
enum class IntegerWidth : uint8_t { k8 = 1, k16 = 2, k32 = 3, k64 = 4 };
enum class IntegerSign : uint8_t { kPlus = 1, kMinus = 2, kNone = 3 };
enum class IntegerBase : uint8_t { kOctal = 1, kDecimal = 2, kHex = 3 };

// A number with the way it was written. `value` is what it is worth; one without a minus may be
// written up to 2^64-1 and is then worth what its 64 bits are with a sign.
struct ConditionInteger {
  int64_t value = 0;
  IntegerSign sign = IntegerSign::kNone;
  IntegerBase base = IntegerBase::kDecimal;
  IntegerWidth width = IntegerWidth::k64;

  friend bool operator==(const ConditionInteger&, const ConditionInteger&) = default;
};
struct ConditionString {
  std::string text;  // UTF-8

  friend bool operator==(const ConditionString&, const ConditionString&) = default;
};
struct ConditionOctets {
  std::string bytes;

  friend bool operator==(const ConditionOctets&, const ConditionOctets&) = default;
};
using ConditionScalar = std::variant<ConditionInteger, ConditionString, ConditionOctets, Sid>;
struct ConditionComposite {
  std::vector<ConditionScalar> members;

  friend bool operator==(const ConditionComposite&, const ConditionComposite&) = default;
};

enum class AttributeSource : uint8_t {
  kLocal = 0xF8,
  kUser = 0xF9,
  kResource = 0xFA,
  kDevice = 0xFB
};
struct ConditionAttribute {
  AttributeSource source = AttributeSource::kLocal;
  std::string name;  // UTF-8, decoded

  friend bool operator==(const ConditionAttribute&, const ConditionAttribute&) = default;
};

// The values are those of the bytes.
enum class ConditionOperator : uint8_t {
  kEqual = 0x80,
  kNotEqual = 0x81,
  kLess = 0x82,
  kLessOrEqual = 0x83,
  kGreater = 0x84,
  kGreaterOrEqual = 0x85,
  kContains = 0x86,
  kExists = 0x87,
  kAnyOf = 0x88,
  kMemberOf = 0x89,
  kDeviceMemberOf = 0x8A,
  kMemberOfAny = 0x8B,
  kDeviceMemberOfAny = 0x8C,
  kNotExists = 0x8D,
  kNotContains = 0x8E,
  kNotAnyOf = 0x8F,
  kNotMemberOf = 0x90,
  kNotDeviceMemberOf = 0x91,
  kNotMemberOfAny = 0x92,
  kNotDeviceMemberOfAny = 0x93,
  kAnd = 0xA0,
  kOr = 0xA1,
  kNot = 0xA2,
};

// What an operator stands between.
enum class OperatorKind : uint8_t { kRelational, kMembership, kExistence, kNot, kLogical };
OperatorKind KindOf(ConditionOperator op);
std::string_view NameOf(ConditionOperator op);
std::optional<ConditionOperator> FindOperator(uint8_t code);

using ConditionNode = std::variant<ConditionInteger, ConditionString, ConditionOctets, Sid,
                                   ConditionComposite, ConditionAttribute, ConditionOperator>;

class ConditionalExpression {
 public:
  // A node that does not fit, and why.
  struct Misfit {
    size_t node;
    std::string_view why;  // a literal
  };
  static tl::expected<ConditionalExpression, Misfit> Create(std::vector<ConditionNode> nodes);

  std::span<const ConditionNode> nodes() const { return nodes_; }
  // The index of the first node of the sub-expression that ends with node `last`.
  size_t FirstNodeOf(size_t last) const { return first_of_[last]; }

  friend bool operator==(const ConditionalExpression& a, const ConditionalExpression& b) {
    return a.nodes_ == b.nodes_;
  }

 private:
  ConditionalExpression(std::vector<ConditionNode> nodes, std::vector<uint32_t> first_of)
      : nodes_(std::move(nodes)), first_of_(std::move(first_of)) {}
  std::vector<ConditionNode> nodes_;
  std::vector<uint32_t> first_of_;
};

// What a number's digits say: the magnitude, whatever its sign.
uint64_t MagnitudeOf(const ConditionInteger& integer);

}  // namespace portcullis
