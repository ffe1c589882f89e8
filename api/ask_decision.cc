// SPDX-License-Identifier: Apache-2.0
#include "api/ask_decision.h"

#include <string>

#include "api/portcullis.h"
#include "policy/srp/rule_text.h"

namespace portcullis::api {
namespace {

using applocker::CollectionType;

// The header's numbers are the engine's.
static_assert(static_cast<int>(Verdict::kDeniedByDefault) == PORTCULLIS_VERDICT_DENIED_BY_DEFAULT);
static_assert(static_cast<int>(Reason::kSrpDefault) == PORTCULLIS_REASON_SRP_DEFAULT);
static_assert(static_cast<int>(srp::Level::kBasicUser) == PORTCULLIS_LEVEL_NORMAL_USER);
static_assert(static_cast<int>(applocker::EnforcementMode::kAuditOnly) ==
              PORTCULLIS_MODE_AUDIT_ONLY);

bool KnowsBytes(const FileIdentity* identity) {
  return identity != nullptr && !identity->unknown.hash;
}

void NameRule(const Decision& decision, AskAnswer& answer) {
  if (decision.rule != nullptr) {
    answer.rule_id = decision.rule->id.ToString();
    answer.rule_name = decision.rule->name;
  } else if (decision.reason == Reason::kSrpRule) {
    answer.rule_id = srp::GuidText(*decision.srp->rule);
    answer.rule_name = srp::TargetText(*decision.srp->rule);
  } else {
    return;
  }
  answer.flags |= PORTCULLIS_RESULT_HAS_RULE;
  answer.policy = std::string(decision.policy);
}

}  // namespace

Asked AskedBy(AskFor ask_for) {
  switch (ask_for) {
    case AskFor::kExe:
      return {Operation::kExecute, CollectionType::kExe};
    case AskFor::kDll:
      return {Operation::kLoad, CollectionType::kDll};
    case AskFor::kMsi:
      return {Operation::kInstall, CollectionType::kMsi};
    case AskFor::kAppx:
      return {Operation::kPackage, CollectionType::kAppx};
    case AskFor::kScript:
      break;
  }
  return {Operation::kScript, CollectionType::kScript};
}

std::optional<srp::UrlZone> ZoneSaid(const AskRequest& request) {
  return request.url_zone == 0 ? std::nullopt : srp::UrlZoneOf(request.url_zone);
}

AskAnswer AnswerFor(const AskRequest& request, uint64_t generation, const Decision& decision,
                    bool is_blocked, const FileIdentity* identity) {
  const bool is_compared = request.has_hash && KnowsBytes(identity);
  if (is_compared && request.hash != identity->sha256) {
    return ErrorAnswer(request.number, PORTCULLIS_E_CHANGED);
  }
  AskAnswer answer;
  answer.number = request.number;
  answer.generation = generation;
  answer.level = static_cast<uint32_t>(LevelFor(decision, is_blocked));
  answer.verdict = static_cast<uint8_t>(decision.verdict);
  answer.would_block = decision.would_block() ? 1 : 0;
  answer.enforcement = static_cast<uint8_t>(decision.enforcement);
  answer.reason = static_cast<uint8_t>(decision.reason);
  if (is_compared) answer.flags |= PORTCULLIS_RESULT_HASH_CHECKED;
  NameRule(decision, answer);
  return answer;
}

AskAnswer ErrorAnswer(uint64_t number, int error) {
  AskAnswer answer;
  answer.number = number;
  answer.error = error;
  return answer;
}

}  // namespace portcullis::api
