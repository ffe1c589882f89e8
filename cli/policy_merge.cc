// SPDX-License-Identifier: Apache-2.0
// `portcullis policy merge`: several policies as one.
#include "authoring/change/target_merge.h"
#include "cli/commands.h"
#include "cli/policy_change.h"
#include "cli/text.h"
#include "policy/applocker/merge.h"

namespace portcullis::cli {
namespace {

using applocker::AppLockerPolicy;

AppLockerPolicy MergeAsGroupPolicies(std::vector<NamedPolicy> named) {
  std::vector<AppLockerPolicy> policies;
  policies.reserve(named.size());
  for (NamedPolicy& one : named) policies.push_back(std::move(one.policy));
  return applocker::MergePolicies(std::move(policies));
}

Result<AppLockerPolicy> MergeAsCmdlet(std::vector<NamedPolicy> named, Io& io) {
  NamedPolicy target = std::move(named.front());
  named.erase(named.begin());
  auto merge = TRY(authoring::MergeIntoTarget(std::move(target), std::move(named)));
  for (const std::string& notice : merge.notices) PrintError(io, Printable(notice));
  return std::move(merge.policy);
}

}  // namespace

ExitStatus RunPolicyMerge(const Options& options, Io& io) {
  auto policies = ReadModels(options.paths, io);
  if (!policies) return EndWithError(io, policies.error());
  const Result<AppLockerPolicy> merged = options.authoring.compare.as_group_policies
                                             ? MergeAsGroupPolicies(*std::move(policies))
                                             : MergeAsCmdlet(*std::move(policies), io);
  if (!merged) return EndWithError(io, merged.error());
  const auto written = WriteModel(*merged, options.output, io);
  return written ? ExitStatus::kDone : EndWithError(io, written.error());
}

}  // namespace portcullis::cli
