// SPDX-License-Identifier: Apache-2.0
// What a level means for the process that goes on, and how a process is made to be no more than
// that: administrators' groups and capabilities go, and nothing that is executed gives them back.
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <vector>

#include "api/portcullis.h"

namespace {

constexpr const char* kDefaultAdmins[] = {"sudo", "wheel", "admin", "root", nullptr};
constexpr size_t kMaxNames = 64;
constexpr size_t kMaxGroupEntry = 1 << 20;
constexpr uint32_t kKnownFlags = PORTCULLIS_TOKEN_NULL_IF_EQUAL | PORTCULLIS_TOKEN_COMPARE_ONLY |
                                 PORTCULLIS_TOKEN_MAKE_INERT | PORTCULLIS_TOKEN_WANT_FLAGS;

bool IsLevel(uint32_t level) {
  return level == PORTCULLIS_LEVEL_DISALLOWED || level == PORTCULLIS_LEVEL_UNTRUSTED ||
         level == PORTCULLIS_LEVEL_CONSTRAINED || level == PORTCULLIS_LEVEL_NORMAL_USER ||
         level == PORTCULLIS_LEVEL_FULLY_TRUSTED;
}

// A group that is not there makes nobody an administrator.
void AddGroup(const char* name, std::vector<gid_t>& groups) {
  std::vector<char> buffer(1 << 12);
  group entry{};
  group* found = nullptr;
  while (getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < kMaxGroupEntry) {
    buffer.resize(buffer.size() * 2);
  }
  if (found != nullptr) groups.push_back(found->gr_gid);
}

// Supplementary, and the three that a process has besides.
std::vector<gid_t> OwnGroups() {
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<size_t>(std::max(count, 0)));
  const int got = getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<size_t>(std::max(got, 0)));
  gid_t real = 0;
  gid_t effective = 0;
  gid_t saved = 0;
  getresgid(&real, &effective, &saved);
  groups.insert(groups.end(), {real, effective, saved});
  return groups;
}

bool HasCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return true;
  return std::ranges::any_of(sets, [](const __user_cap_data_struct& set) {
    return (set.permitted | set.effective | set.inheritable) != 0;
  });
}

bool Goes(const portcullis_token& token, gid_t group) {
  const uint32_t* const begin = token.group;
  const uint32_t* const end = begin + token.groups;
  return std::find(begin, end, group) != end;
}

int FindWhatGoes(const char* const* admin_groups, portcullis_token& token) {
  std::vector<gid_t> admins;
  const char* const* name = admin_groups == nullptr ? kDefaultAdmins : admin_groups;
  for (size_t i = 0; name[i] != nullptr; ++i) {
    if (i == kMaxNames) return PORTCULLIS_E_INVALID;
    AddGroup(name[i], admins);
  }
  for (const gid_t own : OwnGroups()) {
    if (std::ranges::find(admins, own) == admins.end() || Goes(token, own)) continue;
    if (token.groups == PORTCULLIS_MAX_GROUPS) return PORTCULLIS_E_UNSUPPORTED;
    token.group[token.groups++] = own;
  }
  token.drops_capabilities = HasCapabilities() ? 1 : 0;
  return 0;
}

int Compute(uint32_t level, uint32_t flags, const char* const* admin_groups,
            portcullis_token& token) {
  token.level = level;
  if (level == PORTCULLIS_LEVEL_FULLY_TRUSTED) return 0;
  if (const int error = FindWhatGoes(admin_groups, token); error != 0) return error;
  if (level != PORTCULLIS_LEVEL_NORMAL_USER) {
    token.action = PORTCULLIS_ACTION_DISALLOW;
    token.compare = 1;
    return 0;
  }
  const bool has_more = token.groups > 0 || token.drops_capabilities != 0;
  token.compare = has_more ? 1 : 0;
  const bool may_be_null = (flags & PORTCULLIS_TOKEN_NULL_IF_EQUAL) != 0;
  token.action = has_more || !may_be_null ? PORTCULLIS_ACTION_RESTRICT : PORTCULLIS_ACTION_NONE;
  return 0;
}

// The process's own group, where it is an administrators', becomes another that the process has, or
// nobody's.
int DropGroups(const portcullis_token& token) {
  if (token.groups == 0) return 0;
  constexpr gid_t kNoGroup = 65534;
  std::vector<gid_t> kept;
  for (const gid_t own : OwnGroups()) {
    if (!Goes(token, own) && std::ranges::find(kept, own) == kept.end()) kept.push_back(own);
  }
  gid_t real = 0;
  gid_t effective = 0;
  gid_t saved = 0;
  getresgid(&real, &effective, &saved);
  const gid_t instead = kept.empty() ? kNoGroup : kept.front();
  const auto becomes = [&](gid_t group) { return Goes(token, group) ? instead : group; };
  if (setgroups(kept.size(), kept.data()) != 0 ||
      setresgid(becomes(real), becomes(effective), becomes(saved)) != 0) {
    return errno == EPERM ? PORTCULLIS_E_NOT_PERMITTED : PORTCULLIS_E_IO;
  }
  return 0;
}

// Neither has it any, nor does executing anything as root give it one.
int DropCapabilities() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0 ? 0 : PORTCULLIS_E_IO;
}

int Restrict(const portcullis_token& token) {
  const int groups = DropGroups(token);
  const int capabilities = DropCapabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return PORTCULLIS_E_IO;
  return groups != 0 ? groups : capabilities;
}

}  // namespace

extern "C" {

int portcullis_level_token(uint32_t level, uint32_t flags, const char* const* admin_groups,
                           portcullis_token* token) {
  if (token == nullptr || token->size != sizeof(portcullis_token)) return PORTCULLIS_E_INVALID;
  *token = PORTCULLIS_TOKEN_INIT;
  token->action = PORTCULLIS_ACTION_DISALLOW;
  if (!IsLevel(level) || (flags & ~kKnownFlags) != 0) return PORTCULLIS_E_INVALID;
  if ((flags & PORTCULLIS_TOKEN_MAKE_INERT) != 0) return PORTCULLIS_E_UNSUPPORTED;
  token->action = PORTCULLIS_ACTION_NONE;
  try {
    const int error = Compute(level, flags, admin_groups, *token);
    if (error != 0) token->action = PORTCULLIS_ACTION_DISALLOW;
    return error;
  } catch (const std::bad_alloc&) {
    token->action = PORTCULLIS_ACTION_DISALLOW;
    return PORTCULLIS_E_NO_MEMORY;
  }
}

int portcullis_apply_token(const portcullis_token* token) {
  if (token == nullptr || token->size != sizeof(portcullis_token) ||
      token->groups > PORTCULLIS_MAX_GROUPS) {
    return PORTCULLIS_E_INVALID;
  }
  if (token->action == PORTCULLIS_ACTION_NONE) return 0;
  if (token->action == PORTCULLIS_ACTION_DISALLOW) return PORTCULLIS_E_NOT_PERMITTED;
  if (token->action != PORTCULLIS_ACTION_RESTRICT) return PORTCULLIS_E_INVALID;
  try {
    return Restrict(*token);
  } catch (const std::bad_alloc&) {
    return PORTCULLIS_E_NO_MEMORY;
  }
}

}  // extern "C"
