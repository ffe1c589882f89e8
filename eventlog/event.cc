// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event.h"

namespace portcullis::eventlog {
namespace {

const char* PredicateOf(Effect effect) {
  switch (effect) {
    case Effect::kAllowed:
      return " was allowed to run.";
    case Effect::kAudited:
      return " was allowed to run but would have been prevented from running if the AppLocker "
             "policy were enforced.";
    case Effect::kDenied:
      return " was prevented from running.";
  }
  return "";
}

// What of Software Restriction Policies restricted the access.
std::string RestrictionOf(EventId id, const std::optional<EventRule>& rule) {
  const std::string guid = rule ? rule->id : "";
  switch (id) {
    case EventId::kSrpDefaultLevel:
      return "by the default software restriction policy level.";
    case EventId::kSrpPathRule:
      return "by location with policy rule {" + guid + "} placed on path " +
             (rule ? rule->name : "") + ".";
    case EventId::kSrpCertificateRule:
      return "by software publisher policy.";
    default:
      return "by policy rule {" + guid + "}.";
  }
}

}  // namespace

const char* ToString(AnsweredBy by) {
  switch (by) {
    case AnsweredBy::kDecision:
      return "decision";
    case AnsweredBy::kDeadline:
      return "deadline";
    case AnsweredBy::kFailurePolicy:
      return "failure-policy";
    case AnsweredBy::kBusyFile:
      return "busy-file";
    case AnsweredBy::kObserved:
      return "observed";
  }
  return "unknown";
}

std::string MessageOf(const Event& event) {
  const auto effect = EffectOf(event.id);
  if (!event.decision || !effect) return event.text;
  const EventFile& file = event.decision->file;
  if (event.id < EventId::kPolicyFailed) {
    return "Access to " + file.path + " has been restricted by your Administrator " +
           RestrictionOf(event.id, event.decision->rule);
  }
  return (file.macro_path.empty() ? file.path : file.macro_path) + PredicateOf(*effect);
}

}  // namespace portcullis::eventlog
