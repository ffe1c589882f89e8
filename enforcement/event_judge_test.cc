// SPDX-License-Identifier: Apache-2.0
// The judge without a kernel: events are files of this process, and answers are noted.
#include "enforcement/event_judge.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <numeric>
#include <thread>
#include <vector>

#include "enforcement/deadline_queue.h"

namespace portcullis::enforcement {
namespace {

enum class Asks : uint8_t { kExec, kOpen };

struct World {
  World() { force.Replace(PolicyInForce::Build({}, 1).value()); }

  JobPtr MakeJob(pid_t tid = getpid(), Asks asks = Asks::kExec) const {
    KernelEvent event;
    event.file = UniqueFd(memfd_create("program", MFD_CLOEXEC));
    event.tid = tid;
    event.is_exec = asks == Asks::kExec;
    event.is_permission = true;
    return std::make_shared<EventJob>(std::move(event), responder, 0);
  }

  ServiceConfig service;
  HostConfig host;
  ForceSlot force;
  Snapshot<Places> places;
  Snapshot<AccountTable> accounts;
  LoadDetector loads{service.loads};
  IdentityCache identities{{10, 10'000}};
  HeldLeases leases{{10, 10}};
  RecentFiles opened;
  AskedRuns allowed_runs{0};
  const PendingEvent::Responder responder = [this](int, Answer given) {
    answer = given;
    return Result<void>();
  };
  const EventJudge judge{
      JudgeContext{service,
                   host,
                   force,
                   places,
                   accounts,
                   loads,
                   identities,
                   leases,
                   opened,
                   allowed_runs,
                   [](pid_t) { return false; },
                   [](InspectionJob, InspectorPool::Done) { return Result<void>(); },
                   [](DecisionRecord) {},
                   [](const JobPtr&) {},
                   [this](uint32_t) { return is_held_up; },
                   {},
                   {}}};
  bool is_held_up = false;
  mutable std::optional<Answer> answer;
};

// Holds a job as a thread does that waits for the disk.
class Holder {
 public:
  explicit Holder(const JobPtr& job) {
    std::unique_lock lock(mutex_);
    thread_ = std::thread([this, job] {
      const std::lock_guard held(job->mutex);
      std::unique_lock inner(mutex_);
      holds_ = true;
      changed_.notify_all();
      changed_.wait(inner, [this] { return ends_; });
    });
    changed_.wait(lock, [this] { return holds_; });
  }
  void End() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool ends_ = false;
  std::thread thread_;
};

TEST(EventJudge, IsNotHeldUpAtTheDeadlineByWhoeverHoldsTheJob) {
  const World world;
  const JobPtr job = world.MakeJob();
  Holder holder(job);
  EXPECT_FALSE(world.judge.Overdue(job));
  EXPECT_FALSE(job->event.is_answered());
  holder.End();
  EXPECT_TRUE(world.judge.Overdue(job));
  EXPECT_TRUE(job->event.is_answered());
}

TEST(EventJudge, RefusesWhoHasHeldHimselfUp) {
  World world;
  world.service.failure_policy = FailurePolicy::kAllow;
  world.force.Replace(nullptr);  // as long as there is none every policy may block
  world.judge.Overdue(world.MakeJob());
  EXPECT_EQ(world.answer, Answer::kAllow);
  world.is_held_up = true;
  world.judge.Overdue(world.MakeJob());
  EXPECT_EQ(world.answer, Answer::kDeny);
}

TEST(EventJudge, AnswersWhoIsGoneAtOnce) {
  const World world;
  const JobPtr job = world.MakeJob(0);  // a thread that nobody finds
  world.judge.Greet(*job, Patience::kNone);
  EXPECT_TRUE(world.judge.TryAtOnce(job));
  EXPECT_EQ(world.answer, Answer::kDeny);
}

// It may be on its way to a wait in the loader.
TEST(EventJudge, LeavesAnOpenerThatRunsToAWorker) {
  const World world;
  std::atomic<pid_t> tid{0};
  std::atomic<bool> ends{false};
  std::thread runner([&] {
    tid = gettid();
    while (!ends) continue;
  });
  while (tid == 0) std::this_thread::yield();
  const JobPtr job = world.MakeJob(tid, Asks::kOpen);
  EXPECT_FALSE(world.judge.TryOpen(job, {}));
  EXPECT_FALSE(job->event.is_answered());
  EXPECT_EQ(job->facts.stage, Stage::kWaiting);
  ends = true;
  runner.join();
}

// He is not known yet, and it is none of the service's failures.
TEST(EventJudge, RefusesWhoKeepsALookAtHisOpenWaiting) {
  World world;
  world.service.failure_policy = FailurePolicy::kAllow;
  applocker::AppLockerPolicy policy;
  applocker::RuleCollection& programs = policy.collections.emplace_back();
  programs.type = applocker::CollectionType::kExe;
  programs.enforcement_mode = applocker::EnforcementMode::kEnabled;
  programs.rules.emplace_back().condition = applocker::FilePathCondition{"*"};
  world.force.Replace(PolicyInForce::Build({{"test", policy}}, 2).value());
  const JobPtr job = world.MakeJob(getpid(), Asks::kOpen);
  job->facts.stage = Stage::kFinding;
  EXPECT_TRUE(world.judge.Overdue(job));
  EXPECT_EQ(world.answer, Answer::kDeny);
}

// So many groups that their list takes long to read: any user may have them by newgidmap.
TEST(EventJudge, ChargesWhomItCanNotReadAtOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may change the ids of a thread";
  const World world;
  std::thread([&] {
    std::vector<gid_t> groups(10'000);
    std::iota(groups.begin(), groups.end(), 1'000'000);
    ASSERT_EQ(syscall(SYS_setgroups, groups.size(), groups.data()), 0);
    ASSERT_EQ(syscall(SYS_setresuid, -1, 4321, -1), 0);
    const JobPtr job = world.MakeJob(gettid());
    world.judge.Greet(*job, Patience::kNone);
    EXPECT_FALSE(job->asker);
    EXPECT_FALSE(job->asker_is_gone);
    EXPECT_EQ(job->principal, ReadThreadUsers(gettid()).login_uid.value_or(4321));
    world.judge.Greet(*job, Patience::kMayWait);
    ASSERT_TRUE(job->asker);
    EXPECT_EQ(job->asker->thread.groups.size(), groups.size());
  }).join();
}

TEST(DeadlineQueue, GivesWhatIsPutBackAgainAtItsTime) {
  const World world;
  DeadlineQueue queue(100);
  const JobPtr first = world.MakeJob();
  const JobPtr second = world.MakeJob();
  queue.Add(first);
  queue.Add(second);
  ASSERT_EQ(queue.TakeOverdue(100).size(), 2U);
  queue.PutBack(first, 110);
  EXPECT_EQ(queue.NextDeadline(), 110);
  EXPECT_TRUE(queue.TakeOverdue(109).empty());
  EXPECT_EQ(queue.TakeOverdue(110).size(), 1U);
  queue.PutBack(first, 120);
  EXPECT_EQ(queue.TakeAll().size(), 1U);
}

}  // namespace
}  // namespace portcullis::enforcement
