// SPDX-License-Identifier: Apache-2.0
#include "host/thread_credentials.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace portcullis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kStatus =
    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t4711\nNgid:\t0\nPid:\t4712\nPPid:\t99\n"
    "TracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\nFDSize:\t64\n"
    "Groups:\t4 27 1000 \nNStgid:\t4711\n";

TEST(ParseCredentials, TakesTheEffectiveIds) {
  const auto thread = ParseCredentials(kStatus, "1000");
  ASSERT_TRUE(thread) << thread.error().message;
  EXPECT_EQ(thread->tgid, 4711);
  EXPECT_EQ(thread->ppid, 99);
  EXPECT_EQ(thread->effective_uid, 1001U);
  EXPECT_EQ(thread->effective_gid, 101U);
  EXPECT_THAT(thread->groups, ElementsAre(4, 27, 1000));
  EXPECT_EQ(thread->login_uid, 1000U);
  EXPECT_EQ(thread->name, "cat");
}

TEST(ParseCredentials, TakesAnUnsetLoginUidForNone) {
  for (const std::string_view text : {"4294967295", "4294967295\n", ""}) {
    const auto thread = ParseCredentials(kStatus, text);
    ASSERT_TRUE(thread);
    EXPECT_FALSE(thread->login_uid) << text;
  }
}

TEST(ParseCredentials, UndoesTheKernelsEscapesInAName) {
  std::string status = "Name:\ta\\nUid:\\\\b";
  status += std::string(kStatus.substr(kStatus.find('\n')));
  const auto thread = ParseCredentials(status, "");
  ASSERT_TRUE(thread);
  EXPECT_EQ(thread->name, "a\nUid:\\b");
  EXPECT_EQ(thread->effective_uid, 1001U);
}

TEST(ParseCredentials, ReadsAThreadWithoutGroups) {
  const std::string status(kStatus.substr(0, kStatus.find("4 27 1000")));
  const auto thread = ParseCredentials(status, "");
  ASSERT_TRUE(thread);
  EXPECT_THAT(thread->groups, IsEmpty());
}

TEST(ParseCredentials, RefusesWhatTheKernelDoesNotSay) {
  const auto with = [](std::string_view from, std::string_view to) {
    const size_t at = kStatus.find(from);
    return std::string(kStatus.substr(0, at)) + std::string(to) +
           std::string(kStatus.substr(at + from.size()));
  };
  const auto without = [&](std::string_view field) { return with(field, "Other:"); };
  const struct {
    std::string status;
    std::string login_uid;
    std::string word;
  } rows[] = {
      {"", "", "Tgid: is not there"},
      {without("PPid:"), "", "PPid: is not there"},
      {without("Uid:"), "", "Uid: is not there"},
      {without("Gid:"), "", "Gid: is not there"},
      {without("Groups:"), "", "Groups: is not there"},
      {with("4711", "-4711"), "", "expected a process id"},
      {with("1001", "4294967296"), "", "four numbers"},
      {with("\t1001\t1002\t1003", ""), "", "four numbers"},
      {with("101", "0x65"), "", "Gid: expected four numbers"},
      {with("27", "staff"), "", "Groups: expected numbers"},
      {std::string(kStatus), "root", "loginuid: expected a number"},
  };
  for (const auto& row : rows) {
    const auto thread = ParseCredentials(row.status, row.login_uid);
    ASSERT_FALSE(thread) << row.word;
    EXPECT_EQ(thread.error().code, ErrorCode::kMalformed) << row.word;
    EXPECT_THAT(thread.error().message, HasSubstr(row.word));
  }
}

TEST(ParseCredentials, RefusesMoreThanItsLimit) {
  const auto thread = ParseCredentials(std::string(kMaxStatusBytes + 1, '\n'), "");
  ASSERT_FALSE(thread);
  EXPECT_EQ(thread.error().code, ErrorCode::kLimitExceeded);
}

TEST(ReadThreadCredentials, SaysWhoThisThreadIs) {
  const auto thread = ReadThreadCredentials(gettid());
  ASSERT_TRUE(thread) << thread.error().message;
  EXPECT_EQ(thread->tgid, getpid());
  EXPECT_EQ(thread->ppid, getppid());
  EXPECT_EQ(thread->effective_uid, geteuid());
  EXPECT_EQ(thread->effective_gid, getegid());
}

// The C library changes the ids of all threads; the kernel's own call changes those of one.
TEST(ReadThreadCredentials, TellsAThreadFromItsProcess) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may change the ids of a thread";
  Result<ThreadCredentials> other = Fail(ErrorCode::kNotFound, "not read");
  std::thread([&] {
    const gid_t groups[] = {4, 27};
    syscall(SYS_setgroups, std::size(groups), groups);
    syscall(SYS_setresgid, -1, 1234, -1);
    syscall(SYS_setresuid, -1, 4321, -1);
    other = ReadThreadCredentials(gettid());
  }).join();
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->tgid, getpid());
  EXPECT_EQ(other->effective_uid, 4321U);
  EXPECT_EQ(other->effective_gid, 1234U);
  EXPECT_THAT(other->groups, ElementsAre(4, 27));
  EXPECT_EQ(geteuid(), 0U);
}

TEST(ReadThreadCredentials, ReadsNoMoreThanItIsTold) {
  const auto thread = ReadThreadCredentials(gettid(), 100);
  ASSERT_FALSE(thread);
  EXPECT_EQ(thread.error().code, ErrorCode::kLimitExceeded);
}

TEST(ReadThreadUsers, SaysTheEffectiveUserOfAThread) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may change the ids of a thread";
  ThreadUsers users;
  pid_t tid = 0;
  std::thread([&] {
    tid = gettid();
    syscall(SYS_setresuid, -1, 4321, -1);
    users = ReadThreadUsers(tid);
  }).join();
  EXPECT_EQ(users.effective_uid, 4321U);
  EXPECT_EQ(users.login_uid, ReadThreadCredentials(gettid())->login_uid);
  EXPECT_FALSE(ReadThreadUsers(0).effective_uid);
}

TEST(ReadThreadCredentials, SaysThatAThreadIsGone) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto thread = ReadThreadCredentials(child);
  ASSERT_FALSE(thread);
  EXPECT_EQ(thread.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace portcullis
