// SPDX-License-Identifier: Apache-2.0
// Which of two threads reads the events, so that the reader may look at a question itself.
//
// Shape:   of two threads one leads: it reads. The other stands by. To hand a question to another
//          thread costs more than most questions do, so the leader looks at one itself (BeginLook,
//          EndLook). What a question is about may keep whoever looks at it waiting: a look that
//          takes longer than kReliefNs costs its thread the lead, which the standby takes over at
//          once. Until the look is over there is no standby, and nobody looks while he leads.
//          Nothing is paid for this but two stores a look: while there are looks the watch passes
//          by every kWatchMs, and where there were none for kQuietRounds it sleeps.
// Units:   nanoseconds of any one monotonic clock.
// Limits:  one look at a time. After one that took longer than kSlowLookNs there is none for
//          kPausesPerLook times as long: who makes looks slow takes that part of the leader's time
//          and no more.
// Threads: AwaitLead, BeginLook and EndLook are for the two threads, Watch for a third; Relieve and
//          Stop may be called from any.
// Source:  docs/enforcement.md "The life of one exec".
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace portcullis::enforcement {

inline constexpr uint64_t kFirstLead = 1;
inline constexpr int64_t kReliefNs = 2'000'000;
inline constexpr int64_t kWatchMs = 3;
inline constexpr int kQuietRounds = 30;
inline constexpr int64_t kSlowLookNs = 500'000;
inline constexpr int64_t kPausesPerLook = 16;

class ReaderRelay {
 public:
  // Waits until the calling thread leads, and says the number of its lead; 0: Stop was called.
  uint64_t AwaitLead();
  // Whether nobody took that lead over.
  bool Leads(uint64_t lead) const { return lead == lead_.load(); }

  // False where the leader may not look himself. `now_ns` is not 0.
  bool BeginLook(int64_t now_ns);
  // Of the look that began at `began_ns`. The lead may be another's meanwhile.
  void EndLook(int64_t began_ns, int64_t now_ns);

  // Gives the lead of who looks too long to the standby. True where there was one such.
  bool Relieve(int64_t now_ns);
  // Relieves whenever it has to, until Stop.
  void Watch(const std::function<int64_t()>& monotonic_ns);
  void Stop();
  uint64_t reliefs() const { return reliefs_.load(); }

 private:
  void WakeWatch();
  bool SleepUntilThereAreLooks();
  bool SleepARound();

  std::mutex mutex_;
  std::condition_variable lead_is_free_;
  std::condition_variable watch_wanted_;
  bool is_led_ = false;
  bool stopped_ = false;
  int standbys_ = 0;
  std::atomic<bool> has_standby_{false};
  std::atomic<uint64_t> lead_{0};
  std::atomic<int64_t> look_began_ns_{0};  // 0: nobody looks, or he was relieved
  std::atomic<int64_t> pause_until_ns_{0};
  std::atomic<uint64_t> looks_{0};
  std::atomic<bool> is_watched_{false};
  std::atomic<uint64_t> reliefs_{0};
};

}  // namespace portcullis::enforcement
