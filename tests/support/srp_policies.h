// SPDX-License-Identifier: Apache-2.0
// Policies of Software Restriction Policies in a line each, and questions to both engines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/request.h"
#include "policy/srp/compiled_policy.h"
#include "policy/srp/reference.h"

namespace portcullis::testing {

inline srp::Rule PathRuleOf(srp::Level level, std::string_view path) {
  srp::Rule rule;
  rule.level = level;
  rule.condition = srp::PathCondition{std::string(path)};
  return rule;
}
inline srp::Rule AllowPath(std::string_view path) {
  return PathRuleOf(srp::Level::kUnrestricted, path);
}
inline srp::Rule DenyPath(std::string_view path) {
  return PathRuleOf(srp::Level::kDisallowed, path);
}

// Every rule gets an id of its own.
inline srp::Policy SrpPolicyOf(srp::Level default_level, std::vector<srp::Rule> rules,
                               srp::Scope scope = srp::Scope::kMachine) {
  srp::Policy policy;
  policy.scope = scope;
  policy.default_level = default_level;
  policy.rules = std::move(rules);
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    srp::Guid& id = policy.rules[i].id;
    id.bytes[0] = static_cast<uint8_t>(scope);
    id.bytes[14] = static_cast<uint8_t>(i >> 8);
    id.bytes[15] = static_cast<uint8_t>(i);
    policy.rules[i].scope = scope;
  }
  return policy;
}

// Asks both engines, which must agree to the rule.
class SrpQuestions {
 public:
  explicit SrpQuestions(std::vector<srp::Policy> policies, srp::Environment environment = {})
      : environment_(std::move(environment)),
        compiled_(*srp::CompiledPolicy::Make(std::move(policies), environment_)) {}
  explicit SrpQuestions(srp::Policy policy, srp::Environment environment = {})
      : SrpQuestions(std::vector{std::move(policy)}, std::move(environment)) {}

  srp::Answer Ask(const Request& request) const {
    const srp::Answer answer = compiled_.Identify(request);
    const srp::Answer other = srp::reference::Identify(compiled_.policies(), environment_, request);
    EXPECT_EQ(answer.rule, other.rule);
    EXPECT_EQ(answer.level, other.level);
    EXPECT_EQ(answer.not_asked, other.not_asked);
    EXPECT_EQ(answer.is_blocked, other.is_blocked);
    EXPECT_EQ(answer.specificity, other.specificity);
    return answer;
  }
  // Of a program of Windows at this path, for Everyone.
  srp::Answer Ask(std::string_view path) const {
    const FileAttributes file = MakeFileAttributes({}, {{std::string(path)}});
    return Ask(file);
  }
  srp::Answer Ask(const FileAttributes& file, Operation operation = Operation::kExecute,
                  const AccessToken& token = {}) const {
    Request request;
    request.operation = operation;
    request.collection = CollectionFor(operation, FileKind::kPe);
    request.file = &file;
    request.token = &token;
    return Ask(request);
  }
  bool Runs(std::string_view path) const { return !Ask(path).is_blocked; }

  const srp::CompiledPolicy& compiled() const { return compiled_; }
  const srp::Environment& environment() const { return environment_; }

 private:
  srp::Environment environment_;
  srp::CompiledPolicy compiled_;
};

}  // namespace portcullis::testing
