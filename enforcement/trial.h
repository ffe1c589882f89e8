// SPDX-License-Identifier: Apache-2.0
// A policy on trial: the former one comes back unless somebody confirms in time.
//
// Shape:   the state is a folder, `trial` in the state directory: a record (trial_record.h) and the
//          former policy. It is made whole under another name and renamed, so that it is there or
//          not; and it is on the disk before the policy is replaced. Ending it is another rename,
//          to `trial.ended`, which Settle collects to tell of it.
// Limits:  kShortestTrial to kLongestTrial; who holds the lock is waited for kLockPatience.
// Errors:  kIo with the step; kNotFound where there is no former policy to go back to; kMalformed
//          for a state that can not be what Begin wrote (others than root may write it, say).
// Lifetime: a service has one; a fork of it has its own from then on.
// Threads: one thread. Processes lock each other out by Lock; Settle takes the lock itself.
// Source:  docs/roll-out.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/supervisor.h"
#include "enforcement/trial_record.h"

namespace portcullis::enforcement {

inline constexpr std::chrono::milliseconds kShortestTrial{1000};
inline constexpr std::chrono::milliseconds kLongestTrial{std::chrono::hours(7 * 24)};
inline constexpr std::chrono::milliseconds kLockPatience{1000};

// The clock that a deadline is of; the tests have one that boots when they say so.
struct BootClock {
  std::function<int64_t()> now_ns;       // CLOCK_BOOTTIME
  std::function<std::string()> boot_id;  // empty where the kernel does not tell

  static BootClock OfThisMachine();
};

enum class TrialEnd : uint8_t { kConfirmed, kNotConfirmed, kOtherBoot, kByCommand, kRefused };

class Trials {
 public:
  explicit Trials(std::string state_directory, BootClock clock = BootClock::OfThisMachine());

  // Until the descriptor closes nobody else begins or ends a trial. Makes the state directory.
  Result<UniqueFd> Lock() const;

  // With the lock: the trial that is under way. One that is over is ended; one that is damaged is
  // set aside, which `news` tells. kIo: it is over, and the former policy could not be put back.
  Result<std::optional<TrialRecord>> UnderWay(TrialNews& news) const;
  // With the lock: the trial that is there, over or not.
  Result<std::optional<TrialRecord>> Find() const;
  // With the lock, and without a trial: writes down what `policy` is now. Then replace it.
  Result<TrialRecord> Begin(const std::string& policy, std::chrono::milliseconds duration) const;
  // With the lock: what the policy was before the trial; kMalformed where that is damaged.
  Result<std::string> ReadFormer(const TrialRecord& trial) const;
  // With the lock: the policy stays; but for kConfirmed the former one is put back.
  Result<void> End(const TrialRecord& trial, TrialEnd how) const;

  // Puts the former policy back where the time is over or the machine was started anew; says what
  // became of trials since it was asked last, and when to ask again.
  TrialNews Settle();
  std::chrono::nanoseconds Left(const TrialRecord& trial) const;

 private:
  std::string At(std::string_view name) const;
  bool IsOver(const TrialRecord& trial) const;
  void SettleLocked(TrialNews& news);
  void CollectEnded(TrialNews& news) const;
  void SetAside(const Error& error, TrialNews& news) const;

  std::string directory_;
  BootClock clock_;
  std::string told_id_;  // the trial that Settle told of last
};

// Settles before the service begins, when its journal does not run yet, and keeps what there is to
// tell until the service asks (ServiceSetup::settle_trial).
class TrialKeeper {
 public:
  explicit TrialKeeper(Trials trials) : trials_(std::move(trials)) {}
  void Look();
  TrialNews Settle();

 private:
  Trials trials_;
  std::vector<ServiceEvent> kept_;
};

}  // namespace portcullis::enforcement
