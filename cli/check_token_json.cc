// SPDX-License-Identifier: Apache-2.0
#include "cli/check_token_json.h"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <utility>

#include "base/json_value.h"
#include "base/quote.h"
#include "security/condition_text.h"
#include "security/sid_text.h"

namespace portcullis::cli {
namespace {

constexpr double kMaxExactNumber = 9007199254740992.0;  // 2^53

Unexpected Wrong(std::string_view member, std::string_view why) {
  return Fail(ErrorCode::kMalformed, fmt::format("token: {}: {}", Quote(member), why));
}

// The type of a claim's value, which all of a list must share.
struct TypedValue {
  AttributeType type;
  ConditionScalar value;
};

std::optional<TypedValue> ScalarOf(const JsonValue& json) {
  if (const std::string* text = json.AsString()) {
    return TypedValue{AttributeType::kString, ConditionString{*text}};
  }
  ConditionInteger integer;
  if (const bool* flag = json.AsBool()) {
    integer.value = *flag ? 1 : 0;
    return TypedValue{AttributeType::kBoolean, integer};
  }
  if (const uint64_t* number = json.AsUnsigned()) {
    integer.value = static_cast<int64_t>(*number);
    return TypedValue{integer.value < 0 ? AttributeType::kUnsigned : AttributeType::kInteger,
                      integer};
  }
  if (const double* number = json.AsDouble()) {
    if (*number != std::trunc(*number) || std::abs(*number) > kMaxExactNumber) return std::nullopt;
    integer.value = static_cast<int64_t>(*number);
    if (integer.value < 0) integer.sign = IntegerSign::kMinus;
    return TypedValue{AttributeType::kInteger, integer};
  }
  return std::nullopt;
}

Result<Claim> ClaimFromLiteral(const std::string& name, const JsonValue& json,
                               const std::optional<Sid>& domain) {
  const JsonValue* const literal = json.Find("sddl_literal");
  if (literal == nullptr || literal->AsString() == nullptr) {
    return Wrong(name, "an object without a text sddl_literal");
  }
  TextCursor cursor(*literal->AsString(), "literal");
  const ConditionNode node = TRY(ReadLiteral(cursor, domain));
  cursor.SkipSpace();
  if (!cursor.AtEnd()) return cursor.Refuse("more behind the literal");
  return AttributeFromLiteral(name, node);
}

Result<Claim> ParseClaim(const std::string& name, const JsonValue& json,
                         const std::optional<Sid>& domain) {
  if (name.empty() || name.size() > kMaxAttributeName) return Wrong(name, "too long or no name");
  if (json.AsObject() != nullptr) return ClaimFromLiteral(name, json, domain);
  const JsonValue::Array* const list = json.AsArray();
  const std::span<const JsonValue> values =
      list != nullptr ? std::span<const JsonValue>(*list) : std::span(&json, 1);
  Claim claim{name, AttributeType::kString, 0, {}};
  for (const JsonValue& value : values) {
    auto typed = ScalarOf(value);
    if (!typed) return Wrong(name, "neither a text nor a whole number nor a boolean");
    if (!claim.values.empty() && typed->type != claim.type) {
      return Wrong(name, "values of several types");
    }
    claim.type = typed->type;
    claim.values.push_back(std::move(typed->value));
  }
  return claim;
}

class TokenReader {
 public:
  explicit TokenReader(const std::optional<Sid>& domain) : domain_(domain) {}

  Result<CheckToken> Read(const JsonValue& json) {
    if (json.AsObject() == nullptr) return Fail(ErrorCode::kMalformed, "token: not a JSON object");
    for (const auto& [name, value] : *json.AsObject()) TRY_VOID(ReadMember(name, value));
    if (!token_.subject.groups.empty() && token_.subject.groups.front().use == GroupUse::kEnabled) {
      token_.subject.user = token_.subject.groups.front().sid;
    }
    return std::move(token_);
  }

 private:
  Result<void> ReadMember(const std::string& name, const JsonValue& value) {
    if (name == "sids") return AddGroups(name, value, GroupUse::kEnabled, token_.subject.groups);
    if (name == "deny_only_sids") {
      return AddGroups(name, value, GroupUse::kDenyOnly, token_.subject.groups);
    }
    if (name == "device_sids") {
      return AddGroups(name, value, GroupUse::kEnabled, token_.device_groups);
    }
    if (name == "restricted_sids") {
      token_.restricted_sids = TRY(Sids(name, value));
      return {};
    }
    if (name == "user_claims") return AddClaims(name, value, token_.user_claims);
    if (name == "device_claims") return AddClaims(name, value, token_.device_claims);
    if (name == "local_claims") return AddClaims(name, value, token_.local_claims);
    return Wrong(name, "not a member of a token");
  }

  Result<std::vector<Sid>> Sids(const std::string& name, const JsonValue& value) const {
    if (value.AsArray() == nullptr) return Wrong(name, "not a list");
    std::vector<Sid> sids;
    for (const JsonValue& item : *value.AsArray()) {
      if (item.AsString() == nullptr) return Wrong(name, "a SID that is not a text");
      const auto sid = ParseSidText(*item.AsString(), domain_);
      if (!sid) return Wrong(name, sid.error().message);
      sids.push_back(*sid);
    }
    return sids;
  }

  Result<void> AddGroups(const std::string& name, const JsonValue& value, GroupUse use,
                         std::vector<TokenGroup>& groups) const {
    for (const Sid& sid : TRY(Sids(name, value))) groups.push_back({sid, use});
    return {};
  }

  Result<void> AddClaims(const std::string& name, const JsonValue& value,
                         std::vector<Claim>& claims) const {
    if (value.AsObject() == nullptr) return Wrong(name, "not an object");
    for (const auto& [claim, its_value] : *value.AsObject()) {
      claims.push_back(TRY(ParseClaim(claim, its_value, domain_)));
    }
    return {};
  }

  const std::optional<Sid>& domain_;
  CheckToken token_;
};

}  // namespace

Result<CheckToken> ParseCheckToken(std::string_view json, const std::optional<Sid>& domain) {
  auto value = ParseJson(json);
  if (!value) return Fail(value.error().code, fmt::format("token: {}", value.error().message));
  return TokenReader(domain).Read(*value);
}

}  // namespace portcullis::cli
