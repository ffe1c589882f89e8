// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <utility>

#include "base/bytes.h"
#include "security/ascii.h"
#include "security/attribute_name.h"
#include "security/condition_text.h"
#include "security/sid_text.h"

namespace portcullis {
namespace {

std::string_view PrefixOf(AttributeSource source) {
  switch (source) {
    case AttributeSource::kUser:
      return "@USER.";
    case AttributeSource::kDevice:
      return "@DEVICE.";
    case AttributeSource::kResource:
      return "@RESOURCE.";
    case AttributeSource::kLocal:
      break;
  }
  return "";
}

// Whether a local attribute of this name would be read as an operator.
bool IsOperatorWord(std::string_view name) {
  for (unsigned code = 0x80; code <= 0x93; ++code) {
    const auto op = FindOperator(static_cast<uint8_t>(code));
    if (op && EqualsIgnoringCase(NameOf(*op), name)) return true;
  }
  return false;
}

std::string FormatAttribute(const ConditionAttribute& attribute) {
  const bool is_local = attribute.source == AttributeSource::kLocal;
  if (is_local && IsOperatorWord(attribute.name)) {
    return fmt::format("%{:04x}{}", static_cast<unsigned>(attribute.name.front()),
                       std::string_view(attribute.name).substr(1));
  }
  return std::string(PrefixOf(attribute.source)) +
         EncodeAttributeName(attribute.name,
                             is_local ? AttributeNameForm::kSimple : AttributeNameForm::kPrefixed);
}

class ConditionWriter {
 public:
  explicit ConditionWriter(const std::optional<Sid>& domain) : domain_(domain) {}

  Result<void> Add(const ConditionNode& node) {
    if (const auto* op = std::get_if<ConditionOperator>(&node)) {
      Apply(*op);
    } else {
      stack_.push_back(TRY(std::visit([this](const auto& value) { return Operand(value); }, node)));
    }
    return {};
  }

  std::string Take() { return std::move(stack_.back()); }

 private:
  Result<std::string> Operand(const ConditionInteger& value) const { return FormatInteger(value); }
  Result<std::string> Operand(const ConditionString& value) const {
    return FormatQuoted(value.text);
  }
  Result<std::string> Operand(const ConditionOctets& value) const {
    return fmt::format("#{}", HexLower(AsBytes(value.bytes)));
  }
  Result<std::string> Operand(const Sid& value) const {
    return fmt::format("SID({})", FormatSidText(value, domain_));
  }
  Result<std::string> Operand(const ConditionComposite& value) const {
    std::string text = "{";
    for (const ConditionScalar& member : value.members) {
      if (text.size() > 1) text += ", ";
      text += TRY(std::visit([this](const auto& scalar) { return Operand(scalar); }, member));
    }
    return text + "}";
  }
  Result<std::string> Operand(const ConditionAttribute& value) const {
    return FormatAttribute(value);
  }
  Result<std::string> Operand(ConditionOperator) const { return std::string(); }

  void Apply(ConditionOperator op) {
    std::string right = std::move(stack_.back());
    stack_.pop_back();
    switch (KindOf(op)) {
      case OperatorKind::kMembership:
      case OperatorKind::kExistence:
        stack_.push_back(fmt::format("{} {}", NameOf(op), right));
        return;
      case OperatorKind::kNot:
        stack_.push_back(fmt::format("!({})", right));
        return;
      case OperatorKind::kRelational:
        stack_.back() += fmt::format(" {} {}", NameOf(op), right);
        return;
      case OperatorKind::kLogical:
        stack_.back() = fmt::format("({}) {} ({})", stack_.back(), NameOf(op), right);
        return;
    }
  }

  const std::optional<Sid>& domain_;
  std::vector<std::string> stack_;
};

}  // namespace

std::string FormatInteger(const ConditionInteger& integer) {
  std::string_view sign;
  if (integer.sign == IntegerSign::kPlus) sign = "+";
  if (integer.sign == IntegerSign::kMinus) sign = "-";
  const uint64_t magnitude = MagnitudeOf(integer);
  switch (integer.base) {
    case IntegerBase::kOctal:
      return fmt::format("{}0{:o}", sign, magnitude);
    case IntegerBase::kHex:
      return fmt::format("{}0x{:x}", sign, magnitude);
    case IntegerBase::kDecimal:
      break;
  }
  return fmt::format("{}{}", sign, magnitude);
}

Result<std::string> FormatQuoted(std::string_view text) {
  if (text.find('"') != std::string_view::npos) {
    return Fail(ErrorCode::kUnsupported, "SDDL can not write a string with a \" in it");
  }
  return fmt::format("\"{}\"", text);
}

Result<std::string> FormatSubExpression(const ConditionalExpression& expression, size_t last,
                                        const std::optional<Sid>& domain) {
  ConditionWriter writer(domain);
  for (size_t i = expression.FirstNodeOf(last); i <= last; ++i) {
    TRY_VOID(writer.Add(expression.nodes()[i]));
  }
  return writer.Take();
}

Result<std::string> FormatCondition(const ConditionalExpression& expression,
                                    const std::optional<Sid>& domain) {
  return fmt::format("({})",
                     TRY(FormatSubExpression(expression, expression.nodes().size() - 1, domain)));
}

}  // namespace portcullis
