// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/rule_shape.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "formats/xml/escape.h"
#include "policy/applocker/descriptor/file_operand.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/xml/values.h"

namespace portcullis::applocker {
namespace {

using Op = ConditionOperator;

Unexpected NoRule(std::string why) { return Fail(ErrorCode::kUnsupported, std::move(why)); }

Result<void> CheckText(std::string_view what, std::string_view text, size_t max_length) {
  if (!xml::CanCarry(text)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("a {} with a character that a policy can not hold", what));
  }
  if (text.size() > max_length && CountUtf16Units(text) > max_length) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("a {} of {} UTF-16 units; {} are allowed",
                                                       what, CountUtf16Units(text), max_length));
  }
  return {};
}

// The values that stand on the right of an operator, one or those of a composite.
std::vector<ConditionScalar> ValuesOf(const ConditionNode& node) {
  if (const auto* composite = std::get_if<ConditionComposite>(&node)) return composite->members;
  if (const auto* string = std::get_if<ConditionString>(&node)) return {*string};
  if (const auto* octets = std::get_if<ConditionOctets>(&node)) return {*octets};
  return {};
}

// A test of one attribute: `Exists A`, or `A op literal`.
struct Test {
  FileOperand operand;
  Op op;
  const ConditionNode* right = nullptr;
};

class ShapeReader {
 public:
  explicit ShapeReader(const ConditionalExpression& expression) : expression_(expression) {}

  Result<RuleShape> Read() {
    std::vector<size_t> conditions;
    std::vector<size_t> negations;
    for (const size_t operand : Row(Op::kAnd, expression_.nodes().size() - 1)) {
      (IsOperator(Op::kNot, operand) ? negations : conditions).push_back(operand);
    }
    RuleShape shape;
    shape.condition = TRY(ReadCondition(conditions));
    for (const size_t negation : negations) {
      TRY_VOID(ReadExceptions(negation - 1, shape.exceptions));
    }
    if (std::holds_alternative<FileHashCondition>(shape.condition) && !shape.exceptions.empty()) {
      return NoRule("a hash rule with exceptions");
    }
    return shape;
  }

 private:
  bool IsOperator(Op op, size_t last) const {
    const auto* const found = std::get_if<Op>(&expression_.nodes()[last]);
    return found != nullptr && *found == op;
  }

  // The operands of a row of && or ||, each by its last node, in their order.
  std::vector<size_t> Row(Op op, size_t last) const {
    std::vector<size_t> operands;
    std::vector<size_t> open = {last};
    while (!open.empty()) {
      const size_t node = open.back();
      open.pop_back();
      if (IsOperator(op, node)) {
        open.push_back(node - 1);
        open.push_back(expression_.FirstNodeOf(node - 1) - 1);
      } else {
        operands.push_back(node);
      }
    }
    return operands;
  }

  // An exception, or several that are joined by ||; a row of hash tests is one exception.
  Result<void> ReadExceptions(size_t last, std::vector<Condition>& exceptions) const {
    std::vector<Condition> found;
    for (const size_t operand : Row(Op::kOr, last)) {
      found.push_back(TRY(ReadCondition(Row(Op::kAnd, operand))));
    }
    const bool all_are_hashes = std::ranges::all_of(found, [](const Condition& condition) {
      return std::holds_alternative<FileHashCondition>(condition);
    });
    if (all_are_hashes) found = {Merged(found)};
    std::ranges::move(found, std::back_inserter(exceptions));
    return {};
  }

  // The tests of one condition, joined by &&.
  Result<Condition> ReadCondition(const std::vector<size_t>& tests) const {
    if (tests.empty()) return NoRule("nothing but exceptions");
    if (tests.size() == 1 && IsOperator(Op::kOr, tests.front())) return ReadHashes(tests.front());
    std::vector<Test> read;
    read.reserve(tests.size());
    for (const size_t test : tests) read.push_back(TRY(ReadTest(test)));
    const FileOperand operand = read.front().operand;
    for (const Test& test : read) {
      if (test.operand != operand) return NoRule("tests of several attributes in one condition");
    }
    if (operand == FileOperand::kPath) return ReadPath(read);
    TRY_VOID(TakeGuard(read));
    if (operand == FileOperand::kPublisher) return ReadPublisher(read);
    return ReadHash(read);
  }

  Result<Test> ReadTest(size_t last) const {
    const auto* const op = std::get_if<Op>(&expression_.nodes()[last]);
    if (op == nullptr) return NoRule("an attribute without an operator");
    const OperatorKind kind = KindOf(*op);
    if (kind != OperatorKind::kExistence && kind != OperatorKind::kRelational) {
      return NoRule(fmt::format("{} where a test of an attribute should stand", NameOf(*op)));
    }
    const bool is_binary = kind == OperatorKind::kRelational;
    const auto& attribute =
        std::get<ConditionAttribute>(expression_.nodes()[is_binary ? last - 2 : last - 1]);
    const auto operand = FindFileOperand(attribute);
    if (!operand) return NoRule("an attribute that is none of AppLocker's");
    return Test{*operand, *op, is_binary ? &expression_.nodes()[last - 1] : nullptr};
  }

  // Without Exists an attribute that is missing would be unknown and not false.
  static Result<void> TakeGuard(std::vector<Test>& tests) {
    const auto guard = std::ranges::find(tests, Op::kExists, &Test::op);
    if (guard == tests.end()) {
      return NoRule(fmt::format("{} without Exists before it", NameOf(tests.front().operand)));
    }
    tests.erase(guard);
    return {};
  }

  static Result<Condition> ReadPath(const std::vector<Test>& tests) {
    const Test& test = tests.front();
    if (tests.size() != 1) return NoRule("several tests of the path in one condition");
    if (test.op != Op::kContains && test.op != Op::kEqual) {
      return NoRule(fmt::format("APPID://PATH with {}", NameOf(test.op)));
    }
    const std::vector<ConditionScalar> values = ValuesOf(*test.right);
    const bool is_one = values.size() == 1 && std::holds_alternative<ConditionString>(values[0]) &&
                        (test.op == Op::kContains || !IsComposite(*test.right));
    if (!is_one) return NoRule("a path that is not one text");
    FilePathCondition condition{std::get<ConditionString>(values[0]).text};
    if (condition.path.empty()) return NoRule("an empty path");
    TRY_VOID(CheckText("path", condition.path, kMaxPathLength));
    return condition;
  }

  static Result<Condition> ReadPublisher(const std::vector<Test>& tests) {
    FilePublisherCondition condition;
    std::string name;
    for (const Test& test : tests) {
      const auto& [text, version] = TRY(ReadNameAndVersion(test));
      if (&test != &tests.front() && text != name) return NoRule("two names of one publisher");
      name = text;
      BinaryVersionRange& range = condition.binary_version_range;
      auto& end = test.op == Op::kGreaterOrEqual ? range.low_section : range.high_section;
      if (end) return NoRule("the same end of a range of versions twice");
      end = version;
    }
    if (tests.empty()) return NoRule("APPID://FQBN without a name");
    // Any version is written as 0 and above.
    BinaryVersionRange& range = condition.binary_version_range;
    if (!range.high_section && range.low_section == FileVersion()) range.low_section.reset();
    const auto fields = SplitPublisherName(name);
    if (!fields) return NoRule("a publisher's name without two backslashes");
    if (fields->publisher.empty()) return NoRule("an empty publisher");
    condition.publisher_name = fields->publisher;
    condition.product_name = fields->product;
    condition.binary_name = fields->binary;
    TRY_VOID(CheckText("publisher's name", name, kMaxPublisherTextLength));
    return condition;
  }

  static Result<std::pair<std::string, FileVersion>> ReadNameAndVersion(const Test& test) {
    if (test.op != Op::kGreaterOrEqual && test.op != Op::kLessOrEqual) {
      return NoRule(fmt::format("APPID://FQBN with {}", NameOf(test.op)));
    }
    const auto* const pair = std::get_if<ConditionComposite>(test.right);
    if (pair != nullptr && pair->members.size() == 2) {
      const auto* const name = std::get_if<ConditionString>(&pair->members[0]);
      const auto* const version = std::get_if<ConditionInteger>(&pair->members[1]);
      if (name != nullptr && version != nullptr && version->sign != IntegerSign::kMinus) {
        return std::pair(name->text, FileVersion{static_cast<uint64_t>(version->value)});
      }
    }
    return NoRule("a publisher that is not a name and a version");
  }

  static Result<Condition> ReadHash(const std::vector<Test>& tests) {
    if (tests.size() != 1) return NoRule("not one test of a hash behind Exists");
    const Test& test = tests.front();
    const std::vector<ConditionScalar> values =
        test.right != nullptr ? ValuesOf(*test.right) : std::vector<ConditionScalar>();
    const bool is_of_one =
        values.size() == 1 &&
        (test.op == Op::kContains || (test.op == Op::kEqual && !IsComposite(*test.right)));
    if (test.op != Op::kAnyOf && !is_of_one) {
      return NoRule(fmt::format("a hash with {}", NameOf(test.op)));
    }
    if (values.empty()) return NoRule("a hash that is not octets");
    FileHashCondition condition;
    for (const ConditionScalar& value : values) {
      condition.hashes.push_back(TRY(ReadDigest(*HashTypeOf(test.operand), value)));
    }
    return condition;
  }

  static bool IsComposite(const ConditionNode& node) {
    return std::holds_alternative<ConditionComposite>(node);
  }

  static Result<FileHash> ReadDigest(HashType type, const ConditionScalar& value) {
    FileHash hash;
    hash.digest.type = type;
    const auto* const octets = std::get_if<ConditionOctets>(&value);
    if (octets == nullptr) return NoRule("a hash that is not octets");
    if (octets->bytes.size() != hash.digest.size()) {
      return NoRule(fmt::format("a hash of {} bytes, where {} has {}", octets->bytes.size(),
                                ToString(type), hash.digest.size()));
    }
    std::ranges::transform(octets->bytes, hash.digest.bytes.begin(),
                           [](char c) { return static_cast<uint8_t>(c); });
    return hash;
  }

  // Hashes of several types, joined by ||.
  Result<Condition> ReadHashes(size_t last) const {
    std::vector<Condition> found;
    for (const size_t operand : Row(Op::kOr, last)) {
      found.push_back(TRY(ReadCondition(Row(Op::kAnd, operand))));
      if (!std::holds_alternative<FileHashCondition>(found.back())) {
        return NoRule("|| between conditions that are not both of hashes");
      }
    }
    return Merged(found);
  }

  // By type, as they are compiled.
  static Condition Merged(const std::vector<Condition>& conditions) {
    FileHashCondition merged;
    for (const Condition& condition : conditions) {
      const auto& hashes = std::get<FileHashCondition>(condition).hashes;
      merged.hashes.insert(merged.hashes.end(), hashes.begin(), hashes.end());
    }
    std::ranges::stable_sort(merged.hashes, {},
                             [](const FileHash& hash) { return hash.digest.type; });
    return merged;
  }

  const ConditionalExpression& expression_;
};

}  // namespace

Result<RuleShape> ShapeOf(const ConditionalExpression& expression) {
  return ShapeReader(expression).Read();
}

}  // namespace portcullis::applocker
