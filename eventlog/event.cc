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
  return (file.macro_path.empty() ? file.path : file.macro_path) + PredicateOf(*effect);
}

}  // namespace portcullis::eventlog
