// SPDX-License-Identifier: Apache-2.0
// The gate between the kernel and execs of small programs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/kernel/gate_policies.h"
#include "tests/kernel/gate_under_test.h"
#include "tests/kernel/run_program.h"

namespace portcullis::testing {
namespace {

using applocker::Action;
using applocker::AppLockerPolicy;
using applocker::CollectionType;
using applocker::EnforcementMode;
using enforcement::AnsweredBy;
using enforcement::DecisionRecord;

constexpr uid_t kAlice = 12345;
constexpr uid_t kBob = 12346;

class GateTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto entered = PrivateMounts::Enter(60);
    ASSERT_TRUE(entered) << entered.error().message;
    mounts_.emplace(std::move(*entered));
    auto mounted = mounts_->Mount(GetParam());
    if (!mounted && mounted.error().code == ErrorCode::kUnsupported) {
      GTEST_SKIP() << "this kind of file system can not be mounted here";
    }
    ASSERT_TRUE(mounted) << mounted.error().message;
    root_ = *mounted;
    tiny_ = ReadWholeFile(KERNEL_TINY);
    ASSERT_FALSE(tiny_.empty());
    service_.file_systems = {root_};
    service_.service_process = ServiceProcess::kNone;
  }

  void Start(AppLockerPolicy policy) {
    auto started = GateUnderTest::Start(*mounts_, service_, std::move(policy));
    ASSERT_TRUE(started) << started.error().message;
    gate_ = std::move(*started);
  }
  // A program of its own content.
  std::string Program(const std::string& name, uid_t owner = 0) {
    const std::string path = root_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    WriteProgram(path, tiny_ + name, owner);
    return path;
  }
  static Caller As(uid_t uid) { return {uid, uid, {}}; }

  std::optional<PrivateMounts> mounts_;
  std::string root_;
  std::string tiny_;
  enforcement::ServiceConfig service_;
  std::unique_ptr<GateUnderTest> gate_;
};

TEST_P(GateTest, AllowsByPathAndDeniesByDefault) {
  const std::string good = Program("good/tool");
  const std::string bad = Program("bad/tool");
  Start(PolicyOf({AllowPath(root_ + "/good/*")}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(RunProgram({good}).ran());
    const RunOutcome outcome = RunProgram({bad});
    EXPECT_TRUE(outcome.refused()) << ToString(outcome);
    EXPECT_EQ(outcome.error, EPERM);
  }
  const auto allowed = gate_->RecordsOf(good);
  ASSERT_EQ(allowed.size(), 1U);
  EXPECT_EQ(allowed[0].verdict, Verdict::kAllowed);
  EXPECT_TRUE(allowed[0].file.path_verified);
  EXPECT_FALSE(allowed[0].blocked);
  EXPECT_EQ(allowed[0].process.uid, 0U);
  const auto denied = gate_->RecordsOf(bad);
  ASSERT_FALSE(denied.empty());
  EXPECT_EQ(denied[0].verdict, Verdict::kDeniedByDefault);
  EXPECT_EQ(denied[0].collection, CollectionType::kExe);
  EXPECT_TRUE(denied[0].blocked);
  EXPECT_EQ(denied[0].answered_by, AnsweredBy::kDecision);
}

TEST_P(GateTest, AllowsByHashWhereverTheFileStands) {
  const std::string good = Program("tool");
  const std::string other = Program("other");
  Start(PolicyOf({HashRuleOf(Action::kAllow, HashOf(ReadWholeFile(good)))}));
  EXPECT_TRUE(RunProgram({good}).ran());
  EXPECT_TRUE(RunProgram({other}).refused());
  std::filesystem::rename(good, root_ + "/moved");
  EXPECT_TRUE(RunProgram({root_ + "/moved"}).ran());
  // One byte more is another file.
  WriteProgram(root_ + "/moved", tiny_ + "tool!");
  EXPECT_TRUE(RunProgram({root_ + "/moved"}).refused());
}

TEST_P(GateTest, JudgesTheUserWhoAsks) {
  const std::string tool = Program("tool");
  Start(PolicyOf({AllowPath("*", well_known_sids::UnixUser(kAlice))}));
  EXPECT_TRUE(RunProgram({tool}, As(kAlice)).ran());
  EXPECT_TRUE(RunProgram({tool}, As(kBob)).refused());
  EXPECT_TRUE(RunProgram({tool}, As(kAlice)).ran());
  EXPECT_TRUE(RunProgram({tool}, As(kBob)).refused());
}

TEST_P(GateTest, HonoursExceptions) {
  const std::string tool = Program("apps/tool");
  const std::string excepted = Program("apps/temp/tool");
  applocker::Rule rule = AllowPath(root_ + "/apps/*");
  rule.exceptions.push_back(applocker::FilePathCondition{root_ + "/apps/temp/*"});
  Start(PolicyOf({rule}));
  EXPECT_TRUE(RunProgram({tool}).ran());
  EXPECT_TRUE(RunProgram({excepted}).refused());
}

TEST_P(GateTest, OnlyObservesWhereNothingEnforces) {
  const std::string tool = Program("tool");
  Start(PolicyOf({AllowPath("/nowhere/*")}, EnforcementMode::kAuditOnly));
  // One of them at least is still there when it is looked at; who is gone is recorded as such.
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(RunProgram({tool}).ran());
  const auto records = gate_->RecordsOf(tool);
  EXPECT_TRUE(std::ranges::any_of(
      records, [](const auto& record) { return record.verdict == Verdict::kDeniedByDefault; }));
  for (const auto& record : records) {
    EXPECT_EQ(record.answered_by, AnsweredBy::kObserved);
    EXPECT_FALSE(record.blocked);
  }
}

TEST_P(GateTest, JudgesScriptsByTheirOwnCollection) {
  const std::string script = root_ + "/script";
  WriteProgram(script, "#!" + Program("interpreter") + "\n");
  Start(PolicyOf({AllowPath("/nowhere/*")}, EnforcementMode::kEnabled, CollectionType::kScript));
  const RunOutcome outcome = RunProgram({script});
  EXPECT_TRUE(outcome.refused()) << ToString(outcome);
  EXPECT_TRUE(RunProgram({root_ + "/interpreter"}).ran());
  const auto records = gate_->RecordsOf(script);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].collection, CollectionType::kScript);
}

TEST_P(GateTest, TakesANewPolicyForEveryLaterExec) {
  const std::string tool = Program("tool");
  Start(PolicyOf({AllowPath("*")}));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(RunProgram({tool}).ran()) << i;
    ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("/nowhere/*")})));
    EXPECT_TRUE(RunProgram({tool}).refused()) << i;
    ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("*")})));
  }
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("/nowhere/*")}, EnforcementMode::kAuditOnly)));
  EXPECT_TRUE(RunProgram({tool}).ran());
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("/nowhere/*")})));
  EXPECT_TRUE(RunProgram({tool}).refused());
}

TEST_P(GateTest, RefusesAProgramThatIsBeingWritten) {
  const std::string tool = Program("tool");
  Start(PolicyOf({AllowPath("*")}));
  {
    const UniqueFd writer(open(tool.c_str(), O_WRONLY | O_CLOEXEC));
    const RunOutcome outcome = RunProgram({tool});
    EXPECT_TRUE(outcome.refused()) << ToString(outcome);
    EXPECT_EQ(outcome.error, ETXTBSY);
  }
  EXPECT_TRUE(RunProgram({tool}).ran());
}

TEST_P(GateTest, AnswersWithinTheBudgetWhereAFileCanNotBeHashedInTime) {
  // Ten gigabytes of nothing behind a program.
  const std::string large = Program("large");
  if (truncate(large.c_str(), off_t{10} << 30) != 0) GTEST_SKIP() << "no sparse files here";
  const std::string small = Program("small");
  service_.budget = std::chrono::milliseconds(500);
  Start(PolicyOf({AllowPath(root_ + "/small")}));
  const RunOutcome outcome = RunProgram({large});
  EXPECT_TRUE(outcome.refused()) << ToString(outcome);
  EXPECT_LT(outcome.took.count(), 1500);
  EXPECT_TRUE(RunProgram({small}).ran());
  const auto records = gate_->RecordsOf(large);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].answered_by, AnsweredBy::kDeadline);
  EXPECT_TRUE(records[0].file.unknown.hash);
}

TEST_P(GateTest, IsNotStoppedByAUsersWriteLease) {
  const std::string leased = Program("leased", kAlice);
  const std::string other = Program("other");
  Start(PolicyOf({AllowPath("*")}));
  const UniqueFd writer(open(leased.c_str(), O_RDWR | O_CLOEXEC));
  // SIGIO would end this process when the lease breaks.
  signal(SIGIO, SIG_IGN);
  bool leased_it = false;
  for (int i = 0; i < 500 && !leased_it; ++i) {
    leased_it = fcntl(writer.get(), F_SETLEASE, F_WRLCK) == 0;
    if (!leased_it) usleep(2000);
  }
  ASSERT_TRUE(leased_it) << strerror(errno);
  RunProgram({leased}, As(kAlice), std::chrono::seconds(1));
  const RunOutcome outcome = RunProgram({other});
  EXPECT_TRUE(outcome.ran());
  EXPECT_LT(outcome.took.count(), 1000);
}

// A program that everybody may run, about which the kernel was told not to ask again.
class MarkTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    tool_ = Program("folder/tool");
    Start(PolicyOf({AllowPath(root_ + "/folder/*"), AllowPath(root_ + "/other/*")}));
    EXPECT_TRUE(RunProgram({tool_}).ran());
    EXPECT_FALSE(IsAsked(tool_));
  }
  bool IsAsked(const std::string& path) {
    const uint64_t before = gate_->questions();
    RunProgram({path});
    return gate_->questions() > before;
  }
  // The guard hears of a change a moment after it.
  bool IsAskedAgain(const std::string& path) {
    for (int i = 0; i < 1000; ++i) {
      if (IsAsked(path)) return true;
      usleep(1000);
    }
    return false;
  }
  std::string tool_;
};

TEST_P(MarkTest, IsDroppedWhereTheFileIsNoLongerRootsAlone) {
  chmod(tool_.c_str(), 0777);
  EXPECT_TRUE(IsAskedAgain(tool_));
  EXPECT_TRUE(IsAsked(tool_));  // and not set again
  chmod(tool_.c_str(), 0755);
  EXPECT_TRUE(IsAskedAgain(tool_));
  EXPECT_FALSE(IsAsked(tool_));
  ASSERT_EQ(chown(tool_.c_str(), kAlice, 0), 0);
  EXPECT_TRUE(IsAskedAgain(tool_));
  EXPECT_TRUE(IsAsked(tool_));
}

TEST_P(MarkTest, IsDroppedByAnotherNameOfTheFile) {
  std::filesystem::create_directory(root_ + "/denied");
  ASSERT_EQ(link(tool_.c_str(), (root_ + "/denied/tool").c_str()), 0);
  EXPECT_TRUE(IsAskedAgain(tool_));
  EXPECT_TRUE(IsAsked(tool_));
  EXPECT_TRUE(RunProgram({root_ + "/denied/tool"}).refused());
}

TEST_P(MarkTest, IsDroppedByARename) {
  std::filesystem::rename(tool_, root_ + "/tool");
  EXPECT_TRUE(IsAskedAgain(root_ + "/tool"));
  EXPECT_TRUE(RunProgram({root_ + "/tool"}).refused());
}

TEST_P(MarkTest, IsDroppedByARenameOfTheFolder) {
  std::filesystem::rename(root_ + "/folder", root_ + "/denied");
  EXPECT_TRUE(IsAskedAgain(root_ + "/denied/tool"));
  EXPECT_TRUE(RunProgram({root_ + "/denied/tool"}).refused());
}

TEST_P(MarkTest, IsDroppedWhereOthersMayRenameInTheFolder) {
  chmod((root_ + "/folder").c_str(), 0777);
  EXPECT_TRUE(IsAskedAgain(tool_));
  EXPECT_TRUE(IsAsked(tool_));
}

TEST_P(MarkTest, IsDroppedByAWrite) {
  WriteProgram(tool_, tool_ + "not a program any more");
  EXPECT_TRUE(IsAsked(tool_));
}

TEST_P(MarkTest, IsDroppedByAPolicy) {
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("/nowhere/*")})));
  EXPECT_TRUE(RunProgram({tool_}).refused());
}

TEST_P(MarkTest, IsNotSetWhereSomebodyIsDenied) {
  applocker::Rule deny = AllowPath(root_ + "/folder/*", well_known_sids::UnixUser(kBob));
  deny.action = Action::kDeny;
  ASSERT_TRUE(gate_->SetPolicy(PolicyOf({AllowPath("*"), deny})));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(IsAsked(tool_));
  EXPECT_TRUE(RunProgram({tool_}, As(kBob)).refused());
}

TEST_P(MarkTest, DoesNotHideRunsWhereEachIsRecorded) {
  gate_.reset();
  service_.record_allowed = enforcement::RecordAllowed::kEvery;
  Start(PolicyOf({AllowPath(root_ + "/folder/*")}));
  EXPECT_TRUE(RunProgram({tool_}).ran());
  EXPECT_FALSE(IsAsked(tool_));
  EXPECT_FALSE(IsAsked(tool_));
  const auto records = gate_->RecordsOf(tool_, 3);
  ASSERT_EQ(records.size(), 3U);
  // In any order: the program runs before the record of the answer is made.
  EXPECT_EQ(std::ranges::count(records, AnsweredBy::kDecision, &DecisionRecord::answered_by), 1);
  EXPECT_EQ(std::ranges::count(records, AnsweredBy::kObserved, &DecisionRecord::answered_by), 2);
  EXPECT_TRUE(std::ranges::none_of(records, &DecisionRecord::blocked));
}

// Files that are opened as data while libraries are judged.
class DataTest : public GateTest {
 protected:
  std::string Data(const std::string& name, uid_t owner) {
    WriteProgram(root_ + "/" + name, "some words of " + name, owner, 0644);
    return root_ + "/" + name;
  }
  AppLockerPolicy Libraries(std::vector<applocker::Rule> rules) {
    return PolicyOf(std::move(rules), EnforcementMode::kEnabled, CollectionType::kDll);
  }
  bool IsAsked(const std::string& path) {
    const uint64_t before = gate_->questions();
    // By another process: what the gate's own opens is not asked about.
    EXPECT_EQ(RunProgram({"/usr/bin/head", "-c0", path}).exit_status, 0);
    return gate_->questions() > before;
  }
  // A file is looked at, and the kernel told, after the answer.
  bool IsAskedNoMore(const std::string& path) {
    for (int i = 0; i < 500; ++i) {
      if (!IsAsked(path)) return true;
      usleep(2000);
    }
    return false;
  }
};

TEST_P(DataTest, OfRootsOwnIsNotAskedAboutForEver) {
  const std::string data = Data("data", 0);
  Start(Libraries({AllowPath("*")}));
  EXPECT_TRUE(IsAsked(data));
  EXPECT_TRUE(IsAskedNoMore(data));
  ASSERT_EQ(chown(data.c_str(), kAlice, 0), 0);
  bool asked = false;
  for (int i = 0; i < 500 && !asked; ++i) asked = IsAsked(data);
  EXPECT_TRUE(asked);
}

TEST_P(DataTest, ThatSomebodyMayNotLoadIsAskedAboutEachTime) {
  const std::string denied = Data("denied", 0);
  const std::string of_a_user = Data("of-a-user", kAlice);
  applocker::Rule deny = AllowPath(denied, well_known_sids::UnixUser(kBob));
  deny.action = Action::kDeny;
  Start(Libraries({AllowPath("*"), deny}));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(IsAsked(denied));
    EXPECT_TRUE(IsAsked(of_a_user));
    usleep(5000);
  }
}

TEST_P(DataTest, ThatIsTheProgramOfAnExecIsNoQuestionOfItsOwn) {
  const std::string program = Program("program", kAlice);
  AppLockerPolicy policy = Libraries({AllowPath("*")});
  policy.collections.push_back(PolicyOf({AllowPath("*")}).collections.front());
  Start(policy);
  EXPECT_TRUE(RunProgram({program}, As(kAlice)).ran());
  const uint64_t before = gate_->questions();
  EXPECT_TRUE(RunProgram({program}, As(kAlice)).ran());
  EXPECT_EQ(gate_->questions() - before, 1U);
}

// Opens `path` again and again while another thread copies so much memory at a time (each page of
// it the same) that every look at it is kept waiting.
[[noreturn]] void OpenWhileMemoryIsCopied(const std::string& path) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  constexpr size_t kBytes = size_t{512} << 20;
  void* const memory =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || madvise(memory, kBytes, MADV_NOHUGEPAGE) != 0) _exit(1);
  *static_cast<volatile char*>(memory) = 1;
  madvise(memory, kBytes, MADV_POPULATE_READ);
  std::thread([&] {
    while (true) close(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }).detach();
  while (true) {
    const pid_t copy = fork();
    if (copy == 0) _exit(0);
    waitpid(copy, nullptr, 0);
  }
}

TEST_P(DataTest, ThatKeepsAReaderWaitingIsLeftToIt) {
  const std::string data = Data("data", kAlice);
  const pid_t busy = fork();
  if (busy == 0) OpenWhileMemoryIsCopied(data);
  Start(Libraries({AllowPath("*")}));
  for (int i = 0; i < 2000 && gate_->reliefs() < 2; ++i) EXPECT_TRUE(IsAsked(data));
  // Twice: who was kept waiting has stood by since, and has taken over in turn.
  EXPECT_GE(gate_->reliefs(), 2U);
  EXPECT_TRUE(IsAsked(data));
  kill(busy, SIGKILL);
  waitpid(busy, nullptr, 0);
}

INSTANTIATE_TEST_SUITE_P(FileSystems, DataTest, ::testing::Values("tmpfs", "ext4", "xfs"),
                         [](const auto& name) { return std::string(name.param); });
INSTANTIATE_TEST_SUITE_P(FileSystems, MarkTest, ::testing::Values("tmpfs", "ext4", "xfs"),
                         [](const auto& name) { return std::string(name.param); });
INSTANTIATE_TEST_SUITE_P(FileSystems, GateTest,
                         ::testing::Values("tmpfs", "ext4", "xfs", "overlay"),
                         [](const auto& name) { return std::string(name.param); });

}  // namespace
}  // namespace portcullis::testing
