// SPDX-License-Identifier: Apache-2.0
// `portcullis explain`: why the policy decides so, rule by rule.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "cli/commands.h"
#include "cli/srp_why.h"
#include "cli/text.h"
#include "cli/verdicts.h"
#include "cli/why.h"
#include "policy/srp/rule_text.h"

namespace portcullis::cli {
namespace {

constexpr size_t kShownClose = 12;
constexpr size_t kShownFar = 3;
constexpr int kCloseEnough = 30;  // of why.h's Closeness

void WriteTrace(JsonWriter& json, const JudgeRun& run, const FileReport& report,
                const RuleTrace& trace) {
  json.BeginObject()
      .String("id", trace.rule->id.ToString())
      .String("name", trace.rule->name)
      .String("action", ToString(trace.rule->action))
      .String("user_or_group_sid", trace.rule->user_or_group_sid.ToString())
      .Bytes("policy", trace.policy)
      .String("outcome", ToString(trace.outcome))
      .Bool("condition_matched", trace.condition_matched)
      .String("condition", ConditionText(trace.rule->condition));
  json.Key("exception");
  trace.exception == nullptr ? json.Null() : json.String(ConditionText(*trace.exception));
  json.String("why", OutcomeText(run.judge, report, trace)).EndObject();
}

void WriteSrp(JsonWriter& json, const Decision& decision, const Trace& trace) {
  json.Key("srp");
  if (!decision.srp) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("asked", ToString(decision.srp->not_asked))
      .String("level", ToString(decision.srp->level))
      .String("why", SrpVerdictText(decision));
  json.Key("matches").BeginArray();
  for (size_t i = 0; i < trace.srp_matches.size(); ++i) {
    const srp::Match& match = trace.srp_matches[i];
    json.BeginObject()
        .String("id", srp::IdText(*match.rule))
        .String("rule", SrpRuleText(*match.rule))
        .String("scope", ToString(match.rule->scope))
        .String("level", ToString(match.rule->level))
        .String("matches_by", SrpFormText(match));
    WriteText(json, "weaker_because",
              i == 0 ? std::string() : SrpWhyWeaker(match, trace.srp_matches[i - 1]));
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteToken(JsonWriter& json, std::string_view key, std::span<const TokenGroup> groups) {
  json.Key(key).BeginArray();
  for (const TokenGroup& group : groups) {
    json.BeginObject()
        .String("sid", group.sid.ToString())
        .String("use", group.use == GroupUse::kEnabled ? "enabled" : "deny-only")
        .EndObject();
  }
  json.EndArray();
}

std::string JsonOf(const JudgeRun& run, const FileReport& report, const Decision& decision,
                   const Trace& trace) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteDecision(json, run.judge, report, decision);
  json.String("why", VerdictText(run.judge, report, decision));
  WriteToken(json, "groups", run.judge.token.Groups(TokenView::kAsIs));
  WriteToken(json, "exe_groups", run.judge.token.Groups(TokenView::kExe));
  json.Bool("is_service", run.judge.token.is_service);
  json.Key("file").BeginObject();
  WriteReport(json, report);
  json.EndObject().Key("trace").BeginArray();
  for (const RuleTrace& rule : trace.rules) WriteTrace(json, run, report, rule);
  json.EndArray();
  WriteSrp(json, decision, trace);
  json.EndObject();
  return line + '\n';
}

void AddLine(std::string& text, std::string_view label, std::string_view value) {
  text += "  " + Padded(label, 12) + Printable(value) + "\n";
}

std::string TokenText(const JudgeRun& run) {
  const AccessToken& token = run.judge.token;
  std::string text = SidText(token.user);
  if (run.judge.user != token.user.ToString()) text = run.judge.user + ", " + text;
  for (const TokenGroup& group : token.Groups(TokenView::kExe)) {
    text += ", " + SidText(group.sid);
    if (group.use == GroupUse::kDenyOnly) text += " (deny only)";
  }
  return text;
}

std::string OperationText(const FileReport& report, const Decision& decision) {
  const Operation operation = report.operation.value_or(Operation::kOpen);
  if (decision.srp && decision.srp->not_asked == srp::NotAsked::kAsked) {
    return fmt::format("{}, asked of Software Restriction Policies", ToString(operation));
  }
  if (!report.operation || !report.collection) return "none that a rule collection judges";
  const bool audits = decision.enforcement == applocker::EnforcementMode::kAuditOnly;
  return fmt::format("{}, judged by the {} rules, which are {}", ToString(*report.operation),
                     ToString(*report.collection), audits ? "audited" : "enforced");
}

std::string FileText(const FileReport& report) {
  std::string text = ToString(report.identity.kind);
  if (report.identity.publisher) {
    const FullyQualifiedBinaryName& name = *report.identity.publisher;
    text += fmt::format(", {} \\ {} \\ {} \\ {}", name.publisher, name.product, name.binary,
                        name.version.ToString());
  }
  if (report.identity.unknown.hash) text += ", its hash could not be found out";
  if (report.identity.unknown.publisher) return text + ", its publisher could not be found out";
  if (report.identity.publisher) return text;
  text += ", counts as unsigned";
  const SignatureReport& signature = report.identity.signature;
  // A fact does not say; and a file without a signature needs no reason.
  if (signature.status == SignatureStatus::kUnsigned) return text;
  return fmt::format("{}: its signature is {} ({})", text, ToString(signature.status),
                     signature.reason);
}

// Which near misses answer the question: after a default denial the rules that could have allowed
// the file, after an allow those that could have denied it; and whatever else matched.
bool IsInteresting(const Decision& decision, const RuleTrace& trace) {
  if (trace.outcome == RuleOutcome::kMatched) return true;
  const bool is_deny = trace.rule->action == applocker::Action::kDeny;
  return IsDenial(decision.verdict) != is_deny;
}

struct SortedRules {
  std::vector<const RuleTrace*> close;
  std::map<std::string_view, uint64_t> others;  // by what they are about
};

SortedRules SortRules(const FileReport& report, const Decision& decision, const Trace& trace) {
  SortedRules sorted;
  for (const RuleTrace& rule : trace.rules) {
    if (rule.rule != decision.rule && IsInteresting(decision, rule) &&
        Closeness(report, rule) > 0) {
      sorted.close.push_back(&rule);
    }
  }
  std::ranges::stable_sort(sorted.close, [&](const RuleTrace* a, const RuleTrace* b) {
    return Closeness(report, *a) > Closeness(report, *b);
  });
  // Another product of the same publisher is a near miss only where nothing is nearer.
  const auto is_far = [&](const RuleTrace* rule) {
    return Closeness(report, *rule) < kCloseEnough;
  };
  const auto far = std::ranges::find_if(sorted.close, is_far);
  const auto kept = far == sorted.close.begin() ? std::min<size_t>(kShownFar, sorted.close.size())
                                                : static_cast<size_t>(far - sorted.close.begin());
  sorted.close.resize(std::min(kept, kShownClose));
  for (const RuleTrace& rule : trace.rules) {
    const bool is_shown =
        rule.rule == decision.rule || std::ranges::find(sorted.close, &rule) != sorted.close.end();
    if (!is_shown) ++sorted.others[GroupText(rule)];
  }
  return sorted;
}

void AddRules(std::string& text, const JudgeRun& run, const FileReport& report,
              const Decision& decision, const Trace& trace) {
  const SortedRules sorted = SortRules(report, decision, trace);
  if (!sorted.close.empty()) text += "  Rules that came close:\n";
  for (const RuleTrace* rule : sorted.close) {
    text += fmt::format("    {} \"{}\" ({})\n      {}\n",
                        rule->rule->action == applocker::Action::kDeny ? "deny" : "allow",
                        Printable(rule->rule->name), rule->rule->id.ToString(),
                        Printable(OutcomeText(run.judge, report, *rule)));
  }
  if (sorted.others.empty()) return;
  const bool is_alone = sorted.close.empty() && decision.rule == nullptr;
  text += is_alone ? "  No rule came close:\n" : "  Other rules (--format json lists each):\n";
  for (const auto& [group, count] : sorted.others) {
    text += fmt::format("    {} {}\n", Count(count, "rule", "rules"), group);
  }
}

// Those that match, the strongest first, each with what it lost by.
void AddSrpRules(std::string& text, const Decision& decision, const Trace& trace) {
  if (!decision.srp || decision.srp->not_asked != srp::NotAsked::kAsked) return;
  if (trace.srp_matches.empty()) return;
  text += "  Rules of Software Restriction Policies that match, in order of precedence:\n";
  for (size_t i = 0; i < trace.srp_matches.size() && i < kShownClose; ++i) {
    const srp::Match& match = trace.srp_matches[i];
    text += fmt::format("    {}. {} {} ({})\n       {}\n", i + 1, DisplayName(match.rule->level),
                        Printable(SrpRuleText(*match.rule)), srp::IdText(*match.rule),
                        i == 0 ? "decides: it matches by " + SrpFormText(match)
                               : "weaker: " + SrpWhyWeaker(match, trace.srp_matches[i - 1]));
  }
  if (trace.srp_matches.size() > kShownClose) {
    text +=
        fmt::format("    and {} (--format json lists each)\n",
                    Count(trace.srp_matches.size() - kShownClose, "weaker rule", "weaker rules"));
  }
}

std::string TextOf(const JudgeRun& run, const FileReport& report, const Decision& decision,
                   const Trace& trace) {
  std::string text = Printable(report.path) + "\n";
  AddLine(text, "Verdict", ToString(decision.verdict));
  AddLine(text, "Because", VerdictText(run.judge, report, decision));
  if (decision.rule != nullptr) {
    AddLine(text, "Rule", ConditionText(decision.rule->condition));
    AddLine(text, "Policy", decision.policy);
  } else if (decision.reason == Reason::kSrpRule) {
    AddLine(text, "Policy", decision.policy);
  }
  AddLine(text, "Asked for", TokenText(run));
  AddLine(text, "Operation", OperationText(report, decision));
  AddLine(text, "File", FileText(report));
  std::string_view label = "Rules see";
  for (const PathSpelling& path : report.paths) {
    AddLine(text, label, path.verified ? path.text : path.text + " (only claimed)");
    label = "";
  }
  AddSrpRules(text, decision, trace);
  if (!trace.rules.empty() || !decision.srp) AddRules(text, run, report, decision, trace);
  return text;
}

FileLine LineOf(const JudgeRun& run, const FileReport& report) {
  FileLine line = StartLine(report);
  if (report.problem) {
    line.text = ProblemLine(report);
    return line;
  }
  Trace trace;
  const Decision decision = DecideFile(run.judge, report, &trace);
  FillVerdict(line, report, decision);
  if (!run.values.Wants(decision.verdict)) return line;
  line.text = run.options.json ? JsonOf(run, report, decision, trace)
                               : TextOf(run, report, decision, trace);
  return line;
}

}  // namespace

ExitStatus RunExplain(const Options& options, Io& io) {
  const auto run = LoadJudgeRun("explain", options, io);
  if (!run) return run.error();
  return JudgeFiles(
      *run, io, [&](const FileReport& report) { return LineOf(*run, report); },
      [](const FileLine&) {});
}

}  // namespace portcullis::cli
