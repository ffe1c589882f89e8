// SPDX-License-Identifier: Apache-2.0
#include "host/thread_token.h"

#include <algorithm>

#include "host/account_token.h"

namespace portcullis {
namespace {

namespace sids = well_known_sids;

// The effective group first, as the name service lists an account's groups; most threads have it
// among the others a second time.
std::vector<uint32_t> AllGroups(const ThreadCredentials& thread) {
  std::vector<uint32_t> groups = {thread.effective_gid};
  groups.reserve(thread.groups.size() + 1);
  std::ranges::copy_if(thread.groups, std::back_inserter(groups),
                       [&](uint32_t gid) { return gid != thread.effective_gid; });
  return groups;
}

bool IsService(const ThreadCredentials& thread, const HostConfig& config, ServiceProcess meaning) {
  const bool has_session = thread.login_uid.has_value();
  switch (meaning) {
    case ServiceProcess::kLoginUid:
      return !has_session;
    case ServiceProcess::kSystemAccount:
      return thread.effective_uid == 0 ? !has_session : thread.effective_uid < config.first_user_id;
    case ServiceProcess::kNone:
      return false;
  }
  return false;
}

void AddGroup(AccessToken& token, const Sid& sid) {
  token.groups.push_back({sid});
  if (token.exe_groups) token.exe_groups->push_back({sid});
}

AccessToken AccountToken(const ThreadCredentials& thread, const AccountTable& accounts,
                         const HostConfig& config) {
  const std::vector<uint32_t> groups = AllGroups(thread);
  const bool is_administrator =
      std::ranges::any_of(groups, [&](uint32_t gid) { return accounts.IsAdministratorGroup(gid); });
  return TokenFromIds(thread.effective_uid, groups, is_administrator, config);
}

}  // namespace

AccountTable AccountTable::Load(const HostConfig& config, const AccountDirectory& directory) {
  AccountTable table;
  // Of several names of one uid the first counts, as the name service itself answers.
  for (auto& [uid, name] : directory.ListAccounts(kMaxAccounts)) {
    table.names_.try_emplace(uid, std::move(name));
  }
  for (const std::string& name : config.administrator_groups) {
    if (const auto gid = directory.FindGroup(name)) table.administrator_groups_.push_back(*gid);
  }
  return table;
}

bool AccountTable::Knows(uint32_t uid) const { return uid == 0 || names_.contains(uid); }

std::string AccountTable::NameOf(uint32_t uid) const {
  const auto found = names_.find(uid);
  if (found != names_.end()) return found->second;
  return uid == 0 ? "root" : "";
}

bool AccountTable::IsAdministratorGroup(uint32_t gid) const {
  return std::ranges::find(administrator_groups_, gid) != administrator_groups_.end();
}

AccessToken TokenOf(const ThreadCredentials& thread, const AccountTable& accounts,
                    const HostConfig& config, ServiceProcess service_process) {
  AccessToken token;
  if (accounts.Knows(thread.effective_uid)) {
    token = AccountToken(thread, accounts, config);
  } else {
    token.user = sids::UnixUser(thread.effective_uid);
    token.groups = {{sids::kEveryone}};
  }
  if (thread.effective_uid == 0 && !thread.login_uid) AddGroup(token, sids::kLocalSystem);
  token.is_service = IsService(thread, config, service_process);
  if (token.is_service) AddGroup(token, sids::kService);
  return token;
}

}  // namespace portcullis
