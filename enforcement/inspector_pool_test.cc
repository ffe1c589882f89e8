// SPDX-License-Identifier: Apache-2.0
// The pool with real inspectors, and with ones that behave as a file that took them over might have
// them behave.
#include "enforcement/inspector_pool.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "enforcement/inspector.h"
#include "enforcement/inspector_protocol.h"
#include "enforcement/pidfd.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

UniqueFd FileOf(std::string_view bytes) {
  UniqueFd file(memfd_create("inspected", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

InspectionJob JobOf(std::string_view bytes, std::string name, uint32_t uid = 1) {
  InspectionJob job{FileOf(bytes), std::move(name), uid, {}};
  job.evidence.key.size = bytes.size();
  return job;
}

// Outcomes by name, waited for.
class Answers {
 public:
  InspectorPool::Done Of(const std::string& name) {
    return [this, name](Result<FileIdentity> outcome) {
      const std::lock_guard lock(mutex_);
      got_.emplace(name, std::move(outcome));
      arrived_.notify_all();
    };
  }
  Result<FileIdentity> Await(const std::string& name) {
    std::unique_lock lock(mutex_);
    const bool came = arrived_.wait_for(lock, seconds(30), [&] { return got_.count(name) != 0; });
    EXPECT_TRUE(came) << name;
    if (!came) return Fail(ErrorCode::kNotFound, "no answer");
    return got_.find(name)->second;
  }
  size_t Count(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return got_.count(name);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::multimap<std::string, Result<FileIdentity>> got_;
};

FileIdentity IdentityOf(const InspectionRequest& request) {
  FileIdentity identity;
  identity.kind = FileKind::kScript;
  identity.size = request.size;
  identity.hashes = {{{HashType::kSha256, {}}, HashForm::kFlat}};
  return identity;
}

// Makes inspectors that are threads of this process and do what the file's name says.
class FakeInspectors {
 public:
  ~FakeInspectors() {
    for (std::thread& thread : threads_) thread.join();
  }
  InspectorPool::Starter Starter() {
    return [this]() -> Result<StartedInspector> {
      const std::lock_guard lock(mutex_);
      ++starts_;
      if (starts_ <= failing_) return Fail(ErrorCode::kIo, "no more processes");
      auto [ours, theirs] = TRY(MakeSocketPair());
      threads_.emplace_back([socket = std::move(theirs)] { Serve(socket.get()); });
      return StartedInspector{std::move(ours), {}};
    };
  }
  unsigned starts() {
    const std::lock_guard lock(mutex_);
    return starts_;
  }
  void FailFirst(unsigned starts) { failing_ = starts; }

 private:
  static void Serve(int socket) {
    if (!SendPacket(socket, EncodeReady())) return;
    for (bool is_poisoned = false, is_stopped = false;;) {
      const auto packet = ReceivePacket(socket, kMaxMessageBytes, 1);
      if (!packet) return;
      const InspectionRequest request = DecodeRequest(packet->bytes).value();
      if (is_stopped) continue;
      if (is_poisoned || !Answer(socket, request)) return;
      is_poisoned = request.name_hint == "poison";
      is_stopped = request.name_hint == "the last before it stops";
    }
  }
  // False: this inspector ends.
  static bool Answer(int socket, const InspectionRequest& request) {
    const std::string& does = request.name_hint;
    InspectionReply reply{request.job, IdentityOf(request)};
    if (does == "crash") return false;
    if (does == "hang") return true;
    if (does == "lie") ++reply.outcome->size;
    if (does == "foreign") ++reply.job;
    if (does == "unsupported") reply.outcome = Fail(ErrorCode::kUnsupported, "a folder");
    if (does == "garbage") return SendPacket(socket, AsBytes("garbage")).has_value();
    if (does == "ready") return SendPacket(socket, EncodeReady()).has_value();
    bool sent = SendPacket(socket, EncodeReply(reply)).has_value();
    if (does == "twice") sent = SendPacket(socket, EncodeReply(reply)).has_value();
    return sent;
  }

  std::mutex mutex_;
  std::vector<std::thread> threads_;
  unsigned starts_ = 0;
  unsigned failing_ = 0;
};

struct FakePool {
  explicit FakePool(InspectorPool::Limits limits = {}, unsigned failing = 0) {
    fakes.FailFirst(failing);
    pool = std::make_unique<InspectorPool>(fakes.Starter(), limits);
  }
  void Ask(const std::string& name, uint32_t uid = 1) {
    const auto queued = pool->Inspect(JobOf("#!/bin/sh", name, uid), answers.Of(name));
    EXPECT_TRUE(queued) << queued.error().message;
  }
  Result<FileIdentity> AskAndWait(const std::string& name, uint32_t uid = 1) {
    Ask(name, uid);
    return answers.Await(name);
  }

  Answers answers;
  FakeInspectors fakes;
  std::unique_ptr<InspectorPool> pool;
};

TEST(InspectorPool, GivesBackWhatTheInspectorSays) {
  FakePool world;
  const auto identity = world.AskAndWait("good");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->size, 9U);
}

TEST(InspectorPool, BlamesTheFileForWhatItDoesToItsInspector) {
  const struct {
    const char* does;
    const char* word;
  } cases[] = {{"crash", "died"},
               {"lie", "another size"},
               {"foreign", "another job"},
               {"garbage", "message"},
               {"ready", "out of turn"}};
  FakePool world({.inspectors = 1});
  for (const auto& c : cases) {
    const auto outcome = world.AskAndWait(c.does);
    ASSERT_FALSE(outcome) << c.does;
    EXPECT_EQ(outcome.error().code, ErrorCode::kIo) << c.does;
    EXPECT_THAT(outcome.error().message, HasSubstr(c.word));
    EXPECT_TRUE(world.AskAndWait(std::string("after ") + c.does)) << "its successor works";
  }
  // The first, then two for each: a file is blamed once a new inspector failed over it as well.
  EXPECT_EQ(world.fakes.starts(), 2 * std::size(cases)) << "none of them was trusted again";
}

TEST(InspectorPool, BlamesNoFileForWhatAnEarlierOneDid) {
  FakePool world({.inspectors = 1});
  EXPECT_TRUE(world.AskAndWait("poison"));
  EXPECT_TRUE(world.AskAndWait("good"));
  EXPECT_EQ(world.fakes.starts(), 2U);
}

TEST(InspectorPool, TrustsNobodyWhoAnswersTwice) {
  FakePool world({.inspectors = 1});
  EXPECT_TRUE(world.AskAndWait("twice"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(world.AskAndWait("good" + std::to_string(i)));
  EXPECT_EQ(world.answers.Count("twice"), 1U);
  EXPECT_EQ(world.fakes.starts(), 2U);
}

TEST(InspectorPool, NeverTakesAFilesErrorForTheServices) {
  FakePool world;
  const auto outcome = world.AskAndWait("unsupported");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kMalformed);
}

TEST(InspectorPool, GivesUpOnAFileThatTakesTooLong) {
  FakePool world({.inspectors = 1, .job_timeout = std::chrono::milliseconds(50)});
  const auto outcome = world.AskAndWait("hang");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kIo);
  EXPECT_THAT(outcome.error().message, HasSubstr("killed"));
  EXPECT_TRUE(world.AskAndWait("good"));
}

// It would be refused from then on: everybody who asks for the file shares the one answer.
TEST(InspectorPool, BlamesNoFileForAnInspectorThatWasStopped) {
  FakePool world({.inspectors = 1, .job_timeout = std::chrono::milliseconds(50)});
  EXPECT_TRUE(world.AskAndWait("the last before it stops"));
  EXPECT_TRUE(world.AskAndWait("good"));
  EXPECT_EQ(world.fakes.starts(), 2U);
  EXPECT_FALSE(world.AskAndWait("hang")) << "by the second, which has served, and by a third";
  EXPECT_GE(world.fakes.starts(), 3U);
}

TEST(InspectorPool, ServesOthersWhileOneUsersFilesHang) {
  FakePool world({.inspectors = 2});
  for (int i = 0; i < 8; ++i) world.Ask("hang", 1);
  EXPECT_TRUE(world.AskAndWait("good", 2));
  EXPECT_TRUE(world.AskAndWait("good too", 3));
  EXPECT_EQ(world.answers.Count("hang"), 0U);
}

TEST(InspectorPool, TriesAgainWhenNoInspectorComes) {
  FakePool world({.inspectors = 1}, 2);
  EXPECT_TRUE(world.AskAndWait("good")) << "two failures are not the end";
}

TEST(InspectorPool, SaysThatTheServiceFailedWhenNoInspectorComes) {
  FakePool world({.inspectors = 2}, 1'000'000);
  const auto outcome = world.AskAndWait("good");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(outcome.error().message, HasSubstr("no more processes"));
}

TEST(InspectorPool, ReplacesItsInspectorsOnRequest) {
  FakePool world({.inspectors = 1});
  EXPECT_TRUE(world.AskAndWait("before"));
  world.pool->Renew();
  EXPECT_TRUE(world.AskAndWait("after"));
  EXPECT_EQ(world.fakes.starts(), 2U);
}

TEST(InspectorPool, RefusesWhatIsTooMuch) {
  FakePool world({.inspectors = 1, .max_jobs_per_user = 1});
  world.Ask("hang");
  const auto refused = world.pool->Inspect(JobOf("x", "more"), world.answers.Of("more"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
}

TEST(InspectorPool, AnswersEveryoneWhenItEnds) {
  FakePool world({.inspectors = 1});
  for (int i = 0; i < 5; ++i) world.Ask("hang");
  world.pool.reset();
  EXPECT_EQ(world.answers.Count("hang"), 5U);
  EXPECT_EQ(world.answers.Await("hang").error().code, ErrorCode::kUnsupported);
}

// Real processes, forked here before the pool has a thread.
class RealInspectors {
 public:
  explicit RealInspectors(unsigned count) {
    PrepareForInspectors();
    for (unsigned i = 0; i < count; ++i) {
      auto child = StartInspector(trust_);
      EXPECT_TRUE(child) << child.error().message;
      pids_.push_back(child->pid);
      waiting_.push_back(std::move(child->handle));
    }
  }
  ~RealInspectors() {
    waiting_.clear();
    for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
  }
  InspectorPool::Starter Starter() {
    return [this]() -> Result<StartedInspector> {
      if (waiting_.empty()) return Fail(ErrorCode::kIo, "none left");
      StartedInspector next = std::move(waiting_.back());
      waiting_.pop_back();
      return next;
    };
  }
  pid_t LastGiven() const { return pids_[waiting_.size()]; }

 private:
  TrustStore trust_;
  std::vector<pid_t> pids_;
  std::vector<StartedInspector> waiting_;
};

TEST(InspectorPool, InspectsWithRealProcesses) {
  RealInspectors inspectors(3);
  Answers answers;
  InspectorPool pool(inspectors.Starter(), {.inspectors = 2});
  for (int i = 0; i < 40; ++i) {
    const std::string name = std::to_string(i) + ".sh";
    ASSERT_TRUE(pool.Inspect(JobOf("#!/bin/sh\n" + name, name, static_cast<uint32_t>(i % 3)),
                             answers.Of(name)));
  }
  for (int i = 0; i < 40; ++i) {
    const auto identity = answers.Await(std::to_string(i) + ".sh");
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->kind, FileKind::kScript);
  }
}

TEST(InspectorPool, ReplacesARealProcessThatIsKilled) {
  RealInspectors inspectors(2);
  Answers answers;
  InspectorPool pool(inspectors.Starter(), {.inspectors = 1});
  ASSERT_TRUE(pool.Inspect(JobOf("x", "one"), answers.Of("one")));
  ASSERT_TRUE(answers.Await("one"));
  kill(inspectors.LastGiven(), SIGKILL);
  ASSERT_TRUE(pool.Inspect(JobOf("y", "two"), answers.Of("two")));
  const auto outcome = answers.Await("two");
  // Killed with the file in hand, or before it got it.
  if (!outcome) {
    EXPECT_THAT(outcome.error().message, HasSubstr("died"));
  }
  ASSERT_TRUE(pool.Inspect(JobOf("z", "three"), answers.Of("three")));
  EXPECT_TRUE(answers.Await("three"));
}

}  // namespace
}  // namespace portcullis::enforcement
