// SPDX-License-Identifier: Apache-2.0
#include "enforcement/blocked_syscall.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/syscall.h>

namespace portcullis::enforcement {
namespace {

BlockedSyscall Call(long number, unsigned flags_at, unsigned flags) {
  BlockedSyscall call;
  call.number = static_cast<uint64_t>(number);
  call.arguments[flags_at] = flags;
  return call;
}

TEST(BlockedSyscall, IsReadFromTheKernelsLine) {
  const auto call = ParseBlockedSyscall(
      "257 0xffffffffffffff9c 0x7ffd10 0x80000 0x0 0x1 0xab 0x7ffd00 0x7f12cd\n");
  ASSERT_TRUE(call) << call.error().message;
  ASSERT_TRUE(*call);
  EXPECT_EQ((*call)->number, 257U);
  EXPECT_EQ((*call)->arguments[2], 0x80000U);
  EXPECT_EQ((*call)->arguments[5], 0xABU);
  EXPECT_EQ((*call)->instruction_pointer, 0x7F12CDU);
}

TEST(BlockedSyscall, IsAbsentForARunningThread) {
  const auto call = ParseBlockedSyscall("running\n");
  ASSERT_TRUE(call);
  EXPECT_FALSE(*call);
}

TEST(BlockedSyscall, MayBeNoCallAtAll) {
  const auto call = ParseBlockedSyscall("-1 0x7ffd00 0x7f12cd\n");
  ASSERT_TRUE(call && *call);
  EXPECT_FALSE((*call)->number);
  EXPECT_EQ((*call)->instruction_pointer, 0x7F12CDU);
  EXPECT_TRUE(MayOpenToLoad(**call));
}

TEST(BlockedSyscall, RefusesWhatTheKernelDoesNotWrite) {
  for (const std::string_view text :
       {"", "x", "257", "257 0x1 0x2 0x3 0x4 0x5 0x6 0x7", "257 1 2 3 4 5 6 7 8", "-2 0x1 0x2",
        "-1 0x1", "257 0x1 0x2 0x3 0x4 0x5 0xg 0x7 0x8",
        "18446744073709551616 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8"}) {
    const auto call = ParseBlockedSyscall(text);
    ASSERT_FALSE(call) << text;
    EXPECT_EQ(call.error().code, ErrorCode::kMalformed) << text;
  }
}

TEST(MayOpenToLoad, LooksAtTheFlagsOfAnOpen) {
  const struct {
    unsigned flags;
    bool may;
  } rows[] = {{O_RDONLY | O_CLOEXEC, true},
              {O_RDONLY | O_CREAT, true},
              {O_WRONLY | O_CREAT | O_TRUNC, false},
              {O_WRONLY | O_APPEND, false},
              {O_RDWR, false}};
  for (const auto& row : rows) {
    EXPECT_EQ(MayOpenToLoad(Call(SYS_openat, 2, row.flags)), row.may) << row.flags;
    EXPECT_EQ(MayOpenToLoad(Call(SYS_open_by_handle_at, 2, row.flags)), row.may) << row.flags;
#if defined(__x86_64__)
    EXPECT_EQ(MayOpenToLoad(Call(SYS_open, 1, row.flags)), row.may) << row.flags;
    EXPECT_EQ(MayOpenToLoad(Call(5, 1, row.flags)), row.may) << "i386 " << row.flags;
    EXPECT_EQ(MayOpenToLoad(Call(295, 2, row.flags)), row.may) << "i386 " << row.flags;
#endif
  }
#if defined(__x86_64__)
  EXPECT_FALSE(MayOpenToLoad(Call(SYS_creat, 1, 0644)));
#endif
}

TEST(MayOpenToLoad, LeavesTheKernelsOwnOpensOut) {
  EXPECT_FALSE(MayOpenToLoad(Call(SYS_execve, 0, 0)));
  EXPECT_FALSE(MayOpenToLoad(Call(SYS_execveat, 0, 0)));
}

// Their flags are in the memory of who asks.
TEST(MayOpenToLoad, SuspectsWhatItCanNotSee) {
  EXPECT_TRUE(MayOpenToLoad(Call(SYS_openat2, 2, O_WRONLY)));
  EXPECT_TRUE(MayOpenToLoad(Call(SYS_io_uring_enter, 2, O_WRONLY)));
}

TEST(MayBeExecve, KnowsTheCallOfEveryTable) {
  EXPECT_TRUE(MayBeExecve(Call(SYS_execve, 0, 0)));
  EXPECT_TRUE(MayBeExecve(Call(SYS_execveat, 0, 0)));
#if defined(__x86_64__)
  EXPECT_TRUE(MayBeExecve(Call(11, 0, 0))) << "i386";
  EXPECT_TRUE(MayBeExecve(Call(0x40000000 + 520, 0, 0))) << "x32";
  EXPECT_TRUE(MayBeExecve(Call(0x40000000 + 545, 0, 0))) << "x32";
#endif
  EXPECT_FALSE(MayBeExecve(Call(SYS_openat, 2, 0)));
  EXPECT_FALSE(MayBeExecve(Call(SYS_wait4, 0, 0)));
  EXPECT_FALSE(MayBeExecve(BlockedSyscall())) << "in no call at all";
}

}  // namespace
}  // namespace portcullis::enforcement
