// SPDX-License-Identifier: Apache-2.0
#include "cli/judge.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/policy_file.h"
#include "cli/text.h"
#include "host/accounts.h"

namespace portcullis::cli {
namespace {

namespace sids = well_known_sids;

Result<PolicySet> LoadPolicySet(const Options& options, const Values& values, Io& io) {
  PolicySet::Builder builder(values.settings);
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

void WriteRule(JsonWriter& json, const Decision& decision) {
  json.Key("rule");
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

bool Judge::NeedsSha1() const { return policies.HoldsHash(HashType::kSha1); }

Result<Judge> LoadJudge(const Options& options, const Values& values, const HostConfig& config,
                        Io& io) {
  AccessToken token = TRY(TokenOf(options, values, config));
  PolicySet policies = TRY(LoadPolicySet(options, values, io));
  std::string user = values.user || !options.user ? token.user.ToString() : *options.user;
  return Judge{std::move(policies), std::move(token), std::move(user)};
}

Decision DecideFile(const Judge& judge, const FileReport& report, Trace* trace) {
  const FileAttributes attributes =
      MakeFileAttributes(report.identity, report.paths, judge.policies.settings());
  Request request;
  request.operation = report.operation.value_or(Operation::kExecute);
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
