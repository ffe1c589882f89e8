// SPDX-License-Identifier: Apache-2.0
// The converter's spelling: every operand of && and || in parentheses, a row of && or || without
// further ones, but a condition before its exceptions as one; versions as (NAME) >= ({"...",0}).
#include "policy/applocker/rule_sddl.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/quote.h"
#include "policy/applocker/descriptor/compiler.h"
#include "security/condition_text.h"

namespace portcullis::applocker {
namespace {

using Op = ConditionOperator;

// Prints the nodes that rule_condition.cc makes.
class ConverterWriter {
 public:
  Result<void> Add(const ConditionNode& node) {
    if (const auto* op = std::get_if<Op>(&node)) {
      Apply(*op);
    } else if (const auto* attribute = std::get_if<ConditionAttribute>(&node)) {
      stack_.push_back({attribute->name});
    } else if (const auto* string = std::get_if<ConditionString>(&node)) {
      stack_.push_back({TRY(Quoted(*string))});
    } else if (const auto* composite = std::get_if<ConditionComposite>(&node)) {
      stack_.push_back({TRY(Members(*composite))});
    }
    return {};
  }

  std::string Take() { return std::move(stack_.back().text); }

 private:
  struct Item {
    std::string text;
    std::optional<Op> op = std::nullopt;
    bool ends_with_not = false;
  };

  static Result<std::string> Quoted(const ConditionString& string) {
    if (string.text.find('"') != std::string::npos) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("SDDL can not hold a quotation mark: {}", Quote(string.text)));
    }
    return fmt::format("\"{}\"", string.text);
  }

  // A name and a version, or digests.
  static Result<std::string> Members(const ConditionComposite& composite) {
    std::string text = "{";
    for (const ConditionScalar& member : composite.members) {
      if (const auto* octets = std::get_if<ConditionOctets>(&member)) {
        if (text.size() > 1) text += ", ";
        text += '#' + HexLower(AsBytes(octets->bytes));
      } else if (const auto* string = std::get_if<ConditionString>(&member)) {
        text += TRY(Quoted(*string));
      } else if (const auto* integer = std::get_if<ConditionInteger>(&member)) {
        text += ',' + FormatInteger(*integer);
      }
    }
    return text + "}";
  }

  void Apply(Op op) {
    Item right = std::move(stack_.back());
    stack_.pop_back();
    switch (KindOf(op)) {
      case OperatorKind::kNot:
        stack_.push_back({fmt::format("!({})", right.text), op});
        return;
      case OperatorKind::kLogical:
        return Join(op, right);
      case OperatorKind::kRelational:
        return Relate(op, right);
      default:
        stack_.push_back({fmt::format("{} {}", NameOf(op), right.text), op});
    }
  }

  void Join(Op op, const Item& right) {
    Item& left = stack_.back();
    const bool is_not = right.op == Op::kNot;
    const bool is_row = left.op == op && (op == Op::kOr || left.ends_with_not == is_not);
    if (!is_row) left.text = fmt::format("({})", left.text);
    left = {fmt::format("{} {} ({})", left.text, NameOf(op), right.text), op, is_not};
  }

  void Relate(Op op, const Item& right) {
    Item& left = stack_.back();
    const bool is_version = op == Op::kGreaterOrEqual || op == Op::kLessOrEqual;
    if (is_version) {
      left = {fmt::format("({}) {} ({})", left.text, NameOf(op), right.text), op};
    } else {
      left = {fmt::format("{} {} {}", left.text, NameOf(op), right.text), op};
    }
  }

  std::vector<Item> stack_;
};

}  // namespace

Result<std::string> RuleToSddl(const Rule& rule) {
  const Ace ace = TRY(RuleToAce(rule));
  ConverterWriter writer;
  for (const ConditionNode& node : ace.condition()->nodes()) TRY_VOID(writer.Add(node));
  return fmt::format("D:({};;FX;;;{};({}))", FindAceType(ace.type)->name, ace.sid.ToString(),
                     writer.Take());
}

}  // namespace portcullis::applocker
