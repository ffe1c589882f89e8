// SPDX-License-Identifier: Apache-2.0
#include "host/accounts.h"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/account_token.h"

namespace portcullis {
namespace {

constexpr size_t kMaxEntryBytes = 1 << 20;
constexpr int kMaxGroups = 65'536;  // NGROUPS_MAX of Linux

// Calls `get(buffer)` with ever larger buffers while it answers ERANGE.
template <typename Get>
int WithBuffer(const Get& get) {
  int error = ERANGE;
  for (size_t size = 1024; error == ERANGE && size <= kMaxEntryBytes; size *= 4) {
    std::vector<char> buffer(size);
    error = get(buffer);
  }
  return error;
}

std::vector<uint32_t> GroupsOf(const char* name, gid_t primary) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  while (getgrouplist(name, primary, groups.data(), &count) < 0 && count <= kMaxGroups) {
    groups.resize(std::max(static_cast<size_t>(count), groups.size() * 2));
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<size_t>(std::clamp(count, 0, static_cast<int>(groups.size()))));
  return {groups.begin(), groups.end()};
}

bool IsMemberOfAny(const Account& account, const AccountDirectory& directory,
                   const std::vector<std::string>& groups) {
  return std::ranges::any_of(groups, [&](const std::string& name) {
    const auto gid = directory.FindGroup(name);
    return gid && std::ranges::find(account.groups, *gid) != account.groups.end();
  });
}

}  // namespace

Result<Account> SystemAccounts::FindAccount(const std::string& name) const {
  Account account;
  bool found = false;
  const int error = WithBuffer([&](std::vector<char>& buffer) {
    passwd entry{};
    passwd* result = nullptr;
    const int code = getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &result);
    if (code == 0 && result != nullptr) {
      found = true;
      account = {entry.pw_name, entry.pw_uid, GroupsOf(entry.pw_name, entry.pw_gid)};
    }
    return code;
  });
  if (found) return account;
  // Name services answer "not there" in several ways (getpwnam_r(3)).
  const bool absent =
      error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
  if (absent) return Fail(ErrorCode::kNotFound, "no such account here");
  return Fail(ErrorCode::kIo, std::strerror(error));
}

std::optional<uint32_t> SystemAccounts::FindGroup(const std::string& name) const {
  std::optional<uint32_t> gid;
  WithBuffer([&](std::vector<char>& buffer) {
    group entry{};
    group* result = nullptr;
    const int code = getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &result);
    if (code == 0 && result != nullptr) gid = entry.gr_gid;
    return code;
  });
  return gid;
}

std::vector<std::pair<uint32_t, std::string>> SystemAccounts::ListAccounts(size_t limit) const {
  std::vector<std::pair<uint32_t, std::string>> accounts;
  std::vector<char> buffer(kMaxEntryBytes);
  setpwent();
  passwd entry{};
  passwd* result = nullptr;
  while (accounts.size() < limit &&
         getpwent_r(&entry, buffer.data(), buffer.size(), &result) == 0) {
    accounts.emplace_back(entry.pw_uid, entry.pw_name);
  }
  endpwent();
  return accounts;
}

AccessToken TokenForAccount(const Account& account, const AccountDirectory& directory,
                            const HostConfig& config) {
  const bool is_administrator = IsMemberOfAny(account, directory, config.administrator_groups);
  AccessToken token = TokenFromIds(account.uid, account.groups, is_administrator, config);
  token.is_service = LooksLikeService(token);
  return token;
}

}  // namespace portcullis
