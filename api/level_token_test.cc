// SPDX-License-Identifier: Apache-2.0
// What a process is made to be; each in a child of its own.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "api/portcullis.h"

namespace {

constexpr const char* kAdmins[] = {"adm", nullptr};
constexpr uid_t kUser = 1000;

portcullis_token TokenOf(uint32_t level, uint32_t flags = 0, const char* const* admins = kAdmins) {
  portcullis_token token = PORTCULLIS_TOKEN_INIT;
  EXPECT_EQ(portcullis_level_token(level, flags, admins, &token), 0);
  return token;
}

// Its exit status.
int InChild(const std::function<int()>& run) {
  const pid_t child = fork();
  if (child == 0) _exit(run());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

gid_t AdmGroup() {
  const group* const found = getgrnam("adm");
  return found == nullptr ? 0 : found->gr_gid;
}

bool HasNoCapability() {
  std::ifstream in("/proc/self/status");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.find("CapEff:\t0000000000000000") != text.npos &&
         text.find("CapPrm:\t0000000000000000") != text.npos &&
         text.find("CapBnd:\t0000000000000000") != text.npos;
}

TEST(LevelToken, LeavesWhoIsTrustedAsHeIs) {
  const portcullis_token token = TokenOf(PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_EQ(token.action, PORTCULLIS_ACTION_NONE);
  EXPECT_EQ(token.compare, 0);
  EXPECT_EQ(portcullis_apply_token(&token), 0);
}

TEST(LevelToken, LetsNobodyGoOnWhoIsDisallowed) {
  for (const uint32_t level :
       {PORTCULLIS_LEVEL_DISALLOWED, PORTCULLIS_LEVEL_UNTRUSTED, PORTCULLIS_LEVEL_CONSTRAINED}) {
    const portcullis_token token = TokenOf(level);
    EXPECT_EQ(token.action, PORTCULLIS_ACTION_DISALLOW);
    EXPECT_EQ(token.compare, 1);
    EXPECT_EQ(portcullis_apply_token(&token), PORTCULLIS_E_NOT_PERMITTED);
  }
}

TEST(LevelToken, RefusesWhatIsNoLevelOrFlag) {
  portcullis_token token = PORTCULLIS_TOKEN_INIT;
  EXPECT_EQ(portcullis_level_token(7, 0, nullptr, &token), PORTCULLIS_E_INVALID);
  EXPECT_EQ(token.action, PORTCULLIS_ACTION_DISALLOW);
  const uint32_t trusted = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  EXPECT_EQ(portcullis_level_token(trusted, 16, nullptr, &token), PORTCULLIS_E_INVALID);
  EXPECT_EQ(portcullis_level_token(trusted, PORTCULLIS_TOKEN_MAKE_INERT, nullptr, &token),
            PORTCULLIS_E_UNSUPPORTED);
  EXPECT_EQ(token.action, PORTCULLIS_ACTION_DISALLOW);
  token.size = 4;
  EXPECT_EQ(portcullis_level_token(trusted, 0, nullptr, &token), PORTCULLIS_E_INVALID);
}

TEST(LevelToken, TakesAdministratorsGroupsAndCapabilitiesAway) {
  if (geteuid() != 0 || AdmGroup() == 0) GTEST_SKIP() << "kernel tests need root";
  const int status = InChild([] {
    const gid_t groups[] = {AdmGroup(), 100};
    if (setgroups(2, groups) != 0 || setresgid(AdmGroup(), AdmGroup(), AdmGroup()) != 0) return 1;
    const portcullis_token token = TokenOf(PORTCULLIS_LEVEL_NORMAL_USER);
    if (token.action != PORTCULLIS_ACTION_RESTRICT || token.groups != 1) return 2;
    if (token.group[0] != AdmGroup() || token.drops_capabilities != 1) return 3;
    if (portcullis_apply_token(&token) != 0) return 4;
    std::vector<gid_t> left(16);
    left.resize(static_cast<size_t>(getgroups(16, left.data())));
    if (left != std::vector<gid_t>{100} || getegid() != 100 || getgid() != 100) return 5;
    if (!HasNoCapability() || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 6;
    const auto after = TokenOf(PORTCULLIS_LEVEL_NORMAL_USER, PORTCULLIS_TOKEN_NULL_IF_EQUAL);
    return after.action == PORTCULLIS_ACTION_NONE && after.compare == 0 ? 0 : 7;
  });
  EXPECT_EQ(status, 0);
}

TEST(LevelToken, SaysWhenAProcessMayNotChangeItsGroups) {
  if (geteuid() != 0 || AdmGroup() == 0) GTEST_SKIP() << "kernel tests need root";
  const int status = InChild([] {
    const gid_t groups[] = {AdmGroup()};
    if (setgroups(1, groups) != 0 || setresgid(kUser, kUser, kUser) != 0) return 1;
    if (setresuid(kUser, kUser, kUser) != 0) return 2;
    const portcullis_token token = TokenOf(PORTCULLIS_LEVEL_NORMAL_USER);
    if (portcullis_apply_token(&token) != PORTCULLIS_E_NOT_PERMITTED) return 3;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
}

TEST(LevelToken, IsNothingForWhoHasNoMore) {
  if (geteuid() != 0) GTEST_SKIP() << "kernel tests need root";
  const int status = InChild([] {
    if (setgroups(0, nullptr) != 0 || setresgid(kUser, kUser, kUser) != 0) return 1;
    if (setresuid(kUser, kUser, kUser) != 0) return 2;
    const auto null = TokenOf(PORTCULLIS_LEVEL_NORMAL_USER, PORTCULLIS_TOKEN_NULL_IF_EQUAL);
    if (null.action != PORTCULLIS_ACTION_NONE || null.compare != 0) return 3;
    const auto always = TokenOf(PORTCULLIS_LEVEL_NORMAL_USER, PORTCULLIS_TOKEN_COMPARE_ONLY);
    return always.action == PORTCULLIS_ACTION_RESTRICT && always.compare == 0 ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
