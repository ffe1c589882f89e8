// SPDX-License-Identifier: Apache-2.0
// `portcullis policy confirm` and `portcullis policy revert`: the two ends of a trial.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/policy_set.h"
#include "host/former_file.h"
#include "host/read_file.h"
#include "policy/applocker/limits.h"

namespace portcullis::cli {
namespace {

using enforcement::TrialEnd;
using enforcement::Trials;

ExitStatus Failed(Io& io, const std::string& message) {
  PrintError(io, message);
  return ExitStatus::kFailed;
}

// Kept for --undo at the confirmation only, so that a trial that goes back leaves what was kept.
// One that is damaged does not keep a policy from being confirmed.
Result<void> KeepFormer(const Trials& trials, const enforcement::TrialRecord& trial,
                        FormerFile& kept, Io& io) {
  const auto former = trials.ReadFormer(trial);
  if (!former) {
    PrintError(io, "the former policy is not kept: " + former.error().message);
    return {};
  }
  const auto now = ReadFile(trial.policy, applocker::kMaxPolicyFileBytes);
  if (now && *now == *former) return {};
  return kept.Keep(*former);
}

Result<void> EndAndKeep(const Trials& trials, const enforcement::TrialRecord& trial, TrialEnd how,
                        Io& io) {
  FormerFile kept(trial.policy, applocker::kMaxPolicyFileBytes);
  if (how == TrialEnd::kConfirmed) TRY_VOID(KeepFormer(trials, trial, kept, io));
  auto ended = trials.End(trial, how);
  if (ended) return {};
  [[maybe_unused]] const auto back = kept.TakeBack();
  return ended;
}

// The policy that was on trial; kNotFound where none is.
Result<std::string> EndTrial(const Trials& trials, TrialEnd how, Io& io) {
  const auto lock = trials.Lock();
  if (!lock) return Unexpected(lock.error());
  const auto there = trials.Find();
  enforcement::TrialNews news;
  const auto under_way = TRY(trials.UnderWay(news));
  for (const auto& event : news.events) PrintError(io, event.text);
  if (under_way) {
    TRY_VOID(EndAndKeep(trials, *under_way, how, io));
    return under_way->policy;
  }
  const bool was_over = there && *there && news.events.empty();
  return Fail(ErrorCode::kNotFound,
              was_over ? "the time of the trial was over: the former policy is back"
                       : "no policy is on trial");
}

ExitStatus End(const Options& options, Io& io, const PolicyWorld& world, TrialEnd how) {
  const auto place = LoadPolicyPlace(options);
  if (!place) return Failed(io, place.error().message);
  const Trials trials(place->service.journal.state_directory, world.clock);
  const auto policy = EndTrial(trials, how, io);
  if (!policy) {
    // One whose time was over may be in force still.
    [[maybe_unused]] const auto reloaded = world.reload(place->socket);
    return Failed(io, policy.error().message);
  }
  // The service forgets the deadline, and reads the former policy where it is back.
  const auto generation = world.reload(place->socket);
  const bool is_kept = how == TrialEnd::kConfirmed;
  if (!generation && generation.error().code != ErrorCode::kNotFound) {
    return Failed(io, fmt::format("{} {}, but the service did not load it: {}", *policy,
                                  is_kept ? "is confirmed" : "is the former one again",
                                  generation.error().message));
  }
  PolicyOutcome outcome{is_kept ? "confirmed" : "reverted", *policy, std::nullopt, std::nullopt};
  if (generation) outcome.generation = *generation;
  PrintOutcome(outcome, options, io);
  return ExitStatus::kDone;
}

}  // namespace

ExitStatus ConfirmPolicy(const Options& options, Io& io, const PolicyWorld& world) {
  return End(options, io, world, TrialEnd::kConfirmed);
}

ExitStatus RevertPolicy(const Options& options, Io& io, const PolicyWorld& world) {
  return End(options, io, world, TrialEnd::kByCommand);
}

ExitStatus RunPolicyConfirm(const Options& options, Io& io) {
  return ConfirmPolicy(options, io, PolicyWorld::OfThisMachine());
}

ExitStatus RunPolicyRevert(const Options& options, Io& io) {
  return RevertPolicy(options, io, PolicyWorld::OfThisMachine());
}

}  // namespace portcullis::cli
