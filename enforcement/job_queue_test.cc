// SPDX-License-Identifier: Apache-2.0
#include "enforcement/job_queue.h"

namespace portcullis::enforcement {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A file of its own, whose key tells every change.
IdentityEvidence Evidence(off_t size = 0) {
  static uint64_t inode = 0;
  IdentityEvidence evidence;
  evidence.key = {1, ++inode, static_cast<uint64_t>(size), 1, 1};
  evidence.is_leased = true;
  evidence.times_show_writes = true;
  evidence.seen_ns = kClockTickNs + 1;
  return evidence;
}

class Jobs {
 public:
  explicit Jobs(size_t max = 100, size_t max_per_user = 100) : queue(max, max_per_user) {}

  Result<void> Add(const std::string& name, uint32_t uid, const IdentityEvidence& evidence) {
    return queue.Add({UniqueFd(), name, uid, evidence},
                     [this, name, uid](const Result<FileIdentity>& outcome) {
                       done.push_back(name + "/" + std::to_string(uid) + "/" +
                                      (outcome ? "ok" : ToString(outcome.error().code)));
                     });
  }
  Result<void> Add(const std::string& name, uint32_t uid, off_t size = 0) {
    return Add(name, uid, Evidence(size));
  }
  std::string TakeName(Pick pick = Pick::kAny, JobQueue::Clock::time_point now = {}) {
    const auto job = queue.Take(pick, now);
    if (!job) return "";
    taken.push_back(job);
    return job->request.name_hint;
  }

  JobQueue queue;
  std::vector<std::string> done;
  std::vector<JobQueue::JobPointer> taken;
};

TEST(JobQueue, TakesUsersInTurn) {
  Jobs jobs;
  for (const char* name : {"a1", "a2", "a3"}) ASSERT_TRUE(jobs.Add(name, 1));
  ASSERT_TRUE(jobs.Add("b1", 2));
  ASSERT_TRUE(jobs.Add("c1", 3));
  std::vector<std::string> order;
  for (std::string name = jobs.TakeName(); !name.empty(); name = jobs.TakeName())
    order.push_back(name);
  EXPECT_THAT(order, ElementsAre("a1", "b1", "c1", "a2", "a3"));
}

TEST(JobQueue, LetsSmallFilesPastLargeOnes) {
  Jobs jobs;
  ASSERT_TRUE(jobs.Add("large", 1, kSmallFileBytes));
  ASSERT_TRUE(jobs.Add("small", 1, kSmallFileBytes - 1));
  EXPECT_EQ(jobs.TakeName(Pick::kOnlySmall), "small");
  EXPECT_EQ(jobs.TakeName(Pick::kOnlySmall), "");
  EXPECT_EQ(jobs.TakeName(), "large");
}

TEST(JobQueue, KeepsOneUsersOrderOtherwise) {
  Jobs jobs;
  ASSERT_TRUE(jobs.Add("large", 1, kSmallFileBytes));
  ASSERT_TRUE(jobs.Add("small", 1));
  EXPECT_EQ(jobs.TakeName(), "large");
  EXPECT_EQ(jobs.TakeName(), "small");
}

TEST(JobQueue, InspectsAFileOnceForAllWhoAsk) {
  Jobs jobs;
  const IdentityEvidence file = Evidence(10);
  ASSERT_TRUE(jobs.Add("x", 1, file));
  ASSERT_TRUE(jobs.Add("x", 1, file));
  ASSERT_TRUE(jobs.Add("x", 2, file));
  EXPECT_EQ(jobs.TakeName(), "x");
  ASSERT_TRUE(jobs.Add("x", 3, file)) << "one in work is joined as well";
  EXPECT_EQ(jobs.TakeName(), "") << "the other users' turns find it taken";
  jobs.queue.Finish(jobs.taken[0], FileIdentity{});
  EXPECT_THAT(jobs.done, ElementsAre("x/1/ok", "x/1/ok", "x/2/ok", "x/3/ok"));
  EXPECT_TRUE(jobs.queue.empty());
  ASSERT_TRUE(jobs.Add("x", 1, file)) << "an answer is not kept";
  EXPECT_EQ(jobs.TakeName(), "x");
}

TEST(JobQueue, TakesAnotherNameOrAChangedFileForAnother) {
  Jobs jobs;
  const IdentityEvidence file = Evidence(10);
  ASSERT_TRUE(jobs.Add("x", 1, file));
  ASSERT_TRUE(jobs.Add("x.ps1", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x");
  EXPECT_EQ(jobs.TakeName(), "x.ps1");
  IdentityEvidence changed = file;
  changed.key.changed_ns += 1;
  ASSERT_TRUE(jobs.Add("x", 1, changed));
  EXPECT_EQ(jobs.TakeName(), "x");
}

// A user who asks to be told alone could have the file read, change what was read, and run it.
TEST(JobQueue, LetsNobodyWithALeaseJoinAJobWithout) {
  Jobs jobs;
  IdentityEvidence file = Evidence(10);
  file.is_leased = false;
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x");
  file.is_leased = true;
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x") << "a job of its own";
  file.is_leased = false;
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "") << "the one with the lease will do";
  jobs.queue.Finish(jobs.taken[0], FileIdentity{});
  ASSERT_TRUE(jobs.Add("x", 1, file)) << "the other is still there to join";
  EXPECT_EQ(jobs.TakeName(), "");
  jobs.queue.Finish(jobs.taken[1], FileIdentity{});
  EXPECT_EQ(jobs.done.size(), 4U);
}

TEST(JobQueue, JoinsNothingWhoseKeyTellsNoChange) {
  Jobs jobs;
  IdentityEvidence file = Evidence(10);
  file.times_show_writes = false;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x");
  EXPECT_EQ(jobs.TakeName(), "x");
}

TEST(JobQueue, InspectsAnewForOtherAnchors) {
  Jobs jobs;
  IdentityEvidence file = Evidence(10);
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x");
  ++file.trust_generation;
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_EQ(jobs.TakeName(), "x");
}

TEST(JobQueue, BringsAFileUpInTheTurnOfWhoeverComesFirst) {
  Jobs jobs;
  const IdentityEvidence file = Evidence();
  for (const char* name : {"a1", "a2", "a3"}) ASSERT_TRUE(jobs.Add(name, 1));
  ASSERT_TRUE(jobs.Add("shared", 1, file));
  ASSERT_TRUE(jobs.Add("shared", 2, file));
  EXPECT_EQ(jobs.TakeName(), "a1");
  EXPECT_EQ(jobs.TakeName(), "shared");
}

TEST(JobQueue, BoundsWhatOneUserAndAllHaveWaiting) {
  Jobs jobs(3, 2);
  ASSERT_TRUE(jobs.Add("a", 1));
  ASSERT_TRUE(jobs.Add("b", 1));
  const auto refused = jobs.Add("c", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("user 1"));
  ASSERT_TRUE(jobs.Add("d", 2));
  const auto full = jobs.Add("e", 3);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo) << "not this user's doing";
  jobs.TakeName();
  EXPECT_FALSE(jobs.Add("e", 3)) << "one in work still counts";
  jobs.queue.Finish(jobs.taken[0], FileIdentity{});
  EXPECT_TRUE(jobs.Add("e", 3));
}

TEST(JobQueue, CountsEveryoneWhoWaitsForOneFile) {
  Jobs jobs(100, 2);
  const IdentityEvidence file = Evidence();
  ASSERT_TRUE(jobs.Add("x", 1, file));
  ASSERT_TRUE(jobs.Add("x", 1, file));
  EXPECT_FALSE(jobs.Add("x", 1, file));
}

TEST(JobQueue, GivesTheOverdueOfUsersWhoHaveNothingInWork) {
  Jobs jobs;
  ASSERT_TRUE(jobs.Add("a1", 1));
  ASSERT_TRUE(jobs.Add("a2", 1));
  ASSERT_TRUE(jobs.Add("b1", 2, kSmallFileBytes));
  EXPECT_EQ(jobs.TakeName(), "a1");
  const auto now = JobQueue::Clock::now();
  EXPECT_FALSE(jobs.queue.HasOverdue(now - kOverdueAfter));
  EXPECT_EQ(jobs.TakeName(Pick::kOverdue, now - kOverdueAfter), "");
  EXPECT_TRUE(jobs.queue.HasOverdue(now + kOverdueAfter));
  EXPECT_EQ(jobs.TakeName(Pick::kOverdue, now + kOverdueAfter), "b1");
  EXPECT_EQ(jobs.TakeName(Pick::kOverdue, now + kOverdueAfter), "") << "user 1 has a1 in work";
  jobs.queue.Finish(jobs.taken[0], FileIdentity{});
  EXPECT_EQ(jobs.TakeName(Pick::kOverdue, now + kOverdueAfter), "a2");
}

TEST(JobQueue, TakesAJobBack) {
  Jobs jobs;
  ASSERT_TRUE(jobs.Add("x", 1));
  EXPECT_EQ(jobs.TakeName(), "x");
  jobs.queue.PutBack(jobs.taken[0]);
  EXPECT_EQ(jobs.TakeName(), "x");
}

TEST(JobQueue, FinishesWhatWaitsAndTakesNoMoreOnceClosed) {
  Jobs jobs;
  ASSERT_TRUE(jobs.Add("x", 1));
  jobs.queue.Close();
  jobs.queue.FinishWaiting({ErrorCode::kUnsupported, "over"});
  EXPECT_THAT(jobs.done, ElementsAre("x/1/unsupported"));
  const auto refused = jobs.Add("y", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace portcullis::enforcement
