// SPDX-License-Identifier: Apache-2.0
#include "cli/judge.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/policy_file.h"
#include "cli/srp_why.h"
#include "cli/text.h"
#include "formats/registry/reg_text.h"
#include "host/accounts.h"
#include "host/path_variables.h"
#include "host/read_file.h"
#include "policy/srp/rule_text.h"

namespace portcullis::cli {
namespace sids = well_known_sids;

Result<srp::Environment> LoadEnvironment(const Options& options, const Values& values,
                                         const HostConfig& config) {
  srp::Environment environment = PathEnvironment(config);
  for (const std::string& file : options.judge.registries) {
    const std::string text = TRY(ReadFile(file, registry::kMaxRegTextBytes));
    const auto changes = registry::ParseRegText(AsBytes(text));
    if (!changes) {
      return Fail(changes.error().code, fmt::format("{}: {}", file, changes.error().message));
    }
    for (const registry::Change& change : *changes) {
      if (change.action == registry::Change::Action::kSetValue)
        environment.AddRegistry({&change.entry, 1});
    }
  }
  for (const PathVariable& variable : values.variables) {
    environment.Set(variable.name, variable.values);
  }
  return environment;
}

namespace {

void WarnOfDoubts(const PolicySet& policies, Io& io) {
  if (policies.srp() == nullptr) return;
  for (const srp::RuleDoubt& doubt : policies.srp()->doubts()) {
    PrintError(io, fmt::format("warning: rule {}: {}", doubt.rule->id.ToString(),
                               Printable(doubt.sentence)));
  }
}

Result<PolicySet> LoadPolicySet(const Options& options, const Values& values,
                                const HostConfig& config, Io& io) {
  PolicySet::Builder builder(values.settings);
  builder.SetSrpEnvironment(TRY(LoadEnvironment(options, values, config)));
  using Beside = PolicySet::Builder::SrpBesideAppLocker;
  if (options.judge.srp_too) builder.SetSrpBesideAppLocker(Beside::kAsked);
  using Unknown = PolicySet::Builder::UnknownCollections;
  builder.SetUnknownCollections(options.strict ? Unknown::kRefuse : Unknown::kIgnore);
  applocker::ReadOptions read;
  read.strict = options.strict;
  // A command that asks and ends takes of a compiled file what it needs.
  builder.SetImages(PolicySet::Builder::Images::kAsAsked);
  const auto holding = Holding::kMapWhereSafe;
  builder.AddMergedLayer(TRY(ReadNamedPolicies(options.policies, io, read, holding)));
  for (const std::string& file : options.and_policies) {
    builder.AddMergedLayer(TRY(ReadNamedPolicies({file}, io, read, holding)));
  }
  return builder.Build();
}

}  // namespace

Result<AccessToken> TokenOf(const Options& options, const Values& values,
                            const HostConfig& config) {
  AccessToken token;
  if (!options.user) {
    token.user = sids::kEveryone;
  } else if (values.user) {
    token.user = *values.user;
    token.groups = {{sids::kEveryone}, {sids::kAuthenticatedUsers}};
  } else {
    const SystemAccounts accounts;
    const auto account = accounts.FindAccount(*options.user);
    if (!account) {
      return Fail(account.error().code,
                  fmt::format("--user {}: {}", *options.user, account.error().message));
    }
    token = TokenForAccount(*account, accounts, config);
  }
  for (const TokenGroup& group : values.groups) {
    token.groups.push_back(group);
    if (token.exe_groups) token.exe_groups->push_back(group);
  }
  token.is_service = LooksLikeService(token, values.settings.service_tokens);
  return token;
}

namespace {

void WriteSrpRule(JsonWriter& json, const srp::Rule& rule, std::string_view policy) {
  json.BeginObject()
      .String("id", srp::IdText(rule))
      .String("name", SrpRuleText(rule))
      .String("action", rule.level == srp::Level::kUnrestricted ? "Allow" : "Deny")
      .String("kind", ToString(rule.kind()))
      .String("level", ToString(rule.level))
      .Bytes("policy", policy)
      .EndObject();
}

void WriteRule(JsonWriter& json, const Decision& decision) {
  json.Key("rule");
  if (decision.reason == Reason::kSrpRule) {
    return WriteSrpRule(json, *decision.srp->rule, decision.policy);
  }
  if (decision.rule == nullptr) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("id", decision.rule->id.ToString())
      .String("name", decision.rule->name)
      .String("action", ToString(decision.rule->action))
      .Bytes("policy", decision.policy)
      .EndObject();
}

}  // namespace

Result<Judge> LoadJudge(const Options& options, const Values& values, const HostConfig& config,
                        Io& io) {
  AccessToken token = TRY(TokenOf(options, values, config));
  PolicySet policies = TRY(LoadPolicySet(options, values, config, io));
  WarnOfDoubts(policies, io);
  std::string user = values.user || !options.user ? token.user.ToString() : *options.user;
  return Judge{std::move(policies), std::move(token), std::move(user)};
}

Decision DecideFile(const Judge& judge, const FileReport& report, Trace* trace) {
  FileAttributes attributes =
      MakeFileAttributes(report.identity, report.paths, judge.policies.settings());
  attributes.srp.zone = report.zone;
  Request request;
  // What nobody runs a shell may open.
  request.operation = report.operation.value_or(Operation::kOpen);
  request.collection = report.collection;
  request.file = &attributes;
  request.token = &judge.token;
  return trace == nullptr ? Decide(judge.policies, request)
                          : DecideWithTrace(judge.policies, request, *trace);
}

void WriteDecision(JsonWriter& json, const Judge& judge, const FileReport& report,
                   const Decision& decision) {
  json.Bytes("path", report.path)
      .String("user", judge.user)
      .String("user_sid", judge.token.user.ToString());
  json.Key("operation");
  report.operation ? json.String(ToString(*report.operation)) : json.Null();
  json.Key("collection");
  report.collection ? json.String(ToString(*report.collection)) : json.Null();
  json.String("verdict", ToString(decision.verdict))
      .String("enforcement", ToString(decision.enforcement))
      .Bool("would_block", decision.would_block())
      .String("reason", ToString(decision.reason));
  WriteRule(json, decision);
}

}  // namespace portcullis::cli
